//===- Context.h - an MLIR context with everything in it -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DRIVER_CONTEXT_H
#define NARROW_DRIVER_CONTEXT_H

#include "narrow/Support/LLVM.h"

#include <memory>

namespace narrow {

/// Owns a context that knows every dialect of the road from a model to an
/// object. In a file of its own, since registering them takes long to compile.
class CompilerContext {
public:
  CompilerContext();
  ~CompilerContext();
  MLIRContext &get() { return *context; }

private:
  std::unique_ptr<MLIRContext> context;
};

} // namespace narrow

#endif // NARROW_DRIVER_CONTEXT_H
