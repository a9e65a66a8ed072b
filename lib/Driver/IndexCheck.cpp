//===- IndexCheck.cpp - samples' indices that no table has ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "narrow/Driver/DataChecks.h"
#include "narrow/Support/ConstantData.h"

#include <limits>

using namespace narrow;
namespace tosa = mlir::tosa;

namespace {
/// The indices that every table has that an input looks rows up in.
struct IndexRange {
  int64_t lowest = std::numeric_limits<int64_t>::min(),
          highest = std::numeric_limits<int64_t>::max();

  void limit(int64_t low, int64_t high) {
    lowest = std::max(lowest, low);
    highest = std::min(highest, high);
  }
};
} // namespace

/// Returns what `value` is where it is not negative, if `rows` are added to it
/// where it is: how indices count from the end.
static Value getWrapped(Value value, int64_t rows) {
  auto select = value.getDefiningOp<tosa::SelectOp>();
  if (!select)
    return {};
  auto sum = select.getOnTrue().getDefiningOp<tosa::AddOp>();
  auto isNegative = select.getPred().getDefiningOp<tosa::GreaterOp>();
  Value plain = select.getOnFalse();
  if (!sum || sum.getInput1() != plain || !isNegative ||
      isNegative.getInput2() != plain)
    return {};
  auto areAll = [](Value constant, int64_t number) {
    auto op = constant.getDefiningOp<tosa::ConstOp>();
    return op && llvm::all_of(getIntegers(op.getValues()),
                              [&](int64_t v) { return v == number; });
  };
  return areAll(sum.getInput2(), rows) && areAll(isNegative.getInput1(), 0)
             ? plain
             : Value();
}

/// Limits the range of the input that `indices` into a table of `rows` are,
/// where they are one.
static void limitInput(Value indices, int64_t rows,
                       llvm::SmallDenseMap<unsigned, IndexRange> &ranges) {
  int64_t lowest = 0;
  while (Operation *maker = indices.getDefiningOp()) {
    if (isa<tosa::CastOp, tosa::ReshapeOp, tosa::IdentityOp>(maker)) {
      indices = maker->getOperand(0);
      continue;
    }
    Value plain = getWrapped(indices, rows);
    if (!plain || lowest)
      return;
    lowest = -rows;
    indices = plain;
  }
  if (cast<ShapedType>(indices.getType()).getElementType().isInteger())
    ranges[cast<mlir::BlockArgument>(indices).getArgNumber()].limit(lowest,
                                                                    rows - 1);
}

std::vector<Message> narrow::checkIndices(StringRef path,
                                          mlir::func::FuncOp function,
                                          const ModelSamples &samples) {
  llvm::SmallDenseMap<unsigned, IndexRange> ranges;
  auto getRows = [](Value table) {
    return cast<ShapedType>(table.getType()).getDimSize(1);
  };
  for (Operation &op : function.front()) {
    if (auto gather = dyn_cast<tosa::GatherOp>(op))
      limitInput(gather.getIndices(), getRows(gather.getValues()), ranges);
    if (auto scatter = dyn_cast<tosa::ScatterOp>(op))
      limitInput(scatter.getIndices(), getRows(scatter.getValuesIn()), ranges);
  }
  if (ranges.empty())
    return {};
  struct Outside {
    int64_t count = 0, sample = 0, index = 0;
  };
  llvm::SmallDenseMap<unsigned, Outside> outside;
  for (int64_t sample = 0; sample < samples.getCount(); ++sample) {
    std::vector<HostTensor> tensors = samples.get(sample);
    for (const auto &[input, range] : ranges)
      for (int64_t i = 0; i < tensors[input].getNumElements(); ++i) {
        auto index = static_cast<int64_t>(tensors[input].getAsDouble(i));
        if (index >= range.lowest && index <= range.highest)
          continue;
        Outside &found = outside[input];
        if (!found.count++) {
          found.sample = sample;
          found.index = index;
        }
      }
  }
  std::vector<Message> messages;
  for (auto [input, spec] : llvm::enumerate(getInputSpecs(function)))
    if (auto found = outside.find(input); found != outside.end())
      messages.push_back(
          {mlir::DiagnosticSeverity::Warning, "",
           "'" + path.str() + "': expected indices from " +
               std::to_string(ranges[input].lowest) + " to " +
               std::to_string(ranges[input].highest) + " in input '" +
               spec.name + "', found " + std::to_string(found->second.index) +
               " at sample " + std::to_string(found->second.sample) + ", and " +
               std::to_string(found->second.count) +
               " in all: they take the nearest row, which other tools need "
               "not do"});
  return messages;
}
