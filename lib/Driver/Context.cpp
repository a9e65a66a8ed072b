//===- Context.cpp - an MLIR context with everything in it ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Context.h"

#include "narrow/InitAllDialects.h"

using namespace narrow;

CompilerContext::CompilerContext() {
  mlir::DialectRegistry registry;
  narrow::registerAllDialects(registry);
  context = std::make_unique<MLIRContext>(registry);
  // Users know nodes; the op's text after each error is for developers.
  context->printOpOnDiagnostic(false);
}

CompilerContext::~CompilerContext() = default;
