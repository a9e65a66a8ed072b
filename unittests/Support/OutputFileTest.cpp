//===- OutputFileTest.cpp - files appear whole or not at all --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/OutputFile.h"
#include "narrow/Support/Error.h"

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

/// The second file's name is taken between the two steps: the first gives its
/// own back.
TEST(OutputFileTest, FilesAppearTogetherOrNotAtAll) {
  TemporaryDirectory dir;
  std::string kept = dir.file("kept"), made = dir.file("made"),
              taken = dir.file("taken");
  ASSERT_FALSE(errorToBool(writeFile(kept, "old")));
  {
    OutputFiles files;
    for (const std::string &path : {kept, made, taken})
      ASSERT_FALSE(errorToBool(files.add(path, "new")));
    ASSERT_FALSE(llvm::sys::fs::create_directory(taken));
    EXPECT_TRUE(errorToBool(files.commit()));
  }
  EXPECT_EQ(readAll(kept), "old");
  EXPECT_FALSE(llvm::sys::fs::exists(made));
  EXPECT_EQ(dir.countFiles(), 2u);
  ASSERT_FALSE(llvm::sys::fs::remove(taken));
  OutputFiles files;
  for (const std::string &path : {kept, made, taken})
    ASSERT_FALSE(errorToBool(files.add(path, "new")));
  EXPECT_EQ(readAll(kept), "old");
  ASSERT_FALSE(errorToBool(files.commit()));
  for (const std::string &path : {kept, made, taken})
    EXPECT_EQ(readAll(path), "new");
  EXPECT_EQ(dir.countFiles(), 3u);
}

/// /dev/full fails as a full disk does, but only when the bytes are flushed.
TEST(OutputFileTest, FullDisk) {
  EXPECT_EQ(llvm::toString(writeFile("/dev/full", "x")),
            "cannot write '/dev/full': no space left on device");
}

} // namespace
