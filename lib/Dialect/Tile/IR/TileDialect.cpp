//===- TileDialect.cpp - registration and verifiers of tile ops -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::tile;
using mlir::VectorType;

#include "narrow/Dialect/Tile/IR/TileDialect.cpp.inc"
#include "narrow/Dialect/Tile/IR/TileEnums.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "narrow/Dialect/Tile/IR/TileAttributes.cpp.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Tile/IR/TileOps.cpp.inc"

void TileDialect::initialize() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "narrow/Dialect/Tile/IR/TileAttributes.cpp.inc"
      >();
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Tile/IR/TileOps.cpp.inc"
      >();
}

LogicalResult DotOp::verify() {
  int64_t lanes = cast<VectorType>(getAccumulator().getType()).getNumElements();
  int64_t weights = cast<VectorType>(getWeights().getType()).getNumElements();
  int64_t bytes = cast<VectorType>(getActivations().getType()).getNumElements();
  if (weights != 4 * lanes)
    return emitOpError("expected ")
           << 4 * lanes << " weights, found " << weights;
  if (int64_t partner = getSafePartner(); partner < 0 || partner > 3)
    return emitOpError("expected a safe partner from 1 to 3, or 0, found ")
           << partner;
  if (!getStep()) {
    if (bytes != weights)
      return emitOpError("expected ")
             << weights << " activations, found " << bytes;
    return success();
  }
  int64_t step = *getStep();
  if (step < 0 || 4 * step + 4 > bytes)
    return emitOpError("expected a step inside ")
           << bytes << " bytes of activations, found " << step;
  return success();
}

LogicalResult LookupOp::verify() {
  int64_t entries = cast<VectorType>(getTable().getType()).getNumElements();
  if (entries != 256 && entries != 16)
    return emitOpError("expected a table of 256 or 16 bytes, found ")
           << entries;
  return success();
}

LogicalResult WordDotOp::verify() {
  int64_t lanes = cast<VectorType>(getAccumulator().getType()).getNumElements();
  int64_t words = cast<VectorType>(getWeights().getType()).getNumElements();
  if (words != 2 * lanes)
    return emitOpError("expected ") << 2 * lanes << " words, found " << words;
  return success();
}

LogicalResult WideDotOp::verify() {
  int64_t lanes = cast<VectorType>(getAccumulator().getType()).getNumElements();
  int64_t weights = cast<VectorType>(getWeights().getType()).getNumElements();
  int64_t words = cast<VectorType>(getActivations().getType()).getNumElements();
  if (weights != lanes && weights != 2 * lanes && weights != 4 * lanes)
    return emitOpError("expected ")
           << lanes << ", " << 2 * lanes << " or " << 4 * lanes
           << " weights, found " << weights;
  int64_t group = weights / lanes, step = getStep();
  if (step < 0 || group * (step + 1) > words)
    return emitOpError("expected a step inside ")
           << words << " words of activations, found " << step;
  return success();
}

LogicalResult SplitDotOp::verify() {
  Type lanes = getLow().getType();
  for (Value value : {getHigh(), getLowResult(), getHighResult()})
    if (value.getType() != lanes)
      return emitOpError("expected sums of one type, found ")
             << lanes << " and " << value.getType();
  int64_t steps = getWeights().size(), step = getStep();
  if (steps < 1 || steps > 2)
    return emitOpError("expected weights of one or two steps, found ") << steps;
  int64_t wanted = 4 * cast<VectorType>(lanes).getNumElements();
  for (Value weights : getWeights())
    if (int64_t found = cast<VectorType>(weights.getType()).getNumElements();
        found != wanted)
      return emitOpError("expected ") << wanted << " weights, found " << found;
  int64_t bytes = cast<VectorType>(getActivations().getType()).getNumElements();
  if (step < 0 || 4 * (step + steps) > bytes)
    return emitOpError("expected ")
           << steps << " steps inside " << bytes
           << " bytes of activations, found the first at " << step;
  return success();
}

LogicalResult ChannelDotOp::verify() {
  if (getSums().empty() || getOutputs().getTypes() != getSums().getTypes() ||
      !llvm::all_equal(getSums().getTypes()))
    return emitOpError("expected sums and results of one type");
  if (getActivations().empty() || getActivations().size() > 2 ||
      getWeights().size() != getActivations().size())
    return emitOpError("expected activations and weights of one or two places, "
                       "found ")
           << getActivations().size() << " and " << getWeights().size();
  auto lanes = cast<VectorType>(getSums().front().getType());
  int64_t channels = getSums().size() * lanes.getNumElements();
  for (mlir::OperandRange bytes : {getActivations(), getWeights()})
    for (Value value : bytes)
      if (int64_t found = cast<VectorType>(value.getType()).getNumElements();
          found != channels)
        return emitOpError("expected vectors of ")
               << channels << " channels, found " << found;
  return success();
}

