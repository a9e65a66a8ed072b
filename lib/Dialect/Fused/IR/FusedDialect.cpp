//===- FusedDialect.cpp - registration and verifiers of fused ops ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/DialectImplementation.h"
#include "narrow/Dialect/Fused/IR/FusedOps.h"

using namespace narrow;
using namespace narrow::fused;
namespace MemoryEffects = mlir::MemoryEffects;

#include "narrow/Dialect/Fused/IR/FusedDialect.cpp.inc"

#define GET_OP_CLASSES
#include "narrow/Dialect/Fused/IR/FusedOps.cpp.inc"

void FusedDialect::initialize() {
  addOperations<
#define GET_OP_LIST
#include "narrow/Dialect/Fused/IR/FusedOps.cpp.inc"
      >();
}

int64_t ContractionOp::getTaps() {
  int64_t window = getKernel()[0] * getKernel()[1];
  return getDepthwise() ? window : window * getInputType().getShape().back();
}

void ContractionOp::getEffects(
    SmallVectorImpl<mlir::SideEffects::EffectInstance<MemoryEffects::Effect>>
        &effects) {
  for (mlir::OpOperand &operand : getOperation()->getOpOperands()) {
    if (!isa<mlir::MemRefType>(operand.get().getType()))
      continue;
    if (isDpsInit(&operand))
      effects.emplace_back(MemoryEffects::Write::get(), &operand);
    else
      effects.emplace_back(MemoryEffects::Read::get(), &operand);
  }
}

static LogicalResult verifyCounts(ContractionOp op) {
  struct {
    StringRef what;
    ArrayRef<int64_t> values;
    size_t count;
    int64_t least;
  } lists[] = {{"kernel sizes", op.getKernel(), 2, 1},
               {"strides", op.getStrides(), 2, 1},
               {"pads", op.getPads(), 4, 0},
               {"dilations", op.getDilations(), 2, 1},
               {"tile sizes", op.getTile(), 3, 1}};
  for (const auto &list : lists) {
    if (list.values.size() != list.count)
      return op.emitOpError("expected ") << list.count << " " << list.what
                                         << ", found " << list.values.size();
    for (int64_t value : list.values)
      if (value < list.least)
        return op.emitOpError("expected ") << list.what << " of at least "
                                           << list.least << ", found " << value;
  }
  return success();
}

static LogicalResult verifyImage(ContractionOp op) {
  ArrayRef<int64_t> in = op.getInputType().getShape(),
                    out = op.getOutputType().getShape();
  bool isImage = in.size() == 4;
  if (!isImage &&
      (!op.isPointwise() || op.getDepthwise() ||
       llvm::any_of(op.getPads(), [](int64_t x) { return x; }) ||
       llvm::any_of(op.getStrides(), [](int64_t x) { return x > 1; })))
    return op.emitOpError("expected an image of rank 4 for a window, found "
                          "rank ")
           << in.size();
  if (in.size() != out.size())
    return op.emitOpError("expected a result of rank ")
           << in.size() << ", found " << out.size();
  for (size_t axis = 0; axis + 1 < in.size(); ++axis) {
    int64_t size = in[axis];
    if (isImage && axis > 0) {
      unsigned i = axis - 1;
      int64_t extent = (op.getKernel()[i] - 1) * op.getDilations()[i] + 1;
      int64_t padded = size + op.getPads()[i] + op.getPads()[i + 2];
      size = padded < extent ? 0 : (padded - extent) / op.getStrides()[i] + 1;
    }
    if (size != out[axis])
      return op.emitOpError("expected a result with size ")
             << size << " along axis " << axis << ", found " << out[axis];
  }
  if (op.getDepthwise() && in.back() != out.back())
    return op.emitOpError("expected ")
           << in.back() << " channels, found " << out.back();
  return success();
}

LogicalResult ContractionOp::verify() {
  for (Value operand : getOperands()) {
    auto type = dyn_cast<mlir::ShapedType>(operand.getType());
    if (!type.hasRank() || !type.hasStaticShape())
      return emitOpError("expected operands of static shapes, found ") << type;
  }
  if (getInputType().getRank() == 0)
    return emitOpError("expected an input with channels, found ")
           << getInputType();
  if (failed(verifyCounts(*this)) || failed(verifyImage(*this)))
    return failure();
  auto expectSize = [&](StringRef what, Value value,
                        int64_t size) -> LogicalResult {
    auto type = cast<mlir::ShapedType>(value.getType());
    if (type.getRank() == 1 && type.getNumElements() == size)
      return success();
    return emitOpError("expected ")
           << size << " " << what << ", found " << type;
  };
  if (failed(expectSize("weights", getWeights(), getTaps() * getOutputs())) ||
      failed(expectSize("biases", getBias(), getOutputs())))
    return failure();
  ArrayRef<int64_t> out = getOutputType().getShape();
  for (Value other : getOthers()) {
    ArrayRef<int64_t> shape =
        cast<mlir::ShapedType>(other.getType()).getShape();
    bool fits = shape.size() == out.size();
    for (size_t axis = 0; fits && axis < out.size(); ++axis)
      fits = shape[axis] == out[axis] || shape[axis] == 1;
    if (!fits)
      return emitOpError("expected operands of the body that repeat to ")
             << getOutputType() << ", found " << other.getType();
  }
  Block &body = getBody().front();
  if (body.getNumArguments() != 1 + getOthers().size() ||
      !llvm::all_of(body.getArgumentTypes(),
                    [](Type type) { return type.isF32(); }))
    return emitOpError("expected a body of ")
           << 1 + getOthers().size() << " f32 values";
  bool isTensor = isa<mlir::TensorType>(getInit().getType());
  if (getNumResults() != (isTensor ? 1u : 0u))
    return emitOpError("expected ") << (isTensor ? "one result" : "no result")
                                    << ", found " << getNumResults();
  return success();
}
