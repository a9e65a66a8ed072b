//===- PlanGraphTest.cpp - plans and the modules they are of --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Plan/Pipeline.h"
#include "narrow/Plan/Plan.h"
#include "gtest/gtest.h"

using namespace narrow;

namespace {
struct PlanGraphTest : testing::Test {
  PlanGraphTest() {
    context.loadDialect<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                        mlir::quant::QuantDialect, nn::NnDialect,
                        fxp::FxpDialect>();
  }

  /// Two layers of the node "n" in a row, and one of the node "m"; a batch of
  /// `batch`, and a weight of `weight`.
  OwningOpRef<ModuleOp> parse(StringRef batch = "1", StringRef weight = "0.5",
                              StringRef input = "x") {
    std::string text = R"mlir(
func.func @main(%x: tensor<BATCHx2xf32>) -> tensor<BATCHx2xf32> {
  fxp.observe %x "INPUT" {range = array<f64: 0.0, 2.55>, extremes = array<f64: 0.0, 4.0>} : tensor<BATCHx2xf32>
  %w = "tosa.const"() {values = dense<[[WEIGHT, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b {narrow.name = "a"} : (tensor<BATCHx2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<BATCHx2xf32> loc("n")
  fxp.observe %0 "a" {range = array<f64: -1.0, 1.0>, extremes = array<f64: -2.0, 2.0>} : tensor<BATCHx2xf32>
  %1 = nn.linear %0, %w, %b : (tensor<BATCHx2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<BATCHx2xf32> loc("n")
  fxp.observe %1 "b" {not_finite} : tensor<BATCHx2xf32>
  %2 = nn.linear %1, %w, %b : (tensor<BATCHx2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<BATCHx2xf32> loc("m")
  fxp.observe %2 "y" {range = array<f64: -1.0, 1.0>, extremes = array<f64: -2.0, 2.0>} : tensor<BATCHx2xf32>
  return %2 : tensor<BATCHx2xf32>
}
)mlir";
    for (auto [from, to] : {std::pair<StringRef, StringRef>{"BATCH", batch},
                            {"WEIGHT", weight},
                            {"INPUT", input}})
      for (size_t at; (at = text.find(from.str())) != std::string::npos;)
        text.replace(at, from.size(), to.str());
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    EXPECT_TRUE(module);
    return module;
  }

  /// Plans a module by `plan` and says what came out.
  Plan run(const Plan &plan, RangeSource source = {}) {
    OwningOpRef<ModuleOp> module = parse();
    PlanLists lists;
    llvm::Error error = applyPlan(*module, plan, "p", lists);
    EXPECT_FALSE(bool(error));
    llvm::consumeError(std::move(error));
    PlanningOptions options;
    llvm::append_range(options.types.types, lists.types);
    llvm::append_range(options.types.ranges, lists.ranges);
    llvm::append_range(options.types.keepFloat, lists.keepFloat);
    mlir::PassManager passes(&context);
    buildPlanPipeline(passes, options, source);
    EXPECT_TRUE(succeeded(passes.run(*module)));
    return readPlan(*module, lists.keepFloat, plan);
  }

  MLIRContext context;
};
} // namespace

TEST_F(PlanGraphTest, NamesOfLayersAreUnique) {
  std::vector<std::string> names;
  OwningOpRef<ModuleOp> module = parse();
  for (const NamedLayer &layer : nameLayers(*module))
    names.push_back(layer.name);
  EXPECT_EQ(names, (std::vector<std::string>{"a", "linear:1", "m"}));
}

TEST_F(PlanGraphTest, HashIsTheModels) {
  uint64_t hash = hashGraph(*parse());
  EXPECT_EQ(hashGraph(*parse("7")), hash);
  EXPECT_NE(hashGraph(*parse("1", "0.6")), hash);
  EXPECT_NE(hashGraph(*parse("1", "0.5", "z")), hash);
}

TEST_F(PlanGraphTest, PlanOfAPlanIsThePlan) {
  Plan plan = run({});
  ASSERT_EQ(plan.values.size(), 4u);
  EXPECT_EQ(plan.values[0].storage, "u8");
  EXPECT_EQ(plan.values[2].storage, "none");
  EXPECT_EQ(plan.values[2].reason, "not-finite");
  EXPECT_EQ(plan.values[3].storage, "i16");
  EXPECT_EQ(plan.values[3].reason, "result");
  ASSERT_EQ(plan.layers.size(), 3u);
  EXPECT_EQ(plan.layers[0].macs, 4);
  Plan again = run(plan);
  for (auto [a, b] : llvm::zip_equal(plan.values, again.values)) {
    EXPECT_EQ(a.storage, b.storage);
    EXPECT_EQ(a.scale, b.scale);
    EXPECT_EQ(a.zeroPoint, b.zeroPoint);
    EXPECT_EQ(a.reason, b.reason);
  }
}

TEST_F(PlanGraphTest, EntriesAreObeyed) {
  Plan plan;
  plan.set(ValuePlan{"x", "i16", {}, 0, {}, {}, "held"});
  LayerPlan layer;
  layer.name = "m";
  layer.storage = fxp::WeightStorage::I4;
  layer.bits = 3;
  plan.set(layer);
  layer.name = "a";
  layer.isFloat = true;
  plan.set(layer);
  Plan made = run(plan);
  EXPECT_EQ(made.findValue("x")->storage, "i16");
  EXPECT_EQ(made.findValue("x")->reason, "held");
  // Nothing need be clipped: an eighth more than the extremes fits.
  EXPECT_NEAR(*made.findValue("x")->scale, 4.5 / 32767, 1e-9);
  EXPECT_EQ(made.findLayer("m")->bits, 3u);
  EXPECT_TRUE(made.findLayer("a")->isFloat);
  EXPECT_EQ(made.findLayer("linear:1")->bits, 8u);
}

TEST_F(PlanGraphTest, TheEstimatorIsAskedForTheWidth) {
  std::vector<std::pair<std::string, unsigned>> asked;
  auto source = [&](StringRef name, unsigned bits) -> std::optional<RealRange> {
    asked.emplace_back(name, bits);
    return RealRange{0, 1.5};
  };
  Plan plan;
  plan.set(ValuePlan{"x", "u4", {}, 0, {}, {}, ""});
  Plan made = run(plan, source);
  EXPECT_EQ(asked, (std::vector<std::pair<std::string, unsigned>>{{"x", 4u}}));
  EXPECT_FLOAT_EQ(*made.findValue("x")->scale, 0.1);
  // A range that is given needs no estimate.
  asked.clear();
  plan.set(ValuePlan{"x", "u4", {}, 0, {}, RealRange{0, 3}, ""});
  made = run(plan, source);
  EXPECT_TRUE(asked.empty());
  EXPECT_FLOAT_EQ(*made.findValue("x")->scale, 0.2);
}

TEST_F(PlanGraphTest, SaysWhatCannotBe) {
  OwningOpRef<ModuleOp> module = parse();
  PlanLists lists;
  Plan plan;
  plan.model = 1;
  std::string other = llvm::toString(applyPlan(*module, plan, "p", lists));
  EXPECT_EQ(other.find("'p': expected a plan of this model ("), 0u);
  plan.model = hashGraph(*module);
  EXPECT_FALSE(bool(applyPlan(*module, plan, "p", lists)));
  plan.set(ValuePlan{"q", "u8", {}, 0, {}, {}, "", 3});
  EXPECT_EQ(llvm::toString(applyPlan(*module, plan, "p", lists)),
            "'p', line 3: expected a value of the prepared model that needs a "
            "range, found 'q'");
  plan.values.clear();
  LayerPlan layer;
  layer.name = "m";
  layer.line = 4;
  layer.block = 48;
  plan.set(layer);
  EXPECT_EQ(llvm::toString(applyPlan(*module, plan, "p", lists)),
            "'p', line 4: 'm': expected blocks of 32, 64 or 128 weights, found "
            "48");
}
