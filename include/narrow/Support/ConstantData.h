//===- ConstantData.h - numbers in and out of constant attributes -*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Constant tensors come as dense attributes, splats or resources. These
// functions read all of them alike, and write resources for whatever is large:
// a resource is one copy of the bytes, not a uniqued attribute that MLIR hashes
// and prints.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_CONSTANTDATA_H
#define NARROW_SUPPORT_CONSTANTDATA_H

#include "narrow/Support/LLVM.h"

namespace narrow {

/// Constants of at least this many bytes become resources.
constexpr size_t kResourceThresholdBytes = 1024;

/// Returns the elements of a constant of any float type in row-major order,
/// splats expanded, rounded to f32 where the type is wider. The attribute must
/// hold readable data (see `verifyConstants`).
SmallVector<float> getFloats(ElementsAttr attr);

/// Returns the elements of an integer, index or i1 constant in row-major order,
/// splats expanded. Signless and signed types are sign-extended, unsigned and
/// i1 are zero-extended.
SmallVector<int64_t> getIntegers(ElementsAttr attr);

/// Returns whether the constant's bytes are there and as many as its type asks
/// for. Only a resource can fail: its blob may be missing or cut.
bool hasReadableData(ElementsAttr attr);

/// Emits an error at every op that holds a constant which `getFloats` or
/// `getIntegers` could not read. Called once where a model enters.
LogicalResult verifyConstants(Operation *root);

/// Makes a constant of `type` from row-major `values`, one for each element, or
/// a single one for a splat: a splat attribute where all are equal, a dense
/// attribute below `kResourceThresholdBytes`, else a resource. Values are
/// converted to the element type (integers truncated to its width).
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<float> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<double> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<bool> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<int8_t> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<uint8_t> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<int16_t> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<int32_t> values);
ElementsAttr makeConstant(RankedTensorType type, ArrayRef<int64_t> values);

} // namespace narrow

#endif // NARROW_SUPPORT_CONSTANTDATA_H
