//===- ModelsTest.cpp - preparing keeps what real models compute ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrepareHarness.h"
#include "narrow/Frontend/ImportModel.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include <cstdlib>

using namespace narrow;
using namespace narrow::testing;
namespace tosa = mlir::tosa;

namespace {
class ModelsTest : public ::testing::TestWithParam<std::string> {};

/// Small models, or those that `NARROW_MODELS` lists.
std::vector<std::string> listModels() {
  const char *wanted = std::getenv("NARROW_MODELS");
  std::vector<std::string> models;
  for (StringRef name :
       llvm::split(wanted ? wanted : "mnist-8,kws_dscnn,resnet8_cifar10", ','))
    models.push_back(name.str());
  return models;
}
} // namespace

TEST_P(ModelsTest, KeepsOutputs) {
  std::string path = NARROW_SHARED_DIR "/models/" + GetParam() + ".onnx";
  if (!llvm::sys::fs::exists(path))
    GTEST_SKIP() << "no such file: " << path;
  PrepareHarness harness;
  ImportOptions options;
  options.batch = 1;
  OwningOpRef<ModuleOp> module = importModel(path, harness.context, options);
  ASSERT_TRUE(module);
  harness.expectUnchanged(*module);
  EXPECT_EQ(countOps<nn::BatchNormOp>(*module), 0u);

  // Transposes are left at the network's rim alone.
  module->walk([](tosa::TransposeOp op) {
    bool atEntry = isa<mlir::BlockArgument>(op.getInput1());
    bool atExit = llvm::all_of(op->getUsers(), [](Operation *user) {
      return isa<mlir::func::ReturnOp, tosa::ReshapeOp, fxp::ObserveOp>(user);
    });
    EXPECT_TRUE(atEntry || atExit);
  });
}

INSTANTIATE_TEST_SUITE_P(Shared, ModelsTest, ::testing::ValuesIn(listModels()),
                         [](const auto &info) {
                           std::string name = info.param;
                           for (char &c : name)
                             if (!llvm::isAlnum(c))
                               c = '_';
                           return name;
                         });
