//===- IntegerKernels.cpp - stored integers and plain ones ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "Kernels.h"
#include "StridedNest.h"

using namespace narrow;
using namespace narrow::codegen;

static KernelCall selectIntegers(Operation *op, Layouts operands,
                                 Layouts results) {
  const BufferLayout &in = operands[0], &out = results[0];
  StoredType from = StoredType::get(op->getOperand(0).getType()),
             to = StoredType::get(op->getResult(0).getType());
  bool isBack = isa<fxp::FromIntegersOp>(op);
  // At the width that stored integers have, plain ones are their bits.
  if (from.bytes == to.bytes)
    (isBack ? from : to).isSigned = (isBack ? to : from).isSigned;
  KernelKey key;
  key << in << out << from << to << int64_t(isBack);
  if (isBack)
    key << to.lo << to.hi;
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  call.kernel = std::make_shared<BuiltKernel>(
      isBack ? "from_integers" : "to_integers", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from),
                    target = kb.view(arguments[1], to);
        // Wide enough for clamping; nothing is widened where nothing changes.
        unsigned most = std::max(from.bytes, to.bytes);
        unsigned bits = isBack ? std::max(32u, most * 8) : to.bytes * 8;
        emitNest(
            kb, out.shape, {StridedView::of(in), StridedView::of(out)},
            [&](const NestRun &run) {
              bool isDense = run.steps[0] == 1 && run.steps[1] == 1;
              unsigned width =
                  isDense ? std::max(1u, kb.chunk() / std::max(4u, most)) : 1;
              kb.run(run.length, width, [&](Value at, unsigned lanes) {
                Value value = kb.load(
                    source, kb.add(run.offsets[0], kb.mul(at, run.steps[0])),
                    lanes);
                value = kb.extend(value, bits, from.isSigned);
                if (isBack)
                  value = kb.clamp(value, to.lo, to.hi);
                kb.storeNarrow(
                    value, target,
                    kb.add(run.offsets[1], kb.mul(at, run.steps[1])));
              });
            });
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::ToIntegersOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectIntegers(op, operands, results);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::FromIntegersOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectIntegers(op, operands, results);
}
