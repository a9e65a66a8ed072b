//===- SelectMatMul.cpp - the kernel of two activations' product --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "SelectMatMul.h"
#include "Tiled/ProductKernel.h"
#include "Tiled/WordProductKernel.h"
#include "WideningKernel.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using namespace narrow::codegen;

FailureOr<KernelCall> codegen::selectMatMul(fxp::MatMulOp op,
                                            ArrayRef<BufferLayout> operands,
                                            const BufferLayout &o,
                                            const Target &target) {
  StoredValues lhs = StoredValues::get(op.getLhs().getType());
  StoredValues rhs = StoredValues::get(op.getRhs().getType());
  ContractionData data;
  data.channels = o.shape[2];
  data.output = StoredValues::get(op.getResult().getType());
  if (!lhs.zeroPoints.empty() || !rhs.zeroPoints.empty() ||
      !data.output.zeroPoints.empty())
    return op->emitError("expected one zero point for each side of a product "
                         "of two activations");
  data.requant = op.getRequant();

  const BufferLayout &a = operands[0];
  TiledShape shape;
  shape.images = a.shape[0];
  shape.cols = a.shape[1];
  shape.run = a.shape[2] * a.elementBytes;
  shape.channels = o.shape[2];
  shape.pixelA = shape.run;
  shape.pixelO = shape.channels * o.elementBytes;
  shape.imageA = shape.cols * shape.pixelA;
  shape.imageO = shape.cols * shape.pixelO;
  shape.bytesA = a.bufferBytes;
  shape.bytesO = o.bufferBytes;
  WideningForm form;
  form.inputBytes = lhs.bits / 8;
  form.inputSigned = lhs.isSigned;
  form.inputZero = lhs.zeroPoint;
  form.weightBytes = rhs.bits / 8;
  form.rightOperand = true;
  form.rightSigned = rhs.isSigned;
  form.rightZero = rhs.zeroPoint;
  form.requantOffset =
      op.getRequant().getOffset().empty() ? 0 : op.getRequant().getOffset()[0];
  if (!llvm::all_equal(op.getRequant().getOffset().asArrayRef()))
    return op->emitError(
        "expected one requantisation offset for a product of two activations");
  ProductShape product = {a.shape[0],
                          a.shape[1],
                          a.shape[2],
                          o.shape[2],
                          lhs.isSigned,
                          rhs.isSigned,
                          lhs.zeroPoint,
                          rhs.zeroPoint,
                          form.requantOffset,
                          a.bufferBytes,
                          operands[1].bufferBytes,
                          o.bufferBytes};
  if (lhs.bits == 8 && rhs.bits == 8 && !data.hasLongResults() &&
      ProductKernel::canDo(product, target)) {
    auto kernel =
        std::make_shared<ProductKernel>(product, RequantForm::get(data));
    return KernelCall{kernel,
                      {KernelArgument::operand(0), KernelArgument::operand(1),
                       KernelArgument::constant(kernel->packParameters(data)),
                       KernelArgument::result(0)}};
  }
  bool hasWords = lhs.bits == 16 || rhs.bits == 16;
  WordProductShape words = {
      a.shape[0],         a.shape[1],    a.shape[2],
      o.shape[2],         lhs,           rhs,
      form.requantOffset, a.bufferBytes, operands[1].bufferBytes,
      o.bufferBytes};
  if (hasWords && WordProductKernel::canDo(words, data, target)) {
    auto kernel =
        std::make_shared<WordProductKernel>(words, RequantForm::get(data));
    return KernelCall{kernel,
                      {KernelArgument::operand(0), KernelArgument::operand(1),
                       KernelArgument::constant(kernel->packParameters(data)),
                       KernelArgument::result(0)}};
  }
  // What the types allow; sums of i64 where that leaves i32 (N34).
  if (!fxp::kInt32Range.contains(*op.getAccumulatorRange()))
    form.accumulatorBits = 64;
  if (target.dot != DotKind::Generic) {
    std::string reason;
    if (data.hasLongResults())
      reason = "its results have more than 16 bits";
    else if (hasWords)
      reason = "its operands, less their zero points, leave 16 bits, its depth "
               "is too long for a packed block, or its ratio is near 1";
    else if (product.columns % 16 != 0)
      reason = llvm::formatv("its {0} columns are no multiple of 16",
                             product.columns);
    else if (product.depth % 4 != 0)
      reason =
          llvm::formatv("its depth of {0} is no multiple of 4", product.depth);
    else
      reason = llvm::formatv("a depth of {0} is too long for a packed block",
                             product.depth);
    mlir::emitRemark(op->getLoc())
        << target.name
        << ": runs slowly, in the form that widens every value: " << reason
        << " [slow-form]";
  }
  auto kernel = std::make_shared<WideningKernel>(shape, RequantForm::get(data),
                                                 form, operands[1].bufferBytes);
  KernelCall call{kernel,
                  {KernelArgument::operand(0), KernelArgument::operand(1)}};
  call.arguments.push_back(
      KernelArgument::constant(kernel->packParameters(data)));
  call.arguments.push_back(KernelArgument::result(0));
  return call;
}
