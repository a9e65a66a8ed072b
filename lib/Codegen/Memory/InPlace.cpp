//===- InPlace.cpp - values that lie inside another's buffer --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "InPlace.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"

using namespace narrow;
using namespace narrow::codegen;

std::optional<PartLayout> codegen::getPartLayout(const BufferLayout &whole,
                                                 ArrayRef<int64_t> starts,
                                                 ArrayRef<int64_t> shape) {
  size_t rank = shape.size();
  if (whole.isDense()) {
    // Contiguous: behind the first axis that is cut or longer than 1, nothing
    // is cut.
    size_t first = 0;
    while (first < rank && whole.shape[first] == 1)
      ++first;
    bool contiguous = true;
    int64_t inner = 1;
    for (size_t axis = first + 1; axis < rank; ++axis) {
      contiguous = contiguous && whole.shape[axis] == shape[axis];
      inner *= whole.shape[axis];
    }
    if (contiguous) {
      int64_t at = first < rank ? starts[first] * inner : 0;
      return PartLayout{BufferLayout::dense(shape, whole.elementBytes),
                        at * int64_t(whole.elementBytes)};
    }
  }
  if (rank != 4)
    return std::nullopt;
  BufferLayout layout = whole;
  layout.shape.assign(shape.begin(), shape.end());
  layout.origin +=
      starts[0] * whole.imageStride + starts[2] * whole.pixelStride + starts[3];
  if (shape[2] != whole.shape[2])
    layout.haloTop = layout.haloLeft = layout.haloBottom = layout.haloRight = 0;
  if (shape[1] == whole.shape[1])
    return PartLayout{std::move(layout), 0};
  // Rows in the middle all lie alike, so that they share kernels: their buffer
  // begins with the first of them. Beyond a cut are other rows, no halo.
  int64_t skipped = 0;
  if (starts[1] > 0) {
    int64_t top = whole.origin - whole.rowStride * whole.haloTop;
    skipped = whole.haloTop + starts[1];
    layout.origin += top - whole.origin;
    layout.haloTop = 0;
  }
  if (starts[1] + shape[1] < whole.shape[1])
    layout.haloBottom = 0;
  layout.bufferBytes =
      ((whole.shape[0] - 1) * whole.imageStride +
       (layout.haloTop + shape[1] + layout.haloBottom) * whole.rowStride) *
          whole.elementBytes +
      BufferLayout::kSlackBytes;
  return PartLayout{std::move(layout),
                    skipped * whole.rowStride * int64_t(whole.elementBytes)};
}

std::optional<PartLayout> codegen::getConcatPart(const BufferLayout &whole,
                                                 int64_t axis, int64_t at,
                                                 ArrayRef<int64_t> shape) {
  SmallVector<int64_t> starts(shape.size(), 0);
  starts[axis] = at;
  return getPartLayout(whole, starts, shape);
}

static Halo unite(const Halo &a, const Halo &b) {
  return {std::max(a.top, b.top), std::max(a.left, b.left),
          std::max(a.bottom, b.bottom), std::max(a.right, b.right)};
}

static ArrayRef<int64_t> getShape(Value value) {
  return cast<RankedTensorType>(value.getType()).getShape();
}

/// Returns the halo that the input of `slice` must have so that users of the
/// result, which want `halo`, read it in place: around whole images or whole
/// rows, and above and below only where nothing is cut off.
static Halo getHaloThrough(fxp::SliceOp slice, Halo halo) {
  ArrayRef<int64_t> in = getShape(slice.getInput()),
                    out = getShape(slice.getResult());
  if (in[0] != out[0] || in[2] != out[2] ||
      llvm::any_of(slice.getSteps(), [](int64_t step) { return step != 1; }))
    return {};
  if (slice.getStarts()[1] != 0)
    halo.top = 0;
  if (slice.getStarts()[1] + out[1] != in[1])
    halo.bottom = 0;
  return halo;
}

bool codegen::isView(Operation *op) {
  auto facts = dyn_cast<fxp::FixedPointOpInterface>(op);
  return facts && facts.isView();
}

Halo codegen::getWantedHaloOf(Value value) {
  Halo halo;
  if (cast<RankedTensorType>(value.getType()).getRank() != 4)
    return halo;
  for (mlir::OpOperand &use : value.getUses()) {
    halo = unite(halo, getWantedHalo(use.getOwner(), use.getOperandNumber()));
    if (auto slice = dyn_cast<fxp::SliceOp>(use.getOwner()))
      halo = unite(halo,
                   getHaloThrough(slice, getWantedHaloOf(slice.getResult())));
  }
  auto concat = value.getDefiningOp<fxp::ConcatOp>();
  if (concat && concat.getAxis() == 3)
    for (Value operand : concat->getOperands())
      if (operand.getDefiningOp() && !operand.getDefiningOp<fxp::ConstantOp>())
        halo = unite(halo, getWantedHaloOf(operand));
  return halo;
}

