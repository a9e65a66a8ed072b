//===- WeightPlan.cpp - what is planned for weights -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/WeightPlan.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Plan/BlockWeights.h"

using namespace narrow;

fxp::WeightsAttr narrow::getWeightPlan(Operation *op,
                                       fxp::RequantMode requant) {
  if (auto plan = op->getAttrOfType<fxp::WeightsAttr>(fxp::kWeightsAttr))
    return plan;
  return fxp::WeightsAttr::get(op->getContext(), fxp::WeightStorage::I8,
                               /*bits=*/8, fxp::WeightGranularity::Channel,
                               /*block=*/0, fxp::WeightRounding::Nearest,
                               /*full_range=*/false, /*pow2=*/false, requant);
}

WeightScheme narrow::getWeightScheme(fxp::WeightsAttr plan) {
  WeightScheme scheme;
  // Integers in blocks are multiples of those of 4 bits.
  scheme.bits = plan.getBlock() ? 8 : plan.getBits();
  scheme.perTensor = plan.getGranularity() == fxp::WeightGranularity::Tensor;
  scheme.fullRange = plan.getFullRange();
  scheme.pow2 = plan.getPow2();
  scheme.pairSafe = plan.getRounding() == fxp::WeightRounding::PairSafe;
  return scheme;
}

std::optional<std::string> narrow::findObstacle(Operation *op,
                                                fxp::WeightsAttr plan) {
  bool isPlain = plan.getStorage() == fxp::WeightStorage::I8 ||
                 plan.getStorage() == fxp::WeightStorage::I4 ||
                 plan.getStorage() == fxp::WeightStorage::I2;
  bool isWide = plan.getStorage() == fxp::WeightStorage::I16;
  if (isWide && !hasWeights(op))
    return "expected weights of at most 8 bits of a recurrent layer, found " +
           std::to_string(plan.getBits());
  if (isWide && plan.getRounding() == fxp::WeightRounding::Exact)
    return std::string("expected weights of i8 with rounding=exact, found i16");
  if (!isPlain && !isWide)
    return "expected weights planned as i16, i8, i4 or i2, found " +
           fxp::stringifyWeightStorage(plan.getStorage()).str();
  if (!plan.getBlock())
    return std::nullopt;
  if (!mayHaveBlocks(op))
    return "expected blocks of weights of a linear layer or a convolution that "
           "sums over several input channels, found blocks of " +
           std::to_string(plan.getBlock()) + " of '" +
           op->getName().getStringRef().str() + "'";
  if (plan.getBits() != 4 || plan.getFullRange() ||
      plan.getRounding() == fxp::WeightRounding::Exact)
    return "expected 4 bits, neither of the full range nor exact, in blocks of "
           "weights, found " +
           std::to_string(plan.getBits()) + " bits" +
           (plan.getFullRange() ? " of the full range" : "") +
           (plan.getRounding() == fxp::WeightRounding::Exact ? ", exact" : "");
  return std::nullopt;
}
