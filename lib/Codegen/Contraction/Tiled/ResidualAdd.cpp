//===- ResidualAdd.cpp - an addition in a contraction's epilogue ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ResidualAdd.h"
#include "../ContractionData.h"

using namespace narrow;
using namespace narrow::codegen;

ResidualAdd ResidualAdd::get(fxp::AddOp op, unsigned residual, bool inPlace) {
  StoredValues own = StoredValues::get(op->getOperand(1 - residual).getType());
  StoredValues other = StoredValues::get(op->getOperand(residual).getType());
  StoredValues result = StoredValues::get(op.getResult().getType());
  ResidualAdd add;
  add.inPlace = inPlace;
  add.ownSigned = own.isSigned;
  add.residualSigned = other.isSigned;
  add.outputSigned = result.isSigned;
  add.residualBytes = other.bits / 8;
  add.outputBytes = result.bits / 8;
  int32_t lhs = op.getLhsMultiplier(), rhs = op.getRhsMultiplier();
  add.ownMultiplier = residual == 1 ? lhs : rhs;
  add.residualMultiplier = residual == 1 ? rhs : lhs;
  add.shift = op.getShift();
  int64_t rounding = add.shift ? int64_t(1) << (add.shift - 1) : 0;
  add.constant = int32_t(rounding - add.ownMultiplier * own.zeroPoint -
                         add.residualMultiplier * other.zeroPoint);
  add.zeroPoint = result.zeroPoint;
  add.minimum = std::max<int64_t>(
      result.low, op.getMin() ? int32_t(*op.getMin()) : result.low);
  add.maximum = std::min<int64_t>(
      result.high, op.getMax() ? int32_t(*op.getMax()) : result.high);
  return add;
}

std::vector<char> ResidualAdd::pack() const {
  std::vector<char> block;
  for (int32_t value :
       {ownMultiplier | residualMultiplier << 16, constant, shift})
    for (int copy = 0; copy < 16; ++copy)
      for (int byte = 0; byte < 4; ++byte)
        block.push_back(char(uint32_t(value) >> (8 * byte)));
  return block;
}

std::string ResidualAdd::key() const {
  std::string text = "add";
  for (int64_t v :
       {int64_t(ownSigned), int64_t(residualSigned), int64_t(outputSigned),
        int64_t(residualBytes), int64_t(outputBytes), int64_t(zeroPoint),
        int64_t(minimum), int64_t(maximum), int64_t(inPlace)})
    text += "," + std::to_string(v);
  return text;
}
