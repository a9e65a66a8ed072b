//===- TileLoweringArm.cpp - NEON and its dot products --------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every use of an AArch64 intrinsic is in this file.
//
//===----------------------------------------------------------------------===//

#include "TileLowering.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace narrow;
using namespace narrow::tile;
namespace arith = mlir::arith;
namespace LLVM = mlir::LLVM;

namespace {

class ArmLowering : public TileLowering {
public:
  explicit ArmLowering(const Target &target) : target(target) {}

  bool hasLaneShifts() const override { return true; }

  Value lowerDot(ImplicitLocOpBuilder &b, DotOp op) override {
    Value acc = op.getAccumulator(), w = op.getWeights();
    bool isSigned = op.getSignedActivations();
    // Levels with USDOT have SDOT too.
    bool hasDot = target.dot == DotKind::SDot || target.dot == DotKind::UsMmla;
    if ((isSigned != target.signedActivations && !(hasDot && isSigned)) ||
        cast<VectorType>(acc.getType()).getNumElements() != 4)
      return TileLowering::lowerDot(b, op);
    Value a = armActivations(b, op);
    // u8 by s8; with the broadcast here, SUDOT by element.
    if (hasDot && !isSigned)
      return call(b, "llvm.aarch64.neon.usdot.v4i32.v16i8", {acc, a, w},
                  acc.getType());
    // The broadcast lane must be the third operand: SDOT by element.
    if (hasDot)
      return call(b, "llvm.aarch64.neon.sdot.v4i32.v16i8", {acc, w, a},
                  acc.getType());
    VectorType words = vec(b, 8, 16);
    SmallVector<Value> products;
    for (int64_t half = 0; half < 2; ++half)
      products.push_back(
          call(b, "llvm.aarch64.neon.smull.v8i16",
               {slice(b, w, 8 * half, 8), slice(b, a, 8 * half, 8)}, words));
    auto widen = [&](Value v) {
      return call(b, "llvm.aarch64.neon.saddlp.v4i32.v8i16", {v},
                  acc.getType());
    };
    // Two products fit i16 if no weight is -128: ADDP joins both halves there,
    // and SADALP adds the rest.
    if (op.getNarrowWeights())
      return arith::AddIOp::create(
          b, acc,
          widen(call(b, "llvm.aarch64.neon.addp.v8i16", products, words)));
    // One product always does: SADDLP of each half, then ADDP.
    Value sum = call(b, "llvm.aarch64.neon.addp.v4i32",
                     {widen(products[0]), widen(products[1])}, acc.getType());
    return arith::AddIOp::create(b, acc, sum);
  }

  /// Weights transposed to four channels of one K, so that SMLAL takes a word
  /// as an element.
  Value lowerWideDot(ImplicitLocOpBuilder &b, WideDotOp op) override {
    Value acc = op.getAccumulator(), w = op.getWeights(),
          a = op.getActivations();
    auto multiplyAdd = [&](Value words, int64_t at) {
      Value x = shuffle(b, a, a, {at, at, at, at});
      Value product =
          call(b, "llvm.aarch64.neon.smull.v4i32", {words, x}, acc.getType());
      acc = arith::AddIOp::create(b, acc, product);
    };
    if (w.getType() == vec(b, 4, 16)) {
      multiplyAdd(w, op.getStep());
      return acc;
    }
    if (cast<VectorType>(acc.getType()).getNumElements() != 4 ||
        cast<VectorType>(w.getType()).getNumElements() != 16)
      return TileLowering::lowerWideDot(b, op);
    SmallVector<int64_t> order;
    for (int64_t k = 0; k < 4; ++k)
      for (int64_t c = 0; c < 4; ++c)
        order.push_back(4 * c + k);
    // LLVM would cut a shuffle that it knows in four, one byte after the other:
    // the index is hidden from it.
    auto bytes = cast<VectorType>(w.getType());
    if (bytes.getElementTypeBitWidth() == 8) {
      SmallVector<int8_t> index(order.begin(), order.end());
      Value table = arith::ConstantOp::create(
          b, DenseElementsAttr::get(bytes, ArrayRef(index)));
      table = LLVM::InlineAsmOp::create(
                  b, bytes, table, "", "=w,0", /*has_side_effects=*/false,
                  /*is_align_stack=*/false, LLVM::TailCallKind::None,
                  LLVM::AsmDialectAttr(), mlir::ArrayAttr())
                  .getRes();
      w = call(b, "llvm.aarch64.neon.tbl1.v16i8", {w, table}, bytes);
    } else {
      w = shuffle(b, w, w, order);
    }
    for (int64_t half = 0; half < 2; ++half) {
      Value words = extend(b, slice(b, w, 8 * half, 8), 16, /*isSigned=*/true);
      for (int64_t k = 0; k < 2; ++k)
        multiplyAdd(slice(b, words, 4 * k, 4), 4 * op.getStep() + 2 * half + k);
    }
    return acc;
  }

