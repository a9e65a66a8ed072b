//===- Interface.h - inputs and outputs as callers see them -----*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_OBJECT_INTERFACE_H
#define NARROW_LIB_OBJECT_INTERFACE_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Object/Compile.h"

namespace narrow::object {

/// One input or output, of which the metadata makes a `narrow_tensor` of
/// runtime/artefact.h.
struct InterfaceTensor {
  std::string name;
  SmallVector<int64_t> shape;
  uint32_t type = 0; ///< NARROW_F32 and so on.
  int64_t bytes = 0;
  SmallVector<double> scales;
  SmallVector<int32_t> zeroPoints;
  uint32_t axis = 0;
};

/// Returns the same as the loader would read it.
ModelTensor toModelTensor(const InterfaceTensor &tensor);

/// Returns the host's element kind of a `type` of the metadata.
ElementKind getMetadataKind(uint32_t type);

/// Spelling of a `type` as in C ("float", "uint8_t").
StringRef getCType(uint32_t type);

/// Returns what the function takes and gives.
std::vector<InterfaceTensor> describeInputs(mlir::func::FuncOp function);
std::vector<InterfaceTensor> describeOutputs(mlir::func::FuncOp function);

/// Replaces casts at the function's boundary by quantised arguments and
/// results. Fails where an input or output is used as a float.
llvm::Error makeInterfaceQuantized(mlir::func::FuncOp function);

/// Brings rank-4 inputs and outputs to `layout` by removing the transposes at
/// the boundary, of fixed-point or float values. A remark names what has none
/// and so keeps the order it has. Islands must not be outlined yet.
void setInterfaceLayout(mlir::func::FuncOp function, InterfaceLayout layout);

} // namespace narrow::object

#endif // NARROW_LIB_OBJECT_INTERFACE_H
