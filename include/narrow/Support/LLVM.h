//===- LLVM.h - LLVM and MLIR names used by Narrow -------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Imports the LLVM and MLIR names that Narrow uses into its own namespace,
// once, so that no header needs a using directive.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_LLVM_H
#define NARROW_SUPPORT_LLVM_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Support/LLVM.h"

namespace narrow {
// NOLINTBEGIN(misc-unused-using-decls)
using llvm::ArrayRef;
using llvm::cast;
using llvm::cast_or_null;
using llvm::DenseMap;
using llvm::dyn_cast;
using llvm::dyn_cast_or_null;
using llvm::function_ref;
using llvm::isa;
using llvm::MutableArrayRef;
using llvm::raw_ostream;
using llvm::SmallVector;
using llvm::SmallVectorImpl;
using llvm::StringRef;
using llvm::Twine;

using mlir::Attribute;
using mlir::Block;
using mlir::DenseElementsAttr;
using mlir::DenseI64ArrayAttr;
using mlir::ElementsAttr;
using mlir::emitError;
using mlir::emitRemark;
using mlir::failed;
using mlir::failure;
using mlir::FailureOr;
using mlir::FloatType;
using mlir::InFlightDiagnostic;
using mlir::IntegerType;
using mlir::Location;
using mlir::LogicalResult;
using mlir::MLIRContext;
using mlir::ModuleOp;
using mlir::NamedAttribute;
using mlir::OpBuilder;
using mlir::Operation;
using mlir::OwningOpRef;
using mlir::RankedTensorType;
using mlir::ShapedType;
using mlir::succeeded;
using mlir::success;
using mlir::Type;
using mlir::TypedAttr;
using mlir::Value;
using mlir::ValueRange;
// NOLINTEND(misc-unused-using-decls)
} // namespace narrow

#endif // NARROW_SUPPORT_LLVM_H
