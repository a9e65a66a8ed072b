//===- VerifierSupport.h - what verifiers of nn share ----------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DIALECT_NN_IR_VERIFIERSUPPORT_H
#define NARROW_LIB_DIALECT_NN_IR_VERIFIERSUPPORT_H

#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow::nn {

/// Returns the shape as messages show it: `[1, 2]`.
std::string toText(ArrayRef<int64_t> shape);

} // namespace narrow::nn

#endif // NARROW_LIB_DIALECT_NN_IR_VERIFIERSUPPORT_H
