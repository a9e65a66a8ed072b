//===- LoadedModelTest.cpp - artefacts that load, run and refuse ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/LoadedModel.h"
#include "narrow/Object/LevelRunner.h"

#include "../Support/TemporaryDirectory.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Object/Compile.h"
#include "narrow/Support/OutputFile.h"
#include "gtest/gtest.h"

using namespace narrow;

namespace {
class LoadedModelTest : public testing::Test {
protected:
  LoadedModelTest() {
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
    module = mlir::parseSourceString<ModuleOp>(R"(
!q = !quant.uniform<u8:f32, 0.5:10>
func.func @main(%x: tensor<1x6xf32> {narrow.name = "in"}) -> (tensor<6xf32> {narrow.name = "out"}) {
  %0 = fxp.quantize %x : tensor<1x6xf32> -> tensor<1x6x!q>
  %1 = fxp.reshape %0 : tensor<1x6x!q> -> tensor<6x!q>
  %2 = fxp.dequantize %1 : tensor<6x!q> -> tensor<6xf32>
  return %2 : tensor<6xf32>
})",
                                               &context);
  }

  /// Compiles for every x86 level, or the host family's, and loads the result.
  std::unique_ptr<LoadedModel> load(InterfaceKind io) {
    CompileOptions options;
    options.name = "tiny";
    options.io = io;
    for (const Target &target : getTargets())
      if (LevelRunner::isNative(target))
        options.targets.push_back(&target);
    options.outputPath = directory.file("tiny.so");
    llvm::Error error = compileToObject(*module, options);
    EXPECT_FALSE(bool(error)) << llvm::toString(std::move(error));
    auto model = LoadedModel::load(options.outputPath);
    EXPECT_TRUE(bool(model));
    if (!model) {
      ADD_FAILURE() << llvm::toString(model.takeError());
      return nullptr;
    }
    return std::move(*model);
  }

  TemporaryDirectory directory;
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
};
} // namespace

TEST_F(LoadedModelTest, RunsTheSameOnEveryLevel) {
  auto model = load(InterfaceKind::Float);
  ASSERT_TRUE(model);
  EXPECT_EQ(model->getName(), "tiny");
  EXPECT_EQ(model->getInputs()[0].name, "in");
  EXPECT_EQ(model->getOutputs()[0].name, "out");
  auto input =
      HostTensor::get<float>({1, 6}, {-9.0f, -5.0f, 0.2f, 0.25f, 0.75f, 1e9f});
  ASSERT_FALSE(model->getRunnableLevels().empty());
  for (const std::string &level : model->getRunnableLevels()) {
    ASSERT_FALSE(bool(model->setLevel(level)));
    EXPECT_EQ(model->getLevel(), level);
    std::vector<HostTensor> outputs;
    ASSERT_FALSE(bool(model->run(input, outputs)));
    // Ties go to even; the ends saturate.
    EXPECT_EQ(outputs[0].toFloats(),
              (std::vector<float>{-5.0f, -5.0f, 0.0f, 0.0f, 1.0f, 122.5f}));
  }
}

TEST_F(LoadedModelTest, QuantisedInterfaceCarriesItsScales) {
  auto model = load(InterfaceKind::Quantized);
  ASSERT_TRUE(model);
  const ModelTensor &input = model->getInputs()[0];
  EXPECT_EQ(input.kind, ElementKind::U8);
  EXPECT_EQ(input.scales, std::vector<double>{0.5});
  EXPECT_EQ(input.zeroPoints, std::vector<int64_t>{10});
  auto stored = HostTensor::get<uint8_t>({1, 6}, {0, 10, 20, 30, 40, 255});
  std::vector<HostTensor> outputs;
  ASSERT_FALSE(bool(model->run(stored, outputs)));
  EXPECT_EQ(outputs[0].bytes, stored.bytes);
  EXPECT_EQ(input.toReal(stored)[2], 5.0f);
}

TEST_F(LoadedModelTest, RefusesWrongInputsAndLevels) {
  auto model = load(InterfaceKind::Float);
  ASSERT_TRUE(model);
  std::vector<HostTensor> outputs;
  HostTensor wrongShape(ElementKind::F32, {6});
  EXPECT_EQ(llvm::toString(model->run(wrongShape, outputs)),
            "expected input 'in' to be [1, 6] f32, found [6] f32");
  HostTensor wrongKind(ElementKind::I8, {1, 6});
  EXPECT_EQ(llvm::toString(model->run(wrongKind, outputs)),
            "expected input 'in' to be [1, 6] f32, found [1, 6] i8");
  EXPECT_EQ(llvm::toString(model->run({}, outputs)),
            "expected 1 inputs, found 0");
  std::string message = llvm::toString(model->setLevel("quantum"));
  EXPECT_NE(message.find("found 'quantum'"), std::string::npos) << message;
}

TEST_F(LoadedModelTest, ProfilesEachCallAndKeepsTheResult) {
  for (const Target &target : getTargets()) {
    if (!LevelRunner::isNative(target))
      continue;
    CompileOptions options;
    options.targets = {&target};
    auto profiled = ProfiledModel::create(*module, options);
    ASSERT_TRUE(bool(profiled)) << llvm::toString(profiled.takeError());
    LoadedModel &model = *profiled->model;
    auto input = HostTensor::get<float>({1, 6}, {0, 1, 2, 3, 4, 5});
    std::vector<HostTensor> before, after;
    ASSERT_FALSE(bool(model.run(input, before)));
    auto profile = model.profile(input, 0.01);
    ASSERT_TRUE(bool(profile)) << llvm::toString(profile.takeError());
    EXPECT_EQ(profile->steps.size(), profiled->stats.calls.size());
    EXPECT_EQ(profiled->stats.calls.front().op, "quantize");
    EXPECT_EQ(profiled->stats.calls.front().shapes, "1x6 -> 1x6");
    EXPECT_EQ(profiled->stats.calls.front().node, "line 4");
    EXPECT_GT(profile->peakGmacs, 0);
    EXPECT_GT(profile->runUs, 0);
    auto steps = model.getSteps(input);
    ASSERT_TRUE(bool(steps)) << llvm::toString(steps.takeError());
    EXPECT_EQ(steps->size(), profile->steps.size());
    for (const std::function<void()> &step : *steps)
      step();
    ASSERT_FALSE(bool(model.run(input, after)));
    EXPECT_EQ(before[0].bytes, after[0].bytes);
  }
}

TEST_F(LoadedModelTest, ProfilesOnlyWhatWasCompiledForIt) {
  auto model = load(InterfaceKind::Float);
  ASSERT_TRUE(model);
  auto profile = model->profile(HostTensor(ElementKind::F32, {1, 6}), 0.01);
  ASSERT_FALSE(bool(profile));
  EXPECT_EQ(llvm::toString(profile.takeError()),
            "'tiny' was not compiled for profiling");
}

TEST_F(LoadedModelTest, RefusesFilesThatAreNoModel) {
  std::string text = directory.file("text.so");
  ASSERT_FALSE(bool(writeFile(text, "not a library")));
  auto model = LoadedModel::load(text);
  ASSERT_FALSE(bool(model));
  EXPECT_EQ(llvm::toString(model.takeError()),
            "'" + text + "': holds no compiled model");
}
