//===- TileLoweringX86.cpp - SSE2, AVX2, AVX512-VNNI and AMX --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The products; X86Epilogue has what becomes of their sums, LookupLowering the
// tables. No other files use x86 intrinsics.
//
//===----------------------------------------------------------------------===//

#include "X86Epilogue.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::tile;
namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;

namespace {

constexpr X86Intrinsic kDot = {"llvm.x86.avx512.vpdpbusd.128",
                               "llvm.x86.avx512.vpdpbusd.256",
                               "llvm.x86.avx512.vpdpbusd.512"};
constexpr X86Intrinsic kWordDot = {"llvm.x86.avx512.vpdpwssd.128",
                                   "llvm.x86.avx512.vpdpwssd.256",
                                   "llvm.x86.avx512.vpdpwssd.512"};
constexpr X86Intrinsic kMultiplyAddBytes = {"llvm.x86.ssse3.pmadd.ub.sw.128",
                                            "llvm.x86.avx2.pmadd.ub.sw",
                                            "llvm.x86.avx512.pmaddubs.w.512"};
constexpr X86Intrinsic kShuffleBytes = {"llvm.x86.ssse3.pshuf.b.128",
                                        "llvm.x86.avx2.pshuf.b",
                                        "llvm.x86.avx512.pshuf.b.512"};

class X86Lowering : public X86Epilogue {
public:
  using X86Epilogue::X86Epilogue;

  Value lowerDot(ImplicitLocOpBuilder &b, DotOp op) override {
    int64_t lanes = lanesOf(op.getAccumulator());
    if (op.getSignedActivations() || !isWhole(lanes))
      return TileLowering::lowerDot(b, op);
    Value a = activations(b, op), w = op.getWeights(),
          acc = op.getAccumulator();
    if (target.dot == DotKind::VpDpBusd)
      return call(b, kDot.of(lanes), {acc, a, w}, acc.getType());
    if (target.dot == DotKind::PMaddUbs && op.getSafePartner()) {
      VectorType words = vec(b, 2 * lanes, 16);
      int64_t partner = op.getSafePartner();
      if (partner != 1) {
        a = besidePartner(b, a, partner);
        w = besidePartner(b, w, partner);
      }
      Value pairs = call(b, kMultiplyAddBytes.of(lanes), {a, w}, words);
      return arith::AddIOp::create(b, acc,
                                   call(b, kMultiplyAddPairs.of(lanes),
                                        {pairs, splat(b, words, 1)},
                                        acc.getType()));
    }
    // Even and odd bytes as 16-bit lanes: (0, 2) and (1, 3) of each quad.
    VectorType words = vec(b, 2 * lanes, 16);
    Value eight = splat(b, words, 8);
    a = bitcast(b, a, words);
    w = bitcast(b, w, words);
    Value even = arith::AndIOp::create(b, a, splat(b, words, 255));
    Value odd = arith::ShRUIOp::create(b, a, eight);
    Value weightsEven =
        arith::ShRSIOp::create(b, arith::ShLIOp::create(b, w, eight), eight);
    Value weightsOdd = arith::ShRSIOp::create(b, w, eight);
    StringRef name = kMultiplyAddPairs.of(lanes);
    acc = arith::AddIOp::create(
        b, acc, call(b, name, {even, weightsEven}, acc.getType()));
    return arith::AddIOp::create(
        b, acc, call(b, name, {odd, weightsOdd}, acc.getType()));
  }

  Value lowerWordDot(ImplicitLocOpBuilder &b, WordDotOp op) override {
    Value acc = op.getAccumulator();
    int64_t lanes = lanesOf(acc);
    if (!isWhole(lanes))
      return TileLowering::lowerWordDot(b, op);
    Value sums = call(b, kMultiplyAddPairs.of(lanes),
                      {op.getActivations(), op.getWeights()}, acc.getType());
    return arith::AddIOp::create(b, acc, sums);
  }

