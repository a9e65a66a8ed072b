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

namespace {

class ArmLowering : public TileLowering {
public:
  explicit ArmLowering(const Target &target) : target(target) {}

  Value lowerDot(ImplicitLocOpBuilder &b, DotOp op) override {
    Value acc = op.getAccumulator(), w = op.getWeights();
    if (op.getSignedActivations() != target.signedActivations ||
        cast<VectorType>(acc.getType()).getNumElements() != 4)
      return TileLowering::lowerDot(b, op);
    Value a = armActivations(b, op);
    // u8 by s8; with the broadcast here, SUDOT by element.
    if (target.dot == DotKind::UsMmla)
      return call(b, "llvm.aarch64.neon.usdot.v4i32.v16i8", {acc, a, w},
                  acc.getType());
    // The broadcast lane must be the third operand: SDOT by element.
    if (target.dot == DotKind::SDot)
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
