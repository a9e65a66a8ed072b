//===- PlanFileTest.cpp - plans are read as they were written -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/PlanFile.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace narrow;

static std::string parseError(StringRef text) {
  llvm::Expected<Plan> plan = parsePlan(text, "p");
  return plan ? "" : llvm::toString(plan.takeError());
}

/// The error of a file with `line` as its second line.
static std::string lineError(StringRef line) {
  return parseError(("narrow-plan 1\n" + line).str());
}

static Plan makePlan() {
  Plan plan;
  plan.model = 0x0123456789abcdef;
  plan.heldBack = 12;
  plan.requant = fxp::RequantMode::Q31;
  plan.isSymmetric = true;
  ValuePlan value;
  value.name = "a \"b\"\\\n\u00e9";
  value.storage = "u8";
  value.scale = static_cast<double>(1.0f / 3);
  value.zeroPoint = 7;
  value.reason = "plain";
  value.line = 1;
  plan.set(value);
  LayerPlan layer;
  layer.name = "conv";
  layer.storage = fxp::WeightStorage::I4;
  layer.bits = 3;
  layer.granularity = fxp::WeightGranularity::Tensor;
  layer.rounding = fxp::WeightRounding::PairSafe;
  layer.pow2 = layer.fullRange = true;
  layer.requant = fxp::RequantMode::Q15;
  layer.op = "conv2d";
  layer.weights = 9;
  layer.bytes = 5;
  layer.macs = 900;
  layer.microseconds = 1.25;
  layer.reason = "held";
  layer.line = 2;
  plan.set(layer);
  value = ValuePlan{"wide", "i16", {}, 0, {}, RealRange{-1.5, 0.1}, "asked", 3};
  plan.set(value);
  plan.set(ValuePlan{"nothing", "none", {}, 0, {}, {}, "no-range", 4});
  LayerPlan kept;
  kept.name = "kept";
  kept.isFloat = true;
  kept.requant = plan.requant;
  kept.line = 5;
  plan.set(kept);
  plan.set(FloatPlan{"node", "asked", 6});
  plan.overflows = {"matmul"};
  return plan;
}

TEST(PlanFileTest, IsReadAsWritten) {
  std::string text = printPlan(makePlan());
  EXPECT_EQ(text, R"(narrow-plan 1
model 0x0123456789abcdef
default requant=q31 held-back=12 symmetric
value "a \22b\22\5C\0Aé" u8<0.3333333432674408:7> reason=plain
layer "conv" i4 bits=3 per=tensor rounding=pair_safe full-range pow2 requant=q15 op=conv2d weights=9 bytes=5 macs=900 us=1.25 reason=held
value "wide" i16 range=-1.5:0.1 reason=asked
value "nothing" none reason=no-range
layer "kept" float
float "node" reason=asked
overflow "matmul"
)");
  llvm::Expected<Plan> read = parsePlan(text, "p");
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(printPlan(*read), text);
  ASSERT_EQ(read->values.size(), 3u);
  EXPECT_EQ(read->values[0].name, "a \"b\"\\\n\u00e9");
  EXPECT_EQ(*read->values[0].scale, static_cast<double>(1.0f / 3));
  EXPECT_EQ(read->values[1].range->low, -1.5);
  EXPECT_EQ(read->findLayer("conv")->bits, 3u);
  EXPECT_TRUE(read->findLayer("kept")->isFloat);
}

TEST(PlanFileTest, SkipsWhatSaysNothing) {
  llvm::Expected<Plan> plan = parsePlan(
      "narrow-plan 1\r\n\n  # value \"x\"\n\tvalue\t\"x\"  u8 \nvalue \"y\" "
      "float reason=asked\nlayer \"l\" i4\n",
      "p");
  ASSERT_TRUE(bool(plan)) << llvm::toString(plan.takeError());
  EXPECT_EQ(plan->values.size(), 1u);
  EXPECT_FALSE(plan->values[0].scale);
  // A value in float is its maker's.
  ASSERT_EQ(plan->floats.size(), 1u);
  EXPECT_EQ(plan->floats[0].name, "y");
  EXPECT_EQ(plan->layers[0].bits, 4u);
}