  Value lowerWideDot(ImplicitLocOpBuilder &b, WideDotOp op) override {
    Value acc = op.getAccumulator(), w = op.getWeights();
    int64_t lanes = lanesOf(acc);
    if (!isWhole(lanes) || lanesOf(w) != 2 * lanes)
      return TileLowering::lowerWideDot(b, op);
    VectorType words = vec(b, 2 * lanes, 16);
    Value pairs = bitcast(b, op.getActivations(),
                          vec(b, lanesOf(op.getActivations()) / 2, 32));
    Value pair = mlir::vector::ExtractOp::create(
        b, pairs, ArrayRef<int64_t>{int64_t(op.getStep())});
    Value x = bitcast(
        b, mlir::vector::BroadcastOp::create(b, vec(b, lanes, 32), pair),
        words);
    w = extend(b, w, 16, /*isSigned=*/true);
    if (target.dot == DotKind::VpDpBusd)
      return call(b, kWordDot.of(lanes), {acc, x, w}, acc.getType());
    return arith::AddIOp::create(
        b, acc, call(b, kMultiplyAddPairs.of(lanes), {x, w}, acc.getType()));
  }

protected:
  /// Up to four matrices of sums in registers; those of the activations are
  /// loaded in place, a pixel a row. Each sum starts from a load of its bias
  /// with a row stride of 0: LLVM spills sums that start from one zero.
  void lowerMatrixBlock(ImplicitLocOpBuilder &b, MatrixBlockOp op) override {
    if (!target.matrixUnit)
      return TileLowering::lowerMatrixBlock(b, op);
    Type matrix = LLVM::LLVMX86AMXType::get(b.getContext());
    auto constant = [&](int64_t value, unsigned bits) -> Value {
      return arith::ConstantOp::create(
          b, b.getIntegerAttr(b.getIntegerType(bits), value));
    };
    auto pointer = [&](Value buffer, Value at) -> Value {
      Value base =
          mlir::memref::ExtractAlignedPointerAsIndexOp::create(b, buffer);
      Value address = arith::IndexCastOp::create(
          b, b.getI64Type(), arith::AddIOp::create(b, base, at));
      return LLVM::IntToPtrOp::create(
          b, LLVM::LLVMPointerType::get(b.getContext()), address);
    };
    auto plus = [&](Value at, int64_t bytes) -> Value {
      if (!bytes)
        return at;
      return arith::AddIOp::create(b, at,
                                   arith::ConstantIndexOp::create(b, bytes));
    };
    Value rows = constant(op.getRows(), 16),
          steps = constant(op.getSteps(), 16);
    Value depth = constant(4 * op.getSteps(), 16), line = constant(64, 16);
    auto load = [&](Value rows, Value bytes, Value buffer, Value at,
                    int64_t stride) {
      return call(b, "llvm.x86.tileloadd64.internal",
                  {rows, bytes, pointer(buffer, at), constant(stride, 64)},
                  matrix);
    };
    int64_t blocks = op.getFrom().size(), columns = op.getColumns();
    SmallVector<Value> sums;
    for (int64_t p = 0; p < blocks; ++p)
      for (int64_t c = 0; c < columns; ++c)
        sums.push_back(
            load(rows, line, op.getBias(), plus(op.getAtBias(), 64 * c), 0));
    sums =
        matrixLoops(b, op, sums, [&](Value atA, Value atW, ValueRange carried) {
          SmallVector<Value> next(carried), a, w;
          for (Value from : op.getFrom())
            a.push_back(load(rows, depth, op.getActivations(),
                             arith::AddIOp::create(b, from, atA),
                             op.getPixelStride()));
          for (int64_t c = 0; c < columns; ++c)
            w.push_back(load(
                steps, line, op.getWeights(),
                plus(arith::AddIOp::create(b, op.getAtWeights(), atW), 64 * c),
                op.getWeightStride()));
          for (int64_t p = 0; p < blocks; ++p)
            for (int64_t c = 0; c < columns; ++c) {
              Value &sum = next[p * columns + c];
              sum = call(b, "llvm.x86.tdpbusd.internal",
                         {rows, line, depth, sum, a[p], w[c]}, matrix);
            }
          return next;
        });
    Value zero = arith::ConstantIndexOp::create(b, 0);
    for (int64_t p = 0; p < blocks; ++p)
      for (int64_t c = 0; c < columns; ++c)
        LLVM::CallIntrinsicOp::create(
            b, b.getStringAttr("llvm.x86.tilestored64.internal"),
            ValueRange{rows, line,
                       pointer(op.getSums(), plus(zero, op.getSumsAt(p, c))),
                       constant(64, 64), sums[p * columns + c]});
  }

private:
  /// Moves byte `partner` of each four next to byte 0, behind it the other two.
  Value besidePartner(ImplicitLocOpBuilder &b, Value v, int64_t partner) {
    auto type = cast<VectorType>(v.getType());
    SmallVector<int8_t> order;
    for (int64_t at = 0; at < type.getNumElements(); at += 4) {
      int64_t quad = at % 16;
      for (int64_t byte : {int64_t(0), partner})
        order.push_back(int8_t(quad + byte));
      for (int64_t byte : {1, 2, 3})
        if (byte != partner)
          order.push_back(int8_t(quad + byte));
    }
    Value mask = arith::ConstantOp::create(
        b, DenseElementsAttr::get(type, ArrayRef<int8_t>(order)));
    return call(b, kShuffleBytes.of(type.getNumElements() / 4), {v, mask},
                type);
  }
};

} // namespace

std::unique_ptr<TileLowering> tile::createX86Lowering(const Target &target) {
  return std::make_unique<X86Lowering>(target);
}
