//===- OutputFileTest.cpp - files appear whole or not at all --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/OutputFile.h"

#include "TemporaryDirectory.h"
#include "gtest/gtest.h"

using namespace narrow;

namespace {

TEST(OutputFileTest, WritesAndReplaces) {
  TemporaryDirectory dir;
  std::string path = dir.file("out");
  ASSERT_FALSE(errorToBool(writeFile(path, "first, longer")));
  ASSERT_FALSE(errorToBool(writeFile(path, "second")));
  EXPECT_EQ(readAll(path), "second");
  EXPECT_EQ(dir.countFiles(), 1u);
}

TEST(OutputFileTest, FailureKeepsTheOldFile) {
  TemporaryDirectory dir;
  std::string path = dir.file("out");
  ASSERT_FALSE(errorToBool(writeFile(path, "old")));
  llvm::Error error = writeFile(path, [](llvm::raw_ostream &os) {
    os << "half";
    return makeError("stopped");
  });
  EXPECT_EQ(llvm::toString(std::move(error)), "stopped");
  EXPECT_EQ(readAll(path), "old");
  EXPECT_EQ(dir.countFiles(), 1u);
}

TEST(OutputFileTest, MissingDirectory) {
  TemporaryDirectory dir;
  std::string path = dir.file("missing/out");
  EXPECT_EQ(llvm::toString(writeFile(path, "x")),
            "cannot write '" + path + "': no such file or directory");
}

TEST(OutputFileTest, Directory) {
  TemporaryDirectory dir;
  EXPECT_EQ(llvm::toString(writeFile(dir.path(), "x")),
            "cannot write '" + dir.path() + "': is a directory");
}

/// /dev/full fails as a full disk does, but only when the bytes are flushed.
TEST(OutputFileTest, FullDisk) {
  EXPECT_EQ(llvm::toString(writeFile("/dev/full", "x")),
            "cannot write '/dev/full': no space left on device");
}

} // namespace
