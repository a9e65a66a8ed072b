//===- SelectContraction.cpp - from a contraction to its kernel -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompositeKernel.h"
#include "ContractionShapes.h"
#include "Depthwise/DepthwiseKernel.h"
#include "Depthwise/DepthwiseTaps.h"
#include "Depthwise/DepthwiseWords.h"
#include "SelectMatMul.h"
#include "Tiled/LongSums.h"
#include "Tiled/MatrixKernel.h"
#include "Tiled/TileProduct.h"
#include "TransposedPhases.h"
#include "WideningKernel.h"
#include "narrow/Codegen/Contraction.h"
#include "llvm/ADT/TypeSwitch.h"
#include "llvm/Support/FormatVariadic.h"

using namespace narrow;
using namespace narrow::codegen;

/// Whether the op is bytes by bytes, or by parts that are bytes, with i32
/// accumulators and narrow results.
static bool fitsNarrowTiles(const ContractionData &data) {
  return data.input.bits == 8 && data.fitsByteParts() &&
         !data.wideAccumulators && !data.hasLongResults();
}

/// Whether results are the i32 sums themselves.
static bool hasExactResults(const ContractionData &data) {
  const StoredValues &output = data.output;
  return output.bits == 32 && output.isFullRange() && output.zeroPoint == 0 &&
         output.zeroPoints.empty() && !data.wideAccumulators &&
         data.requant.getMode() == fxp::RequantMode::Pow2 &&
         llvm::all_of(data.requant.getShift().asArrayRef(),
                      [](int32_t shift) { return shift == 0; }) &&
         !data.needsMinimum() && !data.needsMaximum();
}

/// The same, or with the sums themselves as results. Groups of one channel
/// would fill one lane of a tile.
static bool fitsTiles(const ContractionData &data) {
  return fitsNarrowTiles(data) ||
         (data.input.bits == 8 && data.fitsByteParts() &&
          hasExactResults(data) &&
          (data.groups == 1 || data.groups != data.channels));
}

/// Whether the op is words by bytes or words with narrow results.
static bool fitsWordTiles(const ContractionData &data) {
  return data.input.bits == 16 && data.fitsWords() && !data.hasLongResults();
}

/// The call (A, constants..., O).
static KernelCall makeCall(std::shared_ptr<const Kernel> kernel,
                           std::vector<std::vector<char>> constants) {
  KernelCall call{std::move(kernel), {KernelArgument::operand(0)}};
  for (std::vector<char> &bytes : constants)
    call.arguments.push_back(KernelArgument::constant(std::move(bytes)));
  call.arguments.push_back(KernelArgument::result(0));
  return call;
}

namespace {
/// How a level reads the activations of a byte kernel.
struct ByteReading {
  ByteForm form;
  std::vector<int32_t> bias; ///< Folded for it.

  static FailureOr<ByteReading> get(Operation *op, const ContractionData &data,
                                    const Target &target) {
    bool flip = data.input.isSigned != target.signedActivations;
    // An unsigned byte read as signed is 128 less, and the other way round.
    int64_t offset = !flip ? 0 : target.signedActivations ? 128 : -128;
    FailureOr<std::vector<int32_t>> bias = data.foldBias(op, offset);
    if (failed(bias))
      return failure();
    return ByteReading{{flip, data.isNarrow()}, std::move(*bias)};
  }
};
} // namespace

namespace {
/// What a kernel does with its results before it stores them.
struct Epilogue {
  std::optional<ResidualAdd> residual;
  std::optional<EpilogueLookup> lookup;
};
} // namespace

/// Adds the lookup and its constant, the last argument, to a call's kernel.
template <typename KernelType>
static KernelCall withLookup(KernelCall call, KernelType &kernel,
                             const Epilogue &epilogue) {
  if (epilogue.lookup)
    call.arguments.push_back(
        KernelArgument::constant(kernel.addLookup(*epilogue.lookup)));
  return call;
}

/// Says where a kernel has no form for packed weights.
static void remarkUnpacked(Operation *op, const ContractionData &data,
                           const Target &target, StringRef kernels) {
  if (data.storage != fxp::WeightStorage::I8)
    mlir::emitRemark(op->getLoc())
        << target.name
        << ": its weights take a byte or more each, not those of "
        << fxp::stringifyWeightStorage(data.storage) << ": " << kernels
        << " reads no packed weights [unpacked-weights]";
}

