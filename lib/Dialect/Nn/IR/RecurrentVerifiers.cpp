//===- RecurrentVerifiers.cpp - structural rules of recurrent layers ------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "VerifierSupport.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

using namespace narrow;
using namespace narrow::nn;

namespace {
/// A value of a layer and the shape that it must have; null for what is not
/// there.
struct Expected {
  StringRef what;
  Value value;
  SmallVector<int64_t> shape;
};
} // namespace

/// Checks what the three layers share, and the `own` values of one of them.
template <typename OpT>
static LogicalResult verifyRecurrent(OpT op, size_t functions,
                                     ArrayRef<Expected> own) {
  int64_t steps = op.getSteps(), batch = op.getBatch(), hidden = op.getHidden();
  int64_t width = OpT::kGates * hidden;
  SmallVector<Expected> all = {
      {"an input", op.getInput(), {steps, batch, width}},
      {"weights", op.getWeights(), {hidden, width}},
      {"an initial state", op.getInitial(), {batch, hidden}},
      {"lengths", op.getLengths(), {batch}},
      {"outputs", op.getOutputs(), {steps, batch, hidden}},
      {"a last state", op.getLast(), {batch, hidden}},
      {"gates", op.getGates(), {steps, batch, width}}};
  llvm::append_range(all, own);
  for (const Expected &expected : all) {
    if (!expected.value)
      continue;
    auto shape = cast<RankedTensorType>(expected.value.getType()).getShape();
    if (shape != ArrayRef(expected.shape))
      return op.emitOpError()
             << "expected " << expected.what << " of shape "
             << toText(expected.shape) << ", found " << toText(shape);
  }
  if (steps < 1 || batch < 1 || hidden < 1)
    return op.emitOpError("expected at least one step, sequence and unit");
  if (op.getActivations().size() != functions ||
      op.getAlphas().size() != functions || op.getBetas().size() != functions)
    return op.emitOpError()
           << "expected " << functions
           << " activations, alphas and betas, found "
           << op.getActivations().size() << ", " << op.getAlphas().size()
           << " and " << op.getBetas().size();
  if (op.getClip() && !(op.getBound() > 0))
    return op.emitOpError("expected a positive clip, found ") << op.getBound();
  return success();
}

LogicalResult LstmOp::verify() {
  int64_t batch = getBatch(), hidden = getHidden();
  return verifyRecurrent(
      *this, 3,
      {{"an initial cell", getInitialCell(), {batch, hidden}},
       {"peepholes", getPeepholes(), {3 * hidden}},
       {"a last cell", getLastCell(), {batch, hidden}},
       {"cells", getCells(), {getSteps(), batch, hidden}}});
}

LogicalResult GruOp::verify() {
  if (getBias() && !getResetAfter())
    return emitOpError("expected a bias only with reset_after");
  return verifyRecurrent(*this, 2, {{"a bias", getBias(), {getHidden()}}});
}

LogicalResult RnnOp::verify() { return verifyRecurrent(*this, 1, {}); }