namespace {
class HostFinder {
public:
  HostFinder(bool slices, DenseMap<Value, BufferLayout> &layouts)
      : slices(slices), layouts(layouts) {}

  void visitUsersFirst(Operation *op);
  void visitProducersFirst(Operation *op);
  DenseMap<Value, Host> take() { return std::move(hosts); }

private:
  /// Whether `value` can be written where another value wants it.
  bool isMovable(Value value) const {
    Operation *op = value.getDefiningOp();
    return op && !isa<fxp::ConstantOp>(op) && !hosts.contains(value) &&
           layouts.contains(value);
  }
  bool hasHaloFor(Value value, const BufferLayout &layout) const {
    Halo halo = getWantedHaloOf(value);
    return layout.haloTop >= halo.top && layout.haloLeft >= halo.left &&
           layout.haloBottom >= halo.bottom && layout.haloRight >= halo.right;
  }
  void host(Value value, Value whole, PartLayout part) {
    hosts[value] = {whole, part.byteOffset};
    layouts[value] = std::move(part.layout);
  }

  bool slices;
  DenseMap<Value, BufferLayout> &layouts;
  DenseMap<Value, Host> hosts;
};
} // namespace

/// Concatenations take their operands in, a hosted view its input. Hosts of
/// hosts are decided before the values in them.
void HostFinder::visitUsersFirst(Operation *op) {
  if (auto concat = dyn_cast<fxp::ConcatOp>(op)) {
    if (!layouts.contains(concat.getResult()))
      return;
    const BufferLayout whole = layouts[concat.getResult()];
    int64_t at = 0;
    for (Value operand : concat->getOperands()) {
      ArrayRef<int64_t> shape =
          cast<RankedTensorType>(operand.getType()).getShape();
      std::optional<PartLayout> part =
          getConcatPart(whole, concat.getAxis(), at, shape);
      at += shape[concat.getAxis()];
      unsigned concats = llvm::count_if(operand.getUses(), [](auto &use) {
        return isa<fxp::ConcatOp>(use.getOwner());
      });
      // Kernels that make floats walk dense ones.
      bool fits = part && (part->layout.isDense() ||
                           !mlir::getElementTypeOrSelf(operand).isF32());
      if (fits && concats == 1 && isMovable(operand) &&
          hasHaloFor(operand, part->layout))
        host(operand, concat.getResult(), std::move(*part));
    }
    return;
  }
  if (!isView(op) || !hosts.contains(op->getResult(0)))
    return;
  Value input = op->getOperand(0), result = op->getResult(0);
  if (isMovable(input) && layouts[input].isDense() && layouts[result].isDense())
    hosts[input] = {result, 0};
}

/// Whether `slice` gives one of several runs of whole rows that are read one
/// after another: all but the last need the input to stay anyway.
static bool isStrip(fxp::SliceOp slice) {
  auto isRows = [](Operation *op) {
    auto slice = dyn_cast<fxp::SliceOp>(op);
    if (!slice)
      return false;
    ArrayRef<int64_t> in = getShape(slice.getInput()),
                      out = getShape(slice.getResult());
    return in.size() == 4 && in[1] != out[1] && in[0] == out[0] &&
           in.drop_front(2) == out.drop_front(2);
  };
  return isRows(slice) &&
         llvm::count_if(slice.getInput().getUsers(), isRows) > 1;
}

/// Slices and views that have no host yet lie in their input.
void HostFinder::visitProducersFirst(Operation *op) {
  if (!isView(op) && !isa<fxp::SliceOp>(op))
    return;
  Value input = op->getOperand(0), result = op->getResult(0);
  if (!layouts.contains(input) || !isMovable(result))
    return;
  const BufferLayout whole = layouts[input];
  if (isView(op)) {
    auto up = hosts.find(input);
    bool isHost = up != hosts.end() && up->second.whole == result;
    if (!isHost && whole.isDense() && layouts[result].isDense())
      hosts[result] = {input, 0};
    return;
  }
  auto slice = cast<fxp::SliceOp>(op);
  if ((!slices && !isStrip(slice)) ||
      !llvm::all_of(slice.getSteps(), [](int64_t step) { return step == 1; }))
    return;
  std::optional<PartLayout> part = getPartLayout(
      whole, slice.getStarts(),
      cast<RankedTensorType>(slice.getResult().getType()).getShape());
  if (part && hasHaloFor(result, part->layout))
    host(result, input, std::move(*part));
}

DenseMap<Value, Host>
codegen::findHosts(mlir::func::FuncOp function, bool slices,
                   DenseMap<Value, BufferLayout> &layouts) {
  HostFinder finder(slices, layouts);
  Block &block = function.getBody().front();
  for (Operation &op : llvm::reverse(block))
    finder.visitUsersFirst(&op);
  for (Operation &op : block)
    finder.visitProducersFirst(&op);
  return finder.take();
}