/// Returns the data with weights that leave 8 bits in parts of 8 bits, after a
/// remark, and in `parts` how many.
static ContractionData withByteParts(Operation *op, ContractionData data,
                                     const Target &target, int64_t &parts) {
  parts = data.splitIntoBytes();
  if (parts > 1)
    mlir::emitRemark(op->getLoc())
        << target.name << ": multiplied " << parts
        << " times: its weights, less their zero points, leave 8 bits "
           "[split-weights]";
  return data;
}

static FailureOr<KernelCall>
selectDepthwise(fxp::Conv2DOp op, const ContractionData &given,
                const BufferLayout &a, const BufferLayout &o,
                const Target &target, unsigned tileStep,
                const Epilogue &epilogue) {
  ContractionData data = given;
  DepthwiseShape shape = getDepthwiseShape(op, a, o);
  if (!DepthwiseTile::widensWeights(target))
    data = withByteParts(op, given, target, shape.parts);
  remarkUnpacked(op, data, target, "a depthwise kernel");
  FailureOr<ByteReading> reading = ByteReading::get(op, data, target);
  if (failed(reading))
    return failure();
  RequantForm form = RequantForm::getNarrow(data);
  auto call = [&](auto kernel) {
    return withLookup(
        makeCall(kernel, {kernel->packWeights(data),
                          kernel->packParameters(data, reading->bias)}),
        *kernel, epilogue);
  };
  // Quads are made for dot products; NEON alone multiplies lane by lane.
  if (target.dot == DotKind::SMull)
    return call(
        std::make_shared<DepthwiseTapsKernel>(shape, form, reading->form));
  return call(std::make_shared<DepthwiseKernel>(shape, form, reading->form,
                                                target, tileStep));
}

static KernelCall selectDepthwiseWords(fxp::Conv2DOp op,
                                       const ContractionData &data,
                                       const BufferLayout &a,
                                       const BufferLayout &o,
                                       const Target &target) {
  bool flip = !data.input.isSigned;
  auto kernel = std::make_shared<DepthwiseWordsKernel>(
      getDepthwiseShape(op, a, o), RequantForm::getNarrow(data), flip, target);
  std::vector<int64_t> bias = data.foldLongBias(flip ? 1 << 15 : 0);
  return makeCall(
      kernel, {kernel->packWeights(data), kernel->packParameters(data, bias)});
}

/// The kernel of loops over words: sums of i32 where every one provably ends
/// there, though its bias may be i64, else sums of i64 of parts of i32. Null
/// where there are no such parts.
static std::optional<KernelCall> selectWords(const ContractionData &data,
                                             TiledShape shape,
                                             const Target &target,
                                             unsigned tileStep) {
  shape.simplify();
  shape.tileStep = tileStep;
  shape.inputBytes = 2;
  shape.weightBytes = data.fitsBytes() ? 1 : 2;
  shape.group = TileProduct::groupBytes(target, shape);
  // Words are read as signed: unsigned ones are 2^15 less.
  ByteForm words{/*flip=*/!data.input.isSigned, data.isNarrow()};
  int64_t readOffset =
      TileProduct::readOffset(target, shape) + (words.flip ? 1 << 15 : 0);
  bool isNarrow = data.fitNarrowAccumulators();
  if (!isNarrow &&
      (!data.wideAccumulators || !cutLongSums(shape, data, readOffset)))
    return std::nullopt;
  RequantForm form =
      isNarrow ? RequantForm::getNarrow(data) : RequantForm::get(data);
  form.longSums = !isNarrow;
  form.byteShifts = shape.images * shape.rows * shape.cols == 1;
  auto kernel =
      std::make_shared<TiledKernel>(shape, form, words, WeightStorage());
  std::vector<int64_t> bias = data.foldLongBias(readOffset);
  return makeCall(
      kernel, {kernel->packWeights(data), kernel->packParameters(data, bias)});
}

/// The data with weights in bytes where blocks of them (N4) are too short in
/// the kernel's loops, after a remark.
static ContractionData withPossibleBlocks(Operation *op,
                                          const ContractionData &data,
                                          TiledShape shape,
                                          const Target &target) {
  if (!data.block || !fitsTiles(data))
    return data;
  shape.simplify();
  shape.group = TileProduct::groupBytes(target, shape);
  if (!isa<fxp::TransposedConv2DOp>(op) && BlockPieces::get(shape, data.block))
    return data;
  remarkUnpacked(op, data, target,
                 "a kernel whose runs share less than 16 weights with blocks");
  ContractionData plain = data;
  plain.storage = fxp::WeightStorage::I8;
  plain.block = 0;
  return plain;
}

