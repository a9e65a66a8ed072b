//===- Harness.h - runs MLIR text through the float executor ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_EXECUTION_HARNESS_H
#define NARROW_UNITTESTS_EXECUTION_HARNESS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Execution/FloatExecutor.h"
#include "gtest/gtest.h"
#include <cmath>

namespace narrow::testing {

/// Parses modules and holds what they need.
struct Harness {
  mlir::MLIRContext context;

  Harness() {
    context.loadDialect<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                        fxp::FxpDialect, nn::NnDialect>();
  }

  /// Compiles a module; a failure is a failed test and gives null.
  std::unique_ptr<FloatExecutor> compile(StringRef text) {
    auto module = mlir::parseSourceString<ModuleOp>(text, &context);
    if (!module) {
      ADD_FAILURE() << "does not parse: " << text.str();
      return nullptr;
    }
    auto executor = FloatExecutor::create(*module);
    if (executor)
      return std::move(*executor);
    ADD_FAILURE() << llvm::toString(executor.takeError());
    return nullptr;
  }

  /// Compiles and runs a module once.
  std::vector<HostTensor> run(StringRef text, ArrayRef<HostTensor> inputs) {
    std::vector<HostTensor> outputs;
    if (std::unique_ptr<FloatExecutor> executor = compile(text))
      if (llvm::Error error = executor->run(inputs, outputs))
        ADD_FAILURE() << llvm::toString(std::move(error));
    return outputs;
  }
};

/// Makes a tensor of reproducible values between -1 and 1.
inline HostTensor makeValues(ArrayRef<int64_t> shape, unsigned seed) {
  HostTensor tensor(ElementKind::F32, shape);
  uint32_t state = seed * 2654435761u + 12345u;
  for (float &value : tensor.data<float>()) {
    state = state * 1664525u + 1013904223u;
    value = float(int32_t(state >> 8) - (1 << 23)) / float(1 << 23);
  }
  return tensor;
}

/// Reads an NHWC image, and zero outside of it.
inline float at(const HostTensor &image, int64_t n, int64_t y, int64_t x,
                int64_t c) {
  if (y < 0 || x < 0 || y >= image.shape[1] || x >= image.shape[2])
    return 0;
  return image.data<float>()[((n * image.shape[1] + y) * image.shape[2] + x) *
                                 image.shape[3] +
                             c];
}

/// Expects equal shapes, and equal values up to rounding.
inline void expectNear(const std::vector<HostTensor> &found,
                       const HostTensor &expected, float tolerance = 1e-5f) {
  ASSERT_EQ(found.size(), 1u);
  ASSERT_EQ(found[0].shape, expected.shape);
  ArrayRef<float> f = found[0].data<float>(), e = expected.data<float>();
  for (size_t i = 0; i < e.size(); ++i) {
    if (std::isnan(e[i]) && std::isnan(f[i]))
      continue;
    ASSERT_NEAR(f[i], e[i], tolerance * (1 + std::abs(e[i])))
        << "element " << i;
  }
}

} // namespace narrow::testing

#endif // NARROW_UNITTESTS_EXECUTION_HARNESS_H
