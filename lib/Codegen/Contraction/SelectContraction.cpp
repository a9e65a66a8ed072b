//===- SelectContraction.cpp - from a contraction to its kernel -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DepthwiseKernel.h"
#include "TiledKernel.h"
#include "narrow/Codegen/Contraction.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::codegen;

/// Strides of a tensor [..., K] as rows of K elements.
static TiledShape getMatrixShape(const BufferLayout &a, const BufferLayout &o) {
  TiledShape shape;
  int64_t depth = a.shape.back();
  shape.run = depth;
  shape.channels = o.shape.back();
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  shape.originA = a.origin;
  shape.originO = o.origin * o.elementBytes;
  if (a.shape.size() == 4 && o.shape.size() == 4) {
    shape.images = a.shape[0];
    shape.rows = a.shape[1];
    shape.cols = a.shape[2];
    shape.rowA = a.rowStride;
    shape.pixelA = a.pixelStride;
    shape.rowO = o.rowStride * o.elementBytes;
    shape.pixelO = o.pixelStride * o.elementBytes;
    shape.imageA = shape.rows * shape.rowA;
    shape.imageO = shape.rows * shape.rowO;
    return shape;
  }
  for (int64_t size : ArrayRef(a.shape).drop_back())
    shape.cols *= size;
  shape.pixelA = depth;
  shape.pixelO = shape.channels * o.elementBytes;
  return shape;
}

static TiledShape getConvolutionShape(fxp::Conv2DOp op, const BufferLayout &a,
                                      const BufferLayout &o) {
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  int64_t strideY = op.getStrides()[0], strideX = op.getStrides()[1];
  int64_t depth = weights.getDimSize(3);
  TiledShape shape;
  shape.images = o.shape[0];
  shape.imageA = a.shape[1] * a.rowStride;
  shape.imageO = o.shape[1] * o.rowStride * o.elementBytes;
  shape.groups = op.getGroups();
  shape.groupA = depth;
  shape.rows = o.shape[1];
  shape.cols = o.shape[2];
  shape.rowA = strideY * a.rowStride;
  shape.pixelA = strideX * a.pixelStride;
  shape.rowO = o.rowStride * o.elementBytes;
  shape.pixelO = o.pixelStride * o.elementBytes;
  shape.originA = a.origin - op.getPads()[0] * a.rowStride - op.getPads()[1] * a.pixelStride;
  shape.originO = o.origin * o.elementBytes;
  shape.kernel = {{weights.getDimSize(1), op.getDilations()[0] * a.rowStride},
                  {weights.getDimSize(2), op.getDilations()[1] * a.pixelStride}};
  shape.run = depth;
  shape.channels = o.shape[3] / shape.groups;
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  return shape;
}

static DepthwiseShape getDepthwiseShape(fxp::Conv2DOp op, const BufferLayout &a,
                                        const BufferLayout &o) {
  TiledShape strides = getConvolutionShape(op, a, o);
  auto weights = cast<RankedTensorType>(op.getWeights().getType());
  DepthwiseShape shape;
  shape.channels = o.shape[3];
  shape.rows = o.shape[1];
  shape.cols = o.shape[2];
  shape.images = strides.images;
  shape.imageA = strides.imageA;
  shape.imageO = strides.imageO;
  shape.kernelRows = weights.getDimSize(1);
  shape.kernelCols = weights.getDimSize(2);
  shape.strideY = op.getStrides()[0];
  shape.strideX = op.getStrides()[1];
  shape.dilationY = op.getDilations()[0];
  shape.dilationX = op.getDilations()[1];
  shape.rowA = a.rowStride;
  shape.pixelA = a.pixelStride;
  shape.originA = strides.originA;
  shape.bytesA = a.bufferBytes;
  shape.rowO = strides.rowO;
  shape.pixelO = strides.pixelO;
  shape.originO = strides.originO;
  shape.bytesO = o.bufferBytes;
  shape.outputBytes = o.elementBytes;
  return shape;
}