/// The kernel of any loops: by tiles of bytes or words where the numbers allow,
/// else by widening products.
static FailureOr<KernelCall> selectLoops(Operation *op,
                                         const ContractionData &given,
                                         TiledShape shape, const Target &target,
                                         unsigned tileStep,
                                         const Epilogue &epilogue = {}) {
  ContractionData data = withPossibleBlocks(op, given, shape, target);
  if (fitsTiles(data)) {
    int64_t parts;
    data = withByteParts(op, data, target, parts);
    shape.kernel.insert(shape.kernel.begin(), {parts, 0});
    FailureOr<ByteReading> reading = ByteReading::get(op, data, target);
    FailureOr<WeightStorage> storage = WeightStorage::get(op, data, target);
    if (failed(reading) || failed(storage))
      return failure();
    shape.simplify();
    shape.tileStep = tileStep;
    shape.group = TileProduct::groupBytes(target, shape);
    std::shared_ptr<TiledKernel> kernel;
    RequantForm form = RequantForm::getNarrow(data);
    // The epilogue of one row reads every parameter once, as it does weights;
    // that of more pixels finds them in registers or the L1 cache.
    form.byteShifts = shape.images * shape.rows * shape.cols == 1;
    if (auto plan = MatrixPlan::get(shape, reading->form, *storage, target);
        plan && !epilogue.residual)
      kernel = std::make_shared<MatrixKernel>(shape, form, reading->form,
                                              *storage, *plan);
    else
      kernel = std::make_shared<TiledKernel>(shape, form, reading->form,
                                             *storage, epilogue.residual);
    if (!MatrixPlan::get(shape, reading->form, *storage, target) &&
        MatrixPlan::get(shape, reading->form, WeightStorage(), target))
      mlir::emitRemark(op->getLoc())
          << target.name << ": multiplied by vectors instead of matrices: "
          << (storage->hasBlocks() ? "blocks of its weights have multipliers"
                                   : "too many weights of a channel to be "
                                     "unpacked into the stack")
          << " [slow-form]";
    std::vector<std::vector<char>> constants = {
        kernel->packWeights(data), kernel->packParameters(data, reading->bias)};
    if (target.dot == DotKind::PMaddUbs) {
      double safeShare;
      std::vector<char> order = kernel->orderSteps(data, safeShare);
      mlir::emitRemark(op->getLoc()) << llvm::formatv(
          "{0}: pairs of products fit 16 bits in {1:f1} % of the steps of 4 by "
          "16 weights [pair-safe]",
          target.name, 100 * safeShare);
      if (!order.empty())
        constants.push_back(std::move(order));
    }
    return withLookup(makeCall(kernel, std::move(constants)), *kernel,
                      epilogue);
  }
  if (fitsWordTiles(data) && !epilogue.residual && !epilogue.lookup)
    if (auto call = selectWords(data, shape, target, tileStep)) {
      remarkUnpacked(op, data, target, "a kernel of 16-bit activations");
      return std::move(*call);
    }
  if (epilogue.residual || epilogue.lookup)
    return op->emitError("expected bytes by bytes where results are added or "
                         "looked up");
  // The check alone; the kernel folds the bias in its own width.
  if (!data.wideAccumulators && failed(data.foldBias(op, 0)))
    return failure();
  if (target.dot != DotKind::Generic) {
    auto getReason = [&]() -> StringRef {
      if (data.hasLongResults())
        return "its results have more than 16 bits";
      if (data.input.bits == 8)
        return data.fitsByteParts()
                   ? "its accumulators have 64 bits"
                   : "its weights, less their zero points, leave 9 bits";
      return data.fitsWords()
                 ? "no equal parts of its sums stay in 32 bits"
                 : "its weights, less their zero points, leave 16 bits";
    };
    mlir::emitRemark(op->getLoc())
        << target.name
        << ": runs slowly, in the form that widens every value: " << getReason()
        << " [slow-form]";
  }
  remarkUnpacked(op, data, target, "the form that widens every value");
  WideningForm form;
  form.inputBytes = data.input.bits / 8;
  form.inputSigned = data.input.isSigned;
  form.weightBytes =
      llvm::all_of(data.weights, [](int32_t w) { return llvm::isInt<16>(w); })
          ? 2
          : 4;
  form.accumulatorBits = data.wideAccumulators ? 64 : 32;
  auto kernel = std::make_shared<WideningKernel>(
      shape,
      data.wideAccumulators ? RequantForm::get(data)
                            : RequantForm::getNarrow(data),
      form);
  return makeCall(kernel, {kernel->packWeights(data), kernel->packBias(data),
                           kernel->packParameters(data)});
}

