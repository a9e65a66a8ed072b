//===- FusionTest.cpp - which additions are fused, and where they lie -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/Fusion.h"

#include "mlir/Parser/Parser.h"
#include "narrow/Codegen/MemoryPlan.h"
#include "gtest/gtest.h"

using namespace narrow;
using namespace narrow::codegen;

namespace {
/// Functions on 4x4 images of `!q`; `conv` is a
/// pointwise convolution, `add` a sum.
class FusionTest : public testing::Test {
protected:
  FusionTest() {
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
  }

  static std::string image(int64_t channels) {
    return ("tensor<1x4x4x" + llvm::Twine(channels) + "x!q>").str();
  }

  std::string conv(StringRef result, StringRef input, int64_t from, int64_t to,
                   int64_t groups = 1) {
    std::string text;
    llvm::raw_string_ostream os(text);
    std::string depth = std::to_string(from / groups), n = std::to_string(to);
    std::string weights = "tensor<" + n + "x1x1x" + depth;
    os << "%w" << result << " = fxp.constant dense<1> : " << weights
       << "xi8> -> " << weights << "x!w>\n%b" << result
       << " = fxp.constant dense<0> : tensor<" << n << "xi32> -> tensor<" << n
       << "xi32>\n%" << result << " = fxp.conv2d %" << input << ", %w" << result
       << ", %b" << result
       << " <mode = q15, multiplier = [16384], shift = [0], offset = [0]> "
          "{strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, "
          "dilations = array<i64: 1, 1>, groups = "
       << groups << " : i64} : (" << image(from) << ", " << weights
       << "x!w>, tensor<" << n << "xi32>) -> " << image(to) << "\n";
    return text;
  }

  std::string add(StringRef result, StringRef lhs, StringRef rhs,
                  int64_t channels, StringRef rhsType = "") {
    std::string type = image(channels);
    return ("%" + result + " = fxp.add %" + lhs + ", %" + rhs +
            " {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, "
            "shift = 14 : i32} : (" +
            type + ", " + (rhsType.empty() ? type : rhsType.str()) + ") -> " +
            type + "\n")
        .str();
  }

  std::string lookup(StringRef result, StringRef input, int64_t channels) {
    std::string type = image(channels);
    return ("%" + result + " = fxp.lookup %" + input +
            " dense<7> : tensor<256xi8> : " + type + " -> " + type + "\n")
        .str();
  }

  MemoryPlan plan(StringRef arguments, StringRef body, StringRef results,
                  StringRef types) {
    std::string text = ("!q = !quant.uniform<u8:f32, 0.5>\n"
                        "!w = !quant.uniform<i8<-127:127>:f32, 0.5>\n"
                        "func.func @main(" +
                        arguments + ") -> (" + types + ") {\n" + body +
                        "return " + results + " : " + types + "\n}")
                           .str();
    module = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module) << text;
    function = *module->getOps<mlir::func::FuncOp>().begin();
    return planMemory(function);
  }

  fxp::AddOp firstAdd() { return *function.getOps<fxp::AddOp>().begin(); }

  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  mlir::func::FuncOp function;
};
} // namespace

TEST_F(FusionTest, AddsToTheConvolutionInPlace) {
  MemoryPlan result =
      plan("%x: " + image(8),
           conv("c", "x", 8, 8) + conv("d", "c", 8, 8) + add("s", "d", "x", 8),
           "%s", image(8));
  ASSERT_EQ(result.fusions.size(), 1u);
  const FusedOp *fusion = result.fusions.find(firstAdd());
  EXPECT_EQ(fusion->residual, 1u);
  EXPECT_EQ(result.of(fusion->contraction->getResult(0)).space,
            Placement::Space::None);
  EXPECT_TRUE(result.isInPlace(firstAdd()));
  // The input, which becomes the sum, and one convolution's result.
  EXPECT_EQ(result.arenaBytes, 2 * (4 * 4 * 8 + BufferLayout::kSlackBytes));
}

TEST_F(FusionTest, TakesTheOperandThatIsComputedLast) {
  MemoryPlan result =
      plan("%x: " + image(8),
           conv("c", "x", 8, 8) + conv("d", "x", 8, 8) + add("s", "c", "d", 8),
           "%s", image(8));
  ASSERT_EQ(result.fusions.size(), 1u);
  EXPECT_EQ(result.fusions.find(firstAdd())->residual, 0u);
}