  SmallVector<Value> lowerSplitDot(ImplicitLocOpBuilder &b,
                                   SplitDotOp op) override {
    auto lanes = cast<VectorType>(op.getLow().getType());
    if (lanes.getNumElements() != 4)
      return TileLowering::lowerSplitDot(b, op);
    SmallVector<Value> sums = {op.getLow(), op.getHigh()};
    VectorType words = vec(b, 8, 16);
    for (int64_t half = 0; half < 2; ++half) {
      Value &sum = sums[half];
      auto widen = [&](Value products) {
        Value pairs =
            call(b, "llvm.aarch64.neon.saddlp.v4i32.v8i16", {products}, lanes);
        sum = arith::AddIOp::create(b, sum, pairs);
      };
      Value products;
      for (auto [s, weights] : llvm::enumerate(op.getWeights())) {
        Value a = broadcastStep(b, op.getActivations(), op.getStep() + s);
        Value p = call(
            b, "llvm.aarch64.neon.smull.v8i16",
            {slice(b, weights, 8 * half, 8), slice(b, a, 8 * half, 8)}, words);
        // Two products fit i16 if no weight is -128: SMULL, SMLAL and SADALP.
        if (!op.getNarrowWeights())
          widen(p);
        else
          products =
              products ? arith::AddIOp::create(b, products, p).getResult() : p;
      }
      if (products)
        widen(products);
    }
    return sums;
  }

  Value lowerMma(ImplicitLocOpBuilder &b, MmaOp op) override {
    if (target.dot != DotKind::UsMmla)
      return TileLowering::lowerMma(b, op);
    StringRef name = op.getSignedActivations()
                         ? "llvm.aarch64.neon.smmla.v4i32.v16i8"
                         : "llvm.aarch64.neon.usmmla.v4i32.v16i8";
    return call(b, name,
                {op.getAccumulator(), op.getActivations(), op.getWeights()},
                op.getType());
  }

  SmallVector<Value> lowerRequant(ImplicitLocOpBuilder &b,
                                  RequantOp op) override {
    if (op.getMode() != RequantMode::Q15 || op.getLanes() != 4 ||
        op.getColumns() % 4 || op.getOutputType().getElementTypeBitWidth() != 8)
      return TileLowering::lowerRequant(b, op);
    VectorType lanes = vec(b, 4, 32), words = vec(b, 8, 16);
    int64_t columns = op.getColumns();
    // SSHL shifts right by a negative count.
    SmallVector<Value> shifts, multipliers;
    for (Value shift : op.getShifts())
      shifts.push_back(arith::SubIOp::create(b, splat(b, lanes, 0), shift));
    for (int64_t c = 0; c < columns; c += 2)
      multipliers.push_back(
          concat(b, {op.getMultipliers()[c], op.getMultipliers()[c + 1]}));

    StringRef narrow8 = op.getSignedResults() ? "llvm.aarch64.neon.sqxtn.v8i8"
                                              : "llvm.aarch64.neon.sqxtun.v8i8";
    SmallVector<Value> results;
    for (size_t pixel = 0; pixel < op.getOutputs().size(); ++pixel) {
      SmallVector<Value> bytes;
      for (int64_t c = 0; c < columns; c += 2) {
        SmallVector<Value> halves;
        for (int64_t i = c; i < c + 2; ++i) {
          Value v = call(b, "llvm.aarch64.neon.sshl.v4i32",
                         {op.getAccumulators()[pixel * columns + i], shifts[i]},
                         lanes);
          halves.push_back(
              call(b, "llvm.aarch64.neon.sqxtn.v4i16", {v}, vec(b, 4, 16)));
        }
        Value v = call(b, "llvm.aarch64.neon.sqrdmulh.v8i16",
                       {concat(b, halves), multipliers[c / 2]}, words);
        bytes.push_back(call(b, narrow8, {v}, vec(b, 8, 8)));
      }
      results.push_back(clampToBounds(b, op, concat(b, bytes)));
    }
    return results;
  }

protected:
  Value multiplyWords(ImplicitLocOpBuilder &b, Value x, Value y) override {
    if (cast<VectorType>(x.getType()).getNumElements() != 8)
      return TileLowering::multiplyWords(b, x, y);
    return call(b, "llvm.aarch64.neon.smull.v8i16", {x, y}, vec(b, 8, 16));
  }

private:
  /// As `activations`, but a broadcast by a shuffle, which becomes an element
  /// operand; a broadcast load would become one LD1R per step.
  Value armActivations(ImplicitLocOpBuilder &b, DotOp op) {
    Value a = op.getActivations();
    auto type = cast<VectorType>(a.getType());
    if (!op.getStep() || type.getNumElements() != 16)
      return activations(b, op);
    return broadcastStep(b, a, *op.getStep());
  }

  Value broadcastStep(ImplicitLocOpBuilder &b, Value a, int64_t step) {
    auto type = cast<VectorType>(a.getType());
    Value words = bitcast(b, a, vec(b, type.getNumElements() / 4, 32));
    return bitcast(b, shuffle(b, words, words, {step, step, step, step}),
                   vec(b, 16, 8));
  }

  const Target &target;
};

} // namespace

std::unique_ptr<TileLowering> tile::createArmLowering(const Target &target) {
  return std::make_unique<ArmLowering>(target);
}