static FailureOr<KernelCall>
selectTransposed(fxp::TransposedConv2DOp op, const ContractionData &data,
                 const BufferLayout &a, const BufferLayout &o,
                 const Target &target, unsigned tileStep) {
  std::vector<KernelCall> calls;
  for (const PhaseAxis &y : cutPhases(op, 0))
    for (const PhaseAxis &x : cutPhases(op, 1)) {
      FailureOr<KernelCall> call =
          selectLoops(op, getPhaseData(op, data, y, x),
                      getPhaseShape(op, a, o, y, x), target, tileStep);
      if (failed(call))
        return failure();
      calls.push_back(std::move(*call));
    }
  return CompositeKernel::join(calls);
}

/// Fails after an error if the input's halo is smaller than the kernel reads.
static LogicalResult verifyHalo(Operation *op, const BufferLayout &a) {
  Halo halo = getContractionHalo(op, 0);
  if (a.haloTop < halo.top || a.haloLeft < halo.left ||
      a.haloBottom < halo.bottom || a.haloRight < halo.right)
    return op->emitError("expected a halo of at least ")
           << halo.top << ", " << halo.left << ", " << halo.bottom << ", "
           << halo.right << ", found " << a.haloTop << ", " << a.haloLeft
           << ", " << a.haloBottom << ", " << a.haloRight;
  return success();
}

Halo codegen::getContractionHalo(Operation *op, unsigned operand) {
  if (operand != 0)
    return {};
  if (auto conv = dyn_cast<fxp::Conv2DOp>(op)) {
    ArrayRef<int64_t> input =
        cast<RankedTensorType>(conv.getInput().getType()).getShape();
    ArrayRef<int64_t> output =
        cast<RankedTensorType>(conv.getResult().getType()).getShape();
    ArrayRef<int64_t> weights =
        cast<RankedTensorType>(conv.getWeights().getType()).getShape();
    // Positions read past the end; a floor division may leave some input
    // unread.
    auto after = [&](unsigned axis) {
      int64_t last = (output[axis + 1] - 1) * conv.getStrides()[axis] +
                     (weights[axis + 1] - 1) * conv.getDilations()[axis] -
                     conv.getPads()[axis];
      return std::max<int64_t>(0, last - (input[axis + 1] - 1));
    };
    return {conv.getPads()[0], conv.getPads()[1], after(0), after(1)};
  }
  if (auto conv = dyn_cast<fxp::TransposedConv2DOp>(op)) {
    int64_t before[2] = {0, 0}, after[2] = {0, 0};
    for (unsigned axis : {0u, 1u})
      for (const PhaseAxis &phase : cutPhases(conv, axis)) {
        if (phase.positions.empty())
          continue;
        int64_t size = cast<RankedTensorType>(conv.getInput().getType())
                           .getDimSize(axis + 1);
        before[axis] = std::max(before[axis], -phase.firstInput);
        after[axis] = std::max(after[axis], phase.lastInput() - (size - 1));
      }
    return {before[0], before[1], after[0], after[1]};
  }
  return {};
}

static bool isDepthwise(fxp::Conv2DOp conv) {
  return conv.getGroups() > 1 &&
         cast<RankedTensorType>(conv.getWeights().getType())
                 .getShape()
                 .back() == 1;
}

bool codegen::hasByteTiles(Operation *op) {
  if (!isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op))
    return false;
  StoredValues input = StoredValues::get(op->getOperand(0).getType());
  StoredValues weights = StoredValues::get(op->getOperand(1).getType());
  return input.bits == 8 && weights.bits == 8 &&
         cast<RankedTensorType>(op->getOperand(2).getType())
                 .getElementTypeBitWidth() == 32;
}

