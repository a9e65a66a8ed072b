//===- DynamicVerifiers.cpp - rules of the ops of NnDynamicOps.h ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Dialect/Nn/IR/NnDynamicOps.h"
#include "narrow/Support/ConstantData.h"
#include <cmath>

using namespace narrow;
using namespace narrow::nn;

#define GET_OP_CLASSES
#include "narrow/Dialect/Nn/IR/NnDynamicOps.cpp.inc"

LogicalResult DequantizeWeightsOp::verify() {
  RankedTensorType stored = getStored().getType(), type = getType();
  if (type.getRank() < 1 ||
      getScales().getType().getDimSize(0) != type.getDimSize(0))
    return emitOpError() << "expected a scale for each output channel of "
                         << type << ", found " << getScales().getType();
  if (getPairs() && !stored.getElementType().isInteger(8))
    return emitOpError() << "expected pairs in bytes, found " << stored;
  ElementsAttr constant;
  if (isa<FloatType>(stored.getElementType()) &&
      mlir::matchPattern(getStored(), mlir::m_Constant(&constant)) &&
      !llvm::all_of(getFloats(constant),
                    [](float weight) { return std::isfinite(weight); }))
    return emitOpError("expected finite weights of 16 bits (N71)");
  SmallVector<int64_t> wanted(type.getShape());
  if (getPairs())
    wanted.back() = (wanted.back() + 1) / 2;
  if (stored.getShape() != ArrayRef<int64_t>(wanted))
    return emitOpError() << "expected stored weights of shape "
                         << toText(wanted) << ", found " << stored;
  return success();
}

LogicalResult DynamicFakeQuantizeOp::verify() {
  RankedTensorType type = getInput().getType();
  if (type.getRank() < 1 || type.getNumElements() == 0)
    return emitOpError() << "expected elements to find a range of, found "
                         << type;
  return success();
}

LogicalResult TopKOp::verify() {
  RankedTensorType input = getInput().getType(), type = getType();
  int64_t size = input.getDimSize(1), count = type.getDimSize(1);
  if (type.getDimSize(0) != input.getDimSize(0) || count < 1 || count > size)
    return emitOpError() << "expected 1 to " << size << " places in each of "
                         << input.getDimSize(0) << " rows (rule N73), found "
                         << type;
  return success();
}
