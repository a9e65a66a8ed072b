//===- TextTest.cpp - foreign text in what users read ---------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Text.h"
#include "gtest/gtest.h"

using namespace narrow;

namespace {

TEST(TextTest, PrintableTextPasses) {
  EXPECT_EQ(escapeControls(""), "");
  EXPECT_EQ(escapeControls("layer1/conv.0:weight \\x1b"),
            "layer1/conv.0:weight \\x1b");
  EXPECT_EQ(escapeControls("größe 層 \xf0\x9f\x98\x80"),
            "größe 層 \xf0\x9f\x98\x80");
}

TEST(TextTest, ControlsAreShown) {
  EXPECT_EQ(escapeControls("\x1b[31mred\x1b[0m"), "\\x1b[31mred\\x1b[0m");
  EXPECT_EQ(escapeControls("a\nerror: b\r\tc"), "a\\nerror: b\\x0d\\tc");
  EXPECT_EQ(escapeControls(llvm::StringRef("\0x\x7f", 3)), "\\x00x\\x7f");
  // C1 in UTF-8, and as a bare byte, which is not UTF-8.
  EXPECT_EQ(escapeControls("\xc2\x9b"
                           "31m"),
            "\\x9b31m");
  EXPECT_EQ(escapeControls("\x9b"
                           "31m"),
            "\xef\xbf\xbd"
            "31m");
  // The end of a line, and writing from right to left.
  EXPECT_EQ(escapeControls("a\xe2\x80\xa8"
                           "b\xe2\x80\xae"
                           "c"),
            "a\\u2028b\\u202ec");
}

TEST(TextTest, BrokenUtf8) {
  for (const char *text : {"\xe2\x80", "\xff\xfe", "\xc0\x80", "a\xf4"})
    for (char c : escapeControls(text))
      EXPECT_NE(c, '\0');
}

TEST(TextTest, Lists) {
  std::string list = "0.5";
  for (int i = 1; i < 16; ++i)
    list += ", 1.0e-0" + std::to_string(i % 10) + ":3";
  EXPECT_EQ(elideLists("a {" + list + "} b"), "a {" + list + "} b");
  std::string longer = list + ",-7";
  EXPECT_EQ(
      elideLists("found !q<i8:f32:0, {" + longer + "}> and [" + longer + "]"),
      "found !q<i8:f32:0, {0.5, 1.0e-01:3, 1.0e-02:3, 1.0e-03:3, ... 17 "
      "in all}> and [0.5, 1.0e-01:3, 1.0e-02:3, 1.0e-03:3, ... 17 in "
      "all]");
  // What is not a list of numbers, or does not end, stays.
  for (std::string text :
       {"[" + longer, "[" + longer + "}", "[a, " + longer + "]", std::string(),
        std::string("[]"), std::string("[{")})
    EXPECT_EQ(elideLists(text), text);
}

TEST(TextTest, Nesting) {
  EXPECT_FALSE(nestsDeeper("", Brackets::Json, 0));
  EXPECT_FALSE(nestsDeeper("[{}, [], [[]]]", Brackets::Json, 3));
  EXPECT_TRUE(nestsDeeper("[{}, [], [[]]]", Brackets::Json, 2));
  EXPECT_TRUE(nestsDeeper(std::string(100, '['), Brackets::Json, 99));
  EXPECT_FALSE(nestsDeeper(std::string(100, '['), Brackets::Json, 100));
  // Brackets in strings are none, and quotes may be escaped.
  EXPECT_FALSE(nestsDeeper(R"({"[[[": "\"[[["})", Brackets::Json, 1));
  EXPECT_FALSE(nestsDeeper("((((", Brackets::Json, 0));
  EXPECT_TRUE(nestsDeeper("tuple<tuple<i1>>", Brackets::Mlir, 1));
  // Arrows open and close nothing, nor do comments.
  EXPECT_FALSE(nestsDeeper("() -> () // ((((\n ->", Brackets::Mlir, 1));
  EXPECT_TRUE(nestsDeeper("// (\n((", Brackets::Mlir, 1));
}

} // namespace