/// Checks one kind of parameter: its number and its vectors' type.
static LogicalResult verifyParameters(RequantOp op, mlir::OperandRange values,
                                      StringRef what, Type element) {
  unsigned expected = element ? op.getColumns() : 0;
  if (values.size() != expected)
    return op.emitOpError("expected ")
           << expected << " " << what << ", found " << values.size();
  for (Value value : values) {
    auto type = cast<VectorType>(value.getType());
    if (type != VectorType::get({op.getLanes()}, element))
      return op.emitOpError("expected ")
             << what << " of " << VectorType::get({op.getLanes()}, element)
             << ", found " << type;
  }
  return success();
}

LogicalResult RequantOp::verify() {
  if (getOutputs().empty() || getAccumulators().empty() ||
      getAccumulators().size() % getOutputs().size())
    return emitOpError("expected a multiple of ")
           << getOutputs().size() << " accumulators, found "
           << getAccumulators().size();
  if (!llvm::all_equal(getAccumulators().getTypes()))
    return emitOpError("expected accumulators of one type");
  if (!llvm::all_equal(getOutputs().getTypes()))
    return emitOpError("expected results of one type");
  VectorType output = getOutputType();
  if (output.getNumElements() != getColumns() * getLanes())
    return emitOpError("expected results of ")
           << getColumns() * getLanes() << " elements, found " << output;
  if (getOrder() == LaneOrder::Interleaved &&
      (getColumns() != 4 || getLanes() % 4))
    return emitOpError(
        "expected four columns of whole quads in interleaved order");
  mlir::Builder b(getContext());
  Type shift, multiplier;
  switch (getMode()) {
  case RequantMode::Q15:
    shift = b.getI32Type();
    multiplier = b.getI16Type();
    break;
  case RequantMode::Q31:
  case RequantMode::Q31High:
  case RequantMode::Q31Double:
  case RequantMode::Q31DoubleHigh:
    shift = b.getI32Type();
    multiplier = b.getI32Type();
    break;
  case RequantMode::F32:
    multiplier = b.getF32Type();
    break;
  case RequantMode::Pow2:
    shift = b.getI32Type();
    break;
  }
  Type preShift;
  if (!getPreShifts().empty() && getMode() == RequantMode::Q31High)
    preShift = b.getI32Type();
  if (failed(verifyParameters(*this, getPreShifts(), "pre-shifts", preShift)) ||
      failed(verifyParameters(*this, getShifts(), "shifts", shift)) ||
      failed(
          verifyParameters(*this, getMultipliers(), "multipliers", multiplier)))
    return failure();
  for (Value bound : {getMinimums(), getMaximums()})
    if (bound && bound.getType() != output)
      return emitOpError("expected bounds of ")
             << output << ", found " << bound.getType();
  return success();
}

LogicalResult AddOp::verify() {
  if (getOutputs().empty() || getLhs().size() != getOutputs().size() ||
      getRhs().size() != getOutputs().size())
    return emitOpError(
               "expected as many vectors on each side as results, found ")
           << getLhs().size() << ", " << getRhs().size() << " and "
           << getOutputs().size();
  auto size = cast<VectorType>(getOutputs().front().getType()).getShape();
  for (mlir::TypeRange types : {mlir::TypeRange(getLhs().getTypes()),
                                mlir::TypeRange(getRhs().getTypes()),
                                mlir::TypeRange(getOutputs().getTypes())}) {
    if (!llvm::all_equal(types))
      return emitOpError("expected vectors of one type on each side");
    if (cast<VectorType>(types.front()).getShape() != size)
      return emitOpError("expected vectors of ")
             << size.front() << " elements, found " << types.front();
  }
  int64_t words = cast<VectorType>(getMultipliers().getType()).getNumElements();
  for (Value lanes : {getConstants(), getShifts()})
    if (2 * cast<VectorType>(lanes.getType()).getNumElements() != words)
      return emitOpError("expected ")
             << words / 2 << " lanes of parameters, found " << lanes.getType();
  return success();
}

LogicalResult MatrixBlockOp::verify() {
  auto inside = [&](int64_t value, int64_t most,
                    StringRef what) -> LogicalResult {
    if (value >= 1 && value <= most)
      return success();
    return emitOpError("expected 1 to ")
           << most << " " << what << ", found " << value;
  };
  if (failed(inside(getRows(), 16, "rows")) ||
      failed(inside(getSteps(), 16, "steps")) ||
      failed(inside(getColumns(), 2, "columns")) ||
      failed(inside(getFrom().size(), 2, "blocks of pixels")))
    return failure();
  if (getActivationStrides().size() != getCounts().size() ||
      getWeightStrides().size() != getCounts().size())
    return emitOpError("expected ")
           << getCounts().size() << " strides of activations and of weights";
  int64_t bytes = getSumsAt(getFrom().size(), 0);
  auto sums = cast<mlir::MemRefType>(getSums().getType());
  if (!sums.hasStaticShape() || sums.getNumElements() < bytes)
    return emitOpError("expected at least ")
           << bytes << " bytes of sums, found " << sums;
  return success();
}
