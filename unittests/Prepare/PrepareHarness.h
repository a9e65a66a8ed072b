//===- PrepareHarness.h - runs modules before and after preparing -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_PREPARE_PREPAREHARNESS_H
#define NARROW_UNITTESTS_PREPARE_PREPAREHARNESS_H

#include "../Execution/Harness.h"
#include "mlir/Pass/PassManager.h"
#include "narrow/Prepare/Pipeline.h"

namespace narrow::testing {

struct PrepareHarness : Harness {
  /// Runs the module as it is and prepared, on reproducible inputs, and expects
  /// equal results up to rounding. Returns the prepared module.
  OwningOpRef<ModuleOp> expectUnchanged(StringRef text, unsigned seed = 1) {
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << "does not parse: " << text.str();
      return {};
    }
    if (!expectUnchanged(*module, seed)) {
      ADD_FAILURE() << "cannot be prepared: " << text.str();
      return {};
    }
    return module;
  }

  /// The same for a module, which is prepared in place; returns whether it
  /// could be.
  bool expectUnchanged(ModuleOp module, unsigned seed = 1) {
    std::vector<HostTensor> before = runModule(module, seed);
    mlir::PassManager manager(&context);
    buildPreparePipeline(manager, PrepareOptions());
    if (failed(manager.run(module)))
      return false;
    std::vector<HostTensor> after = runModule(module, seed);
    EXPECT_EQ(before.size(), after.size());
    for (size_t i = 0; i < std::min(before.size(), after.size()); ++i)
      expectNear({after[i]}, before[i], 1e-4f);
    return true;
  }

  std::vector<HostTensor> runModule(ModuleOp module, unsigned seed) {
    std::vector<HostTensor> inputs, outputs;
    auto executor = FloatExecutor::create(module);
    if (!executor) {
      ADD_FAILURE() << llvm::toString(executor.takeError());
      return {};
    }
    // Integers are indices: the first of each.
    for (const HostTensor &input : (*executor)->getInputs())
      inputs.push_back(input.kind == ElementKind::F32
                           ? makeValues(input.shape, seed++)
                           : HostTensor(input.kind, input.shape));
    if (llvm::Error error = (*executor)->run(inputs, outputs))
      ADD_FAILURE() << llvm::toString(std::move(error));
    return outputs;
  }
};

/// Returns `tensor<1x2xf32>`.
inline std::string toType(ArrayRef<int64_t> shape) {
  std::string text = "tensor<";
  for (int64_t size : shape)
    text += std::to_string(size) + "x";
  return text + "f32>";
}

/// Returns a line that defines `name` as a constant.
inline std::string makeConstantText(StringRef name, const HostTensor &values) {
  StringRef bytes(reinterpret_cast<const char *>(values.bytes.data()),
                  values.bytes.size());
  std::string type = toType(values.shape);
  return (name + " = \"tosa.const\"() {values = dense<\"0x" +
          llvm::toHex(bytes) + "\"> : " + type + "} : () -> " + type + "\n")
      .str();
}

/// Returns a line that defines `name` as a constant of reproducible values, in
/// [0.5, 1.5] (usable as a variance) or in [-1, 1].
inline std::string makeConstantText(StringRef name, ArrayRef<int64_t> shape,
                                    unsigned seed, bool positive = false) {
  HostTensor values = makeValues(shape, seed);
  if (positive)
    for (float &value : values.data<float>())
      value = 1 + value / 2;
  return makeConstantText(name, values);
}

/// Counts the ops of a kind in a prepared module.
template <typename Op>
unsigned countOps(ModuleOp module) {
  unsigned count = 0;
  module.walk([&](Op) { ++count; });
  return count;
}

} // namespace narrow::testing

#endif // NARROW_UNITTESTS_PREPARE_PREPAREHARNESS_H
