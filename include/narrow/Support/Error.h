//===- Error.h - errors from text ------------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_ERROR_H
#define NARROW_SUPPORT_ERROR_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/Error.h"

namespace narrow {

/// Makes an error from text in the form that the tools print.
llvm::Error makeError(const llvm::Twine &message);

} // namespace narrow

#endif // NARROW_SUPPORT_ERROR_H