bool codegen::canAddResidual(Operation *op) {
  auto conv = dyn_cast<fxp::Conv2DOp>(op);
  return hasByteTiles(op) && !(conv && isDepthwise(conv));
}

/// The kernel of a convolution or a linear layer.
static FailureOr<KernelCall>
selectLayer(fxp::WeightedOpInterface op, const BufferLayout &a,
            const BufferLayout &o, const BufferLayout *r, const Target &target,
            unsigned tileStep, const Epilogue &epilogue) {
  auto conv = dyn_cast<fxp::Conv2DOp>(op.getOperation());
  FailureOr<ContractionData> data = ContractionData::get(op);
  if (failed(data))
    return failure();
  TiledShape shape =
      conv ? getConvolutionShape(conv, a, o) : getMatrixShape(a, o);
  bool isDepthwise = shape.groups > 1 && shape.channels == 1 &&
                     shape.run == int64_t(data->input.bits / 8);
  if (isDepthwise && fitsNarrowTiles(*data))
    return selectDepthwise(conv, *data, a, o, target, tileStep, epilogue);
  if (isDepthwise && fitsWordTiles(*data) && data->fitNarrowAccumulators() &&
      !epilogue.residual && !epilogue.lookup) {
    remarkUnpacked(op, *data, target, "a depthwise kernel");
    return selectDepthwiseWords(conv, *data, a, o, target);
  }
  if (isDepthwise && fitsWordTiles(*data) && !data->fitNarrowAccumulators() &&
      target.dot != DotKind::Generic)
    mlir::emitRemark(op->getLoc())
        << target.name
        << ": runs slowly, a channel at a time: a depthwise kernel adds in 32 "
           "bits, which its sums leave [slow-form]";
  if (r) {
    shape.originR = r->origin * r->elementBytes;
    shape.bytesR = r->bufferBytes;
    if (r->shape.size() == 4) {
      shape.imageR = r->imageStride * r->elementBytes;
      shape.rowR = r->rowStride * r->elementBytes;
      shape.pixelR = r->pixelStride * r->elementBytes;
    } else {
      shape.pixelR = r->shape.back() * r->elementBytes;
    }
  }
  return selectLoops(op, *data, shape, target, tileStep, epilogue);
}

FailureOr<KernelCall> codegen::selectFused(Operation *last,
                                           const FusedOp &fusion, bool inPlace,
                                           ArrayRef<BufferLayout> operands,
                                           const BufferLayout &result,
                                           const Target &target,
                                           unsigned tileStep) {
  auto op = cast<fxp::WeightedOpInterface>(fusion.contraction);
  if (failed(verifyHalo(op, operands[0])))
    return failure();
  Epilogue epilogue;
  if (auto lookup = dyn_cast<fxp::LookupOp>(last)) {
    epilogue.lookup = EpilogueLookup::get(lookup, fusion.form, target);
    return selectLayer(op, operands[0], result, nullptr, target, tileStep,
                       epilogue);
  }
  epilogue.residual =
      ResidualAdd::get(cast<fxp::AddOp>(last), fusion.residual, inPlace);
  FailureOr<KernelCall> call = selectLayer(
      op, operands[0], result, &operands.back(), target, tileStep, epilogue);
  if (succeeded(call) && !inPlace)
    call->arguments.push_back(KernelArgument::operand(operands.size() - 1));
  return call;
}

FailureOr<KernelCall>
codegen::selectContractionKernel(Operation *op, ArrayRef<BufferLayout> operands,
                                 ArrayRef<BufferLayout> results,
                                 const Target &target, unsigned tileStep) {
  if (failed(verifyHalo(op, operands[0])))
    return failure();
  if (isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op))
    return selectLayer(cast<fxp::WeightedOpInterface>(op), operands[0],
                       results[0], nullptr, target, tileStep, {});
  if (auto conv = dyn_cast<fxp::TransposedConv2DOp>(op)) {
    FailureOr<ContractionData> data = ContractionData::get(conv);
    if (failed(data))
      return failure();
    return selectTransposed(conv, *data, operands[0], results[0], target,
                            tileStep);
  }
  if (auto matmul = dyn_cast<fxp::MatMulOp>(op))
    return selectMatMul(matmul, operands, results[0], target);
  return op->emitError("expected an op with a contraction kernel, found ")
         << op->getName();
}