TEST(PlanFileTest, Errors) {
  EXPECT_EQ(parseError(""),
            "'p', line 1: expected 'narrow-plan 1', found nothing");
  EXPECT_EQ(parseError("narrow-plan 2\n"),
            "'p', line 1: expected 'narrow-plan 1', found 'narrow-plan 2'");
  EXPECT_EQ(lineError("model 12"),
            "'p', line 2: expected model 0xHASH, found 'model 12'");
  EXPECT_EQ(lineError("weights \"x\""),
            "'p', line 2: expected model, default, value, layer, float or "
            "overflow, found 'weights'");
  EXPECT_EQ(lineError("value x u8"),
            "'p', line 2: expected a name in quotes, found 'x u8'");
  EXPECT_EQ(lineError("value \"x u8"),
            "'p', line 2: expected a name in quotes, found '\"x u8'");
  EXPECT_EQ(lineError("value \"\\g1\" u8"),
            "'p', line 2: expected two hex digits behind a backslash, found "
            "'\\g1'");
  EXPECT_EQ(lineError("value \"x\""),
            "'p', line 2: expected a type of u2 to u8, i2 to i8 or i16, or "
            "float, none or given, found nothing");
  EXPECT_EQ(lineError("value \"x\" u16"),
            "'p', line 2: expected a type of u2 to u8, i2 to i8 or i16, or "
            "float, none or given, found 'u16'");
  for (StringRef type : {"u8<0>", "u8<-1>", "u8<nan>", "u8<1", "u8<>"})
    EXPECT_EQ(lineError(("value \"x\" " + type).str()),
              ("'p', line 2: expected u8<SCALE:ZERO> with a scale of 2^-100 "
               "to 2^100, found '" +
               type + "'")
                  .str());
  EXPECT_EQ(lineError("value \"x\" u8<1:256>"),
            "'p', line 2: expected a zero point of 0 to 255 for u8, found "
            "'256'");
  EXPECT_EQ(lineError("value \"x\" i16<1:2>"),
            "'p', line 2: expected a zero point of 0 to 0 for i16, found '2'");
  EXPECT_EQ(lineError("value \"x\" u8 range=2:1"),
            "'p', line 2: expected range=LOW:HIGH, found 'range=2:1'");
  EXPECT_EQ(lineError("value \"x\" u8 width=2"),
            "'p', line 2: expected range= or reason=, found 'width=2'");
  EXPECT_EQ(lineError("value \"x\" none range=1:2"),
            "'p', line 2: expected reason=, found 'range=1:2'");
  EXPECT_EQ(lineError("value \"x\" u8\nvalue \"x\" i8"),
            "'p', line 3: expected one line for value 'x', found a second one "
            "to line 2");
  EXPECT_EQ(lineError("layer \"x\" i5"),
            "'p', line 2: expected weights of i8, i4, i2, lut4, lut2 or i16, "
            "or float, found 'i5'");
  EXPECT_EQ(lineError("layer \"x\" i4 bits=5"),
            "'p', line 2: expected bits of 2 to 4 for i4, found '5'");
  EXPECT_EQ(lineError("layer \"x\" i8 per=row"),
            "'p', line 2: expected per=channel or tensor, found 'row'");
  EXPECT_EQ(lineError("layer \"x\" i8 bytes=-3"),
            "'p', line 2: expected bytes=NUMBER, found '-3'");
  EXPECT_EQ(lineError("default held-back=x"),
            "'p', line 2: expected held-back=NUMBER, found 'x'");
  EXPECT_EQ(lineError("default\ndefault"),
            "'p', line 3: expected one line for default, found a second one "
            "to line 2");
}
