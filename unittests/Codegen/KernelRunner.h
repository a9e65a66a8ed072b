//===- KernelRunner.h - compiles one kernel and calls it -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_UNITTESTS_CODEGEN_KERNELRUNNER_H
#define NARROW_UNITTESTS_CODEGEN_KERNELRUNNER_H

#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "narrow/Codegen/Kernel.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include <memory>

namespace narrow::test {

/// Returns whether this machine can run the level.
bool canRun(const Target &target);

/// A kernel compiled for one level by the stock pipeline.
class CompiledKernel {
public:
  /// Aborts the test where compilation fails.
  CompiledKernel(const codegen::Kernel &kernel, const Target &target);
  /// Calls the kernel with one pointer per argument.
  void operator()(ArrayRef<void *> arguments) const;

private:
  std::unique_ptr<mlir::ExecutionEngine> engine;
  void *entry = nullptr;
};

/// A 64-byte aligned buffer; copies share it.
class Buffer {
public:
  explicit Buffer(int64_t bytes, uint8_t fill = 0);
  explicit Buffer(ArrayRef<char> contents);
  uint8_t *data() const { return storage.get(); }
  int64_t size() const { return bytes; }

private:
  std::shared_ptr<uint8_t> storage;
  int64_t bytes;
};

/// Returns the context that all tests share, with the dialects of kernels.
MLIRContext &getContext();

} // namespace narrow::test

#endif // NARROW_UNITTESTS_CODEGEN_KERNELRUNNER_H