TEST_F(FusionTest, LooksUpInTheConvolution) {
  // Depthwise, too; of a larger input only where nothing runs in between.
  for (int64_t groups : {1, 8}) {
    MemoryPlan result = plan("%x: " + image(8),
                             conv("c", "x", 8, 8, groups) +
                                 lookup("l", "c", 8) + add("s", "l", "l", 8),
                             "%s", image(8));
    ASSERT_EQ(result.fusions.size(), 1u);
    auto op = *function.getOps<fxp::LookupOp>().begin();
    const FusedOp *fusion = result.fusions.find(op);
    ASSERT_TRUE(fusion);
    EXPECT_EQ(result.fusions.findLast(fusion->contraction), op);
    EXPECT_EQ(result.of(fusion->contraction->getResult(0)).space,
              Placement::Space::None);
  }
  EXPECT_EQ(
      plan("%x: " + image(64),
           conv("c", "x", 64, 8) + lookup("l", "c", 8) + add("s", "l", "l", 8),
           "%s", image(8))
          .fusions.size(),
      1u);
}

TEST_F(FusionTest, LeavesALookup) {
  // Of a large input that something runs after, of a result with another user,
  // and of what the function returns.
  EXPECT_EQ(plan("%x: " + image(64) + ", %y: " + image(8),
                 conv("c", "x", 64, 8) + add("e", "y", "y", 8) +
                     lookup("l", "c", 8) + add("s", "l", "e", 8),
                 "%s", image(8))
                .fusions.size(),
            0u);
  EXPECT_EQ(
      plan("%x: " + image(8) + ", %y: " + image(8),
           conv("c", "x", 8, 8) + lookup("l", "c", 8) + add("s", "l", "l", 8),
           "%s, %c", image(8) + ", " + image(8))
          .fusions.size(),
      0u);
  EXPECT_EQ(plan("%x: " + image(8), conv("c", "x", 8, 8) + lookup("l", "c", 8),
                 "%l", image(8))
                .fusions.size(),
            0u);
}

TEST_F(FusionTest, LeavesAResultWithAnotherUser) {
  EXPECT_EQ(plan("%x: " + image(8),
                 conv("c", "x", 8, 8) + add("s", "c", "x", 8), "%s, %c",
                 image(8) + ", " + image(8))
                .fusions.size(),
            0u);
}

TEST_F(FusionTest, LeavesAResultAddedToItself) {
  EXPECT_EQ(plan("%x: " + image(8),
                 conv("c", "x", 8, 8) + add("s", "c", "c", 8), "%s", image(8))
                .fusions.size(),
            0u);
}

TEST_F(FusionTest, LeavesABroadcast) {
  std::string pixel = "tensor<1x1x1x8x!q>";
  EXPECT_EQ(plan("%x: " + image(8) + ", %y: " + pixel,
                 conv("c", "x", 8, 8) + add("s", "c", "y", 8, pixel), "%s",
                 image(8))
                .fusions.size(),
            0u);
}

TEST_F(FusionTest, LeavesADepthwiseConvolution) {
  EXPECT_EQ(plan("%x: " + image(8) + ", %y: " + image(8),
                 conv("c", "x", 8, 8, 8) + add("s", "c", "y", 8), "%s",
                 image(8))
                .fusions.size(),
            0u);
}

// %big would have to stay until %e is there.
TEST_F(FusionTest, KeepsNothingLargeAliveForLonger) {
  EXPECT_EQ(plan("%big: " + image(64) + ", %y: " + image(8),
                 conv("c", "big", 64, 8) + add("e", "y", "y", 8) +
                     add("s", "c", "e", 8),
                 "%s", image(8))
                .fusions.size(),
            0u);
}

TEST_F(FusionTest, OverwritesNothingThatIsReadLater) {
  MemoryPlan result =
      plan("%x: " + image(8),
           conv("c", "x", 8, 8) + conv("d", "c", 8, 8) + add("s", "d", "x", 8),
           "%s, %x", image(8) + ", " + image(8));
  ASSERT_EQ(result.fusions.size(), 1u);
  EXPECT_FALSE(result.isInPlace(firstAdd()));
}

TEST_F(FusionTest, OverwritesNothingThatTheConvolutionReads) {
  MemoryPlan result =
      plan("%x: " + image(8), conv("c", "x", 8, 8) + add("s", "c", "x", 8),
           "%s", image(8));
  ASSERT_EQ(result.fusions.size(), 1u);
  EXPECT_FALSE(result.isInPlace(firstAdd()));
}
