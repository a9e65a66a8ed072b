//===- NpyTest.cpp - array files, whole and damaged -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Npy.h"

#include "TemporaryDirectory.h"
#include "narrow/Support/OutputFile.h"
#include "gtest/gtest.h"

using namespace narrow;

namespace {

/// Builds a .npy file of any version by hand.
std::string makeNpy(char major, std::string header, std::string data) {
  header += '\n';
  std::string file = "\x93NUMPY";
  file += major;
  file += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i)
    file += char(header.size() >> (8 * i));
  return file + header + data;
}

class NpyTest : public ::testing::Test {
protected:
  TemporaryDirectory dir;

  std::string write(llvm::StringRef name, llvm::StringRef contents) {
    EXPECT_FALSE(errorToBool(writeFile(dir.file(name), contents)));
    return dir.file(name);
  }
  /// The error of reading `contents`, without the path in front.
  std::string getError(llvm::StringRef contents) {
    std::string path = write("bad.npy", contents);
    auto result = SampleFile::open(path);
    EXPECT_FALSE(bool(result));
    if (result)
      return "";
    std::string text = llvm::toString(result.takeError());
    EXPECT_NE(text.find(path), std::string::npos) << text;
    return text.substr(path.size() + 4);
  }
};

TEST_F(NpyTest, EveryKindRoundTrips) {
  for (int kind = 0; kind <= int(ElementKind::Bool); ++kind) {
    HostTensor tensor(ElementKind(kind), {2, 3});
    for (size_t i = 0; i < tensor.bytes.size(); ++i)
      tensor.bytes[i] = i & 1;
    ASSERT_FALSE(errorToBool(writeNpy(dir.file("a.npy"), tensor)));
    auto read = readNpy(dir.file("a.npy"));
    ASSERT_TRUE(bool(read));
    EXPECT_EQ(read->kind, tensor.kind);
    EXPECT_EQ(read->shape, tensor.shape);
    EXPECT_EQ(read->bytes, tensor.bytes);
  }
}

TEST_F(NpyTest, ArchiveRoundTrips) {
  std::vector<HostTensor> tensors;
  tensors.push_back(HostTensor::get<float>({2, 2}, {1, 2, 3, 4}, "x"));
  tensors.push_back(HostTensor::get<uint8_t>({2}, {5, 6}, "mask"));
  ASSERT_FALSE(errorToBool(writeNpz(dir.file("a.npz"), tensors)));
  auto file = SampleFile::open(dir.file("a.npz"));
  ASSERT_TRUE(bool(file)) << llvm::toString(file.takeError());
  EXPECT_EQ(file->getNumSamples(), 2);
  ASSERT_EQ(file->getNumArrays(), 2u);
  EXPECT_EQ(file->getName(1), "mask");
  EXPECT_EQ(file->get(0, 1).data<float>()[0], 3.0f);
  EXPECT_EQ(file->get(1, 1).data<uint8_t>()[0], 6);
  EXPECT_NE(file->hash(0), file->hash(1));
}

TEST_F(NpyTest, VersionsAndFortranOrder) {
  std::string header =
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }";
  for (char major : {1, 2, 3}) {
    std::string path = write("f.npy", makeNpy(major, header, "abcdef"));
    auto read = readNpy(path);
    ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
    EXPECT_EQ(std::string(read->bytes.begin(), read->bytes.end()), "acebdf");
  }
}

TEST_F(NpyTest, Errors) {
  auto header = [](const char *dtype, const char *shape) {
    return std::string("{'descr': '") + dtype +
           "', 'fortran_order': False, 'shape': " + shape + "}";
  };
  std::string data(8, 'x');
  EXPECT_EQ(getError(""), "expected a .npy array, found other data");
  EXPECT_EQ(getError("text"), "expected a .npy array, found other data");
  EXPECT_EQ(getError("\x93NUMPY\x01"), "the .npy header is cut");
  EXPECT_EQ(getError(makeNpy(1, header("<f4", "(2,)"), data).substr(0, 20)),
            "the .npy header is cut");
  EXPECT_EQ(getError(makeNpy(4, header("<f4", "(2,)"), data)),
            "expected .npy format version 1 to 3, found 4");
  EXPECT_EQ(getError(makeNpy(1, header("<f4", "(3,)"), data)),
            "the file is cut: expected 12 bytes of elements, found 8");
  EXPECT_EQ(
      getError(makeNpy(1, header("<f4", "(4294967296, 4294967296)"), data))
          .substr(0, 15),
      "the file is cut");
  EXPECT_EQ(getError(makeNpy(1, header(">f4", "(2,)"), data)),
            "expected little-endian elements, found dtype '>f4'");
  EXPECT_EQ(getError(makeNpy(1, header("<U1", "(2,)"), data)),
            "expected elements that are floats, integers or booleans, found "
            "dtype '<U1'");
  EXPECT_EQ(getError(makeNpy(1, header("<f4", "(-2,)"), data)),
            "the .npy header is malformed");
  EXPECT_EQ(getError(makeNpy(1, "{'descr': '<f4'}", data)),
            "the .npy header is malformed");
  EXPECT_EQ(getError(makeNpy(1, header("<f4", "()"), data)),
            "expected the array to have samples as its first axis, found a "
            "scalar");
  EXPECT_EQ(getError(makeNpy(1, header("<f4", "(0, 3)"), data)),
            "expected samples in the array, found none");
}

/// Whatever byte is changed and wherever it is cut, an archive gives arrays or
/// an error, never a crash.
TEST_F(NpyTest, DamagedArchives) {
  std::vector<HostTensor> tensors;
  tensors.push_back(HostTensor::get<float>({2, 2}, {1, 2, 3, 4}, "x"));
  ASSERT_FALSE(errorToBool(writeNpz(dir.file("a.npz"), tensors)));
  std::string good = readAll(dir.file("a.npz"));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] ^= 0xFF;
    llvm::consumeError(SampleFile::open(write("b.npz", bad)).takeError());
    if (i > 3) {
      auto cut = SampleFile::open(write("c.npz", good.substr(0, i)));
      EXPECT_FALSE(bool(cut));
      llvm::consumeError(cut.takeError());
    }
  }
}

TEST_F(NpyTest, MissingFile) {
  EXPECT_EQ(llvm::toString(SampleFile::open("/nowhere.npy").takeError()),
            "cannot read '/nowhere.npy': no such file or directory");
}

TEST_F(NpyTest, CountsDiffer) {
  std::vector<HostTensor> tensors;
  tensors.push_back(HostTensor::get<float>({2}, {1, 2}, "x"));
  tensors.push_back(HostTensor::get<float>({1}, {1}, "y"));
  ASSERT_FALSE(errorToBool(writeNpz(dir.file("a.npz"), tensors)));
  EXPECT_EQ(llvm::toString(SampleFile::open(dir.file("a.npz")).takeError()),
            "'" + dir.file("a.npz") +
                "': expected 2 samples in array 'y' as in 'x', found 1");
}

} // namespace
