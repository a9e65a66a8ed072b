//===- PeakKernel.cpp - the most a level can multiply and add -------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Codegen/PeakKernel.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"

using namespace narrow;
using namespace narrow::codegen;
using mlir::ImplicitLocOpBuilder;
using mlir::VectorType;

namespace {
/// Pixels by vectors of channels.
struct Tile {
  int64_t pixels, columns;
};
} // namespace

static constexpr Tile kTiles[] = {{1, 2}, {2, 2}, {4, 1}, {3, 2},
                                  {4, 2}, {6, 2}, {4, 3}, {6, 4}};

/// Returns the constraint of a register that holds the level's lanes.
static StringRef registerConstraint(const Target &target) {
  if (target.vectorBytes <= 4)
    return "=r,0";
  if (target.family == Family::AArch64)
    return "=w,0";
  return target.vectorBytes == 64 ? "=v,0" : "=x,0";
}

/// Returns `value` as if it were new: an instruction-free assembly statement
/// that LLVM does not see through, so that nothing is hoisted or shared.
static Value makeOpaque(ImplicitLocOpBuilder &b, Value value,
                        const Target &target) {
  auto type = cast<VectorType>(value.getType());
  Type held = type;
  // A single lane is an integer register.
  if (type.getNumElements() == 1) {
    held = type.getElementType();
    value = mlir::vector::ExtractOp::create(b, value, ArrayRef<int64_t>{0});
  }
  Value fresh = mlir::LLVM::InlineAsmOp::create(
                    b, held, ValueRange{value}, "", registerConstraint(target),
                    /*has_side_effects=*/true, /*is_align_stack=*/false,
                    mlir::LLVM::TailCallKind::None,
                    mlir::LLVM::AsmDialectAttr(), mlir::ArrayAttr())
                    .getResult(0);
  return held == type ? fresh
                      : mlir::vector::BroadcastOp::create(b, type, fresh);
}

static PeakKernel emitTile(OpBuilder &builder, Location loc, const Tile &tile,
                           const Target &target) {
  ImplicitLocOpBuilder b(loc, builder);
  VectorType lanes = VectorType::get({target.lanes()}, b.getI32Type());
  VectorType bytes = VectorType::get({4 * target.lanes()}, b.getI8Type());
  auto splat = [&](int64_t value) -> Value {
    return mlir::arith::ConstantOp::create(
        b, DenseElementsAttr::get(lanes, b.getI32IntegerAttr(value)));
  };
  PeakKernel kernel;
  kernel.name =
      (target.name + ".peak." + Twine(tile.pixels) + "x" + Twine(tile.columns))
          .str();
  kernel.macsPerRound = tile.pixels * tile.columns * target.lanes() * 4;
  auto result = mlir::MemRefType::get({kPeakBytes}, b.getI8Type());
  auto function = mlir::func::FuncOp::create(
      b, kernel.name, b.getFunctionType({b.getIndexType(), result}, {}));
  b.setInsertionPointToStart(function.addEntryBlock());

  // The sums, then the operands: carried, so that none is loaded again.
  size_t dots = tile.pixels * tile.columns;
  SmallVector<Value> start;
  for (size_t i = 0; i < dots; ++i)
    start.push_back(splat(i));
  start.append(tile.pixels, splat(0x01010101));
  start.append(tile.columns, splat(0x02020202));
  Value zero = mlir::arith::ConstantIndexOp::create(b, 0);
  Value one = mlir::arith::ConstantIndexOp::create(b, 1);
  auto loop = mlir::scf::ForOp::create(
      b, zero, function.getArgument(0), one, start,
      [&](OpBuilder &inner, Location at, Value, ValueRange carried) {
        ImplicitLocOpBuilder b(at, inner);
        SmallVector<Value> next, fresh, operands;
        for (Value operand : carried.drop_front(dots)) {
          fresh.push_back(makeOpaque(b, operand, target));
          operands.push_back(
              mlir::vector::BitCastOp::create(b, bytes, fresh.back()));
        }
        for (size_t i = 0; i < dots; ++i)
          next.push_back(tile::DotOp::create(
              b, lanes, carried[i], operands[i / tile.columns],
              operands[tile.pixels + i % tile.columns], mlir::IntegerAttr(),
              target.signedActivations, /*narrow_weights=*/true,
              /*safe_partner=*/1));
        next.append(fresh);
        mlir::scf::YieldOp::create(b, next);
      });
  Value sum = loop.getResult(0);
  for (Value other : loop.getResults().take_front(dots).drop_front())
    sum = mlir::arith::AddIOp::create(b, sum, other);
  mlir::vector::StoreOp::create(b,
                                mlir::vector::BitCastOp::create(b, bytes, sum),
                                function.getArgument(1), ValueRange{zero});
  mlir::func::ReturnOp::create(b);
  return kernel;
}

SmallVector<PeakKernel> codegen::emitPeakKernels(ModuleOp module,
                                                 const Target &target) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<PeakKernel> kernels;
  for (const Tile &tile : kTiles)
    // What cannot fit in the registers is not worth the time.
    if (tile.pixels * tile.columns + tile.columns < target.vectorRegisters)
      kernels.push_back(emitTile(builder, module.getLoc(), tile, target));
  return kernels;
}