/// The call of a kernel of bytes by bytes with i32 accumulators; `make` makes it
/// for the activations as the level reads them.
template <typename MakeKernel>
static FailureOr<KernelCall> makeCall(Operation *op, const ContractionData &data,
                                      const Target &target, MakeKernel make) {
  bool flip = data.input.isSigned != target.signedActivations;
  // An unsigned byte read as signed is 128 less, and the other way round.
  int64_t readOffset = !flip ? 0 : target.signedActivations ? 128 : -128;
  FailureOr<std::vector<int32_t>> bias = data.foldBias(op, readOffset);
  if (failed(bias))
    return failure();
  auto kernel = make(RequantForm::get(data), flip);
  std::vector<KernelArgument> arguments;
  arguments.push_back(KernelArgument::operand(0));
  arguments.push_back(KernelArgument::constant(kernel->packWeights(data)));
  arguments.push_back(KernelArgument::constant(kernel->packParameters(data, *bias)));
  arguments.push_back(KernelArgument::result(0));
  return KernelCall{kernel, std::move(arguments)};
}

/// Fails after an error if the input's halo is smaller than the kernel reads.
static LogicalResult verifyHalo(Operation *op, const BufferLayout &a) {
  Halo halo = getContractionHalo(op, 0);
  if (a.haloTop < halo.top || a.haloLeft < halo.left || a.haloBottom < halo.bottom ||
      a.haloRight < halo.right)
    return op->emitError("expected a halo of at least ")
           << halo.top << ", " << halo.left << ", " << halo.bottom << ", " << halo.right
           << ", found " << a.haloTop << ", " << a.haloLeft << ", " << a.haloBottom << ", "
           << a.haloRight;
  return success();
}

Halo codegen::getContractionHalo(Operation *op, unsigned operand) {
  auto conv = dyn_cast<fxp::Conv2DOp>(op);
  if (!conv || operand != 0)
    return {};
  ArrayRef<int64_t> input = cast<RankedTensorType>(conv.getInput().getType()).getShape();
  ArrayRef<int64_t> output = cast<RankedTensorType>(conv.getResult().getType()).getShape();
  ArrayRef<int64_t> weights = cast<RankedTensorType>(conv.getWeights().getType()).getShape();
  // Positions read past the end; a floor division may leave some input unread.
  auto after = [&](unsigned axis) {
    int64_t last = (output[axis + 1] - 1) * conv.getStrides()[axis] +
                   (weights[axis + 1] - 1) * conv.getDilations()[axis] - conv.getPads()[axis];
    return std::max<int64_t>(0, last - (input[axis + 1] - 1));
  };
  return {conv.getPads()[0], conv.getPads()[1], after(0), after(1)};
}

FailureOr<KernelCall> codegen::selectContractionKernel(Operation *op,
                                                       ArrayRef<BufferLayout> operands,
                                                       ArrayRef<BufferLayout> results,
                                                       const Target &target) {
  FailureOr<ContractionData> data = failure();
  TiledShape shape;
  if (auto conv = dyn_cast<fxp::Conv2DOp>(op)) {
    if (failed(verifyHalo(op, operands[0])))
      return failure();
    data = ContractionData::get(op, conv.getInput(), conv.getWeights(), conv.getBias(),
                                conv.getResult(), conv.getRequant());
    shape = getConvolutionShape(conv, operands[0], results[0]);
  } else if (auto linear = dyn_cast<fxp::FullyConnectedOp>(op)) {
    data = ContractionData::get(op, linear.getInput(), linear.getWeights(), linear.getBias(),
                                linear.getResult(), linear.getRequant());
    shape = getMatrixShape(operands[0], results[0]);
  } else {
    return op->emitError("expected an op with a contraction kernel, found ") << op->getName();
  }
  if (failed(data))
    return failure();
  if (data->input.bits != 8 || !data->fitsBytes())
    return op->emitError("expected 8-bit activations and weights that fit 8 bits");
  auto conv = dyn_cast<fxp::Conv2DOp>(op);
  if (conv && shape.groups > 1 && shape.run == 1 && shape.channels == 1)
    return makeCall(op, *data, target, [&](const RequantForm &form, bool flip) {
      return std::make_shared<DepthwiseKernel>(getDepthwiseShape(conv, operands[0], results[0]),
                                               form, flip, target);
    });
  return makeCall(op, *data, target, [&](const RequantForm &form, bool flip) {
    TiledShape simple = shape;
    simple.simplify();
    return std::make_shared<TiledKernel>(simple, form, flip);
  });
}
