//===- RowStrips.cpp - rewrites operations to run in strips ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"

using namespace narrow;
using namespace narrow::fxp;
using mlir::DistinctAttr;

std::optional<StripOrigin> fxp::getStripOrigin(Location loc) {
  auto fused = dyn_cast<mlir::FusedLoc>(loc);
  if (!fused)
    return std::nullopt;
  auto parts = llvm::dyn_cast_if_present<mlir::ArrayAttr>(fused.getMetadata());
  if (!parts || parts.size() != 2)
    return std::nullopt;
  auto layer = dyn_cast<DistinctAttr>(parts[0]);
  auto type = dyn_cast<mlir::TypeAttr>(parts[1]);
  if (!layer || !type)
    return std::nullopt;
  return StripOrigin{layer, cast<RankedTensorType>(type.getValue())};
}

Type fxp::getWholeType(Value value) {
  if (Operation *op = value.getDefiningOp())
    if (std::optional<StripOrigin> origin = getStripOrigin(op->getLoc()))
      return origin->wholeType;
  return value.getType();
}

static RankedTensorType withRows(Type type, int64_t rows) {
  auto tensor = cast<RankedTensorType>(type);
  SmallVector<int64_t> shape(tensor.getShape());
  shape[1] = rows;
  return tensor.clone(shape);
}

/// Returns the pads of a window operation that computes `rows` of its result.
static SmallVector<int64_t> cutPads(ArrayRef<int64_t> pads,
                                    const RowWindow &window, Rows rows) {
  SmallVector<int64_t> result(pads);
  result[0] = std::max<int64_t>(0, window.pad - rows.first * window.stride);
  int64_t end = (rows.end - 1) * window.stride - window.pad + window.extent;
  result[2] = std::max<int64_t>(0, end - window.height);
  return result;
}

namespace {
/// Rows of a value that has been split.
struct Part {
  Value value;
  Rows rows;
};

class Splitter {
public:
  explicit Splitter(ArrayRef<Operation *> group)
      : group(group), builder(group.back()) {
    for (size_t i = 0; i < group.size(); ++i)
      layers.push_back(DistinctAttr::create(builder.getUnitAttr()));
  }
  void run(int64_t rows);

private:
  /// The place of a value that strips of operation `index` make or cut.
  Location getLoc(size_t index, Type wholeType) {
    return mlir::FusedLoc::get(
        builder.getContext(), {group[index]->getLoc()},
        builder.getArrayAttr({layers[index], mlir::TypeAttr::get(wholeType)}));
  }
  Value slice(const Part &part, Rows rows, Location loc);
  Value concat(ValueRange parts, Location loc);
  /// Returns an operation's operands for some rows of its result: those from
  /// outside the group, or the others too.
  SmallVector<Value> cutOutside(size_t index, Rows rows);
  void cutInside(size_t index, Rows rows, MutableArrayRef<Value> operands);
  Value compute(size_t index, Rows rows, ValueRange operands);

  ArrayRef<Operation *> group;
  OpBuilder builder;
  SmallVector<DistinctAttr> layers;
  DenseMap<Value, Part> held; ///< By the value that was split.
};
} // namespace

Value Splitter::slice(const Part &part, Rows rows, Location loc) {
  if (part.rows == rows)
    return part.value;
  return SliceOp::create(
      builder, loc, withRows(part.value.getType(), rows.count()), part.value,
      {0, rows.first - part.rows.first, 0, 0}, {1, 1, 1, 1});
}

Value Splitter::concat(ValueRange parts, Location loc) {
  int64_t rows = 0;
  for (Value part : parts)
    rows += cast<RankedTensorType>(part.getType()).getDimSize(1);
  return ConcatOp::create(builder, loc, withRows(parts[0].getType(), rows),
                          parts, /*axis=*/1);
}

SmallVector<Value> Splitter::cutOutside(size_t index, Rows rows) {
  Operation *op = group[index];
  SmallVector<Value> operands(op->getOperands());
  for (auto [number, operand] : llvm::enumerate(operands))
    if (std::optional<RowWindow> window = getRowWindow(op, number);
        window && !llvm::is_contained(group, operand.getDefiningOp()))
      operand = slice({operand, {0, window->height}}, window->read(rows),
                      getLoc(index, operand.getType()));
  return operands;
}

void Splitter::cutInside(size_t index, Rows rows,
                         MutableArrayRef<Value> operands) {
  for (auto [number, operand] : llvm::enumerate(operands))
    if (auto part = held.find(group[index]->getOperand(number));
        part != held.end())
      operand =
          slice(part->second, getRowWindow(group[index], number)->read(rows),
                getLoc(index, group[index]->getOperand(number).getType()));
}

Value Splitter::compute(size_t index, Rows rows, ValueRange operands) {
  Operation *op = group[index];
  Operation *copy = builder.clone(*op);
  Type type = op->getResult(0).getType();
  copy->setOperands(operands);
  copy->setLoc(getLoc(index, type));
  copy->getResult(0).setType(withRows(type, rows.count()));
  if (auto pads = op->getAttrOfType<mlir::DenseI64ArrayAttr>("pads"))
    copy->setAttr("pads", builder.getDenseI64ArrayAttr(
                              cutPads(pads, *getRowWindow(op, 0), rows)));
  return copy->getResult(0);
}

void Splitter::run(int64_t rows) {
  SmallVector<OpStrips> strips = scheduleStrips(group, rows);
  SmallVector<Value> results;
  for (size_t strip = 0; strip < strips.back().computed.size(); ++strip) {
    // First, so that nothing stands between a sum and what one kernel adds to
    // it.
    SmallVector<SmallVector<Value>> operands(group.size());
    for (size_t index = 0; index < group.size(); ++index)
      if (Rows rows = strips[index].computed[strip]; rows.count() > 0)
        operands[index] = cutOutside(index, rows);
    for (size_t index = 0; index < group.size(); ++index) {
      Rows computed = strips[index].computed[strip];
      if (computed.count() == 0)
        continue;
      Value whole = group[index]->getResult(0);
      Location loc = getLoc(index, whole.getType());
      cutInside(index, computed, operands[index]);
      if (index + 1 == group.size()) {
        results.push_back(compute(index, computed, operands[index]));
        continue;
      }
      // What the strips share goes first.
      SmallVector<Value> parts;
      Rows kept = strips[index].held[strip];
      if (kept.first < computed.first)
        parts.push_back(slice(held[whole], {kept.first, computed.first}, loc));
      parts.push_back(compute(index, computed, operands[index]));
      held[whole] = {parts.size() == 1 ? parts[0] : concat(parts, loc), kept};
    }
  }
  size_t last = group.size() - 1;
  Value whole = group[last]->getResult(0);
  whole.replaceAllUsesWith(concat(results, getLoc(last, whole.getType())));
  for (Operation *op : llvm::reverse(group))
    op->erase();
}

void fxp::splitRows(ArrayRef<Operation *> group, int64_t rows) {
  Splitter(group).run(rows);
}
