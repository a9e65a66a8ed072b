//===- TiledEmission.h - the loops and tiles of a tiled kernel -*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_TILEDEMISSION_H
#define NARROW_LIB_CODEGEN_CONTRACTION_TILEDEMISSION_H

#include "ResidualAdd.h"
#include "StepOrder.h"
#include "TileChoice.h"
#include "TileEmitter.h"
#include "TileProduct.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace narrow::codegen {

/// Emits one tiled kernel for one level: the loops over pixels and K, the tiles
/// and their epilogues. The loops over images, groups and panels are the
/// kernel's.
class TiledEmission {
public:
  TiledEmission(TileEmitter &e, const TiledShape &shape,
                const RequantForm &form, const ParameterBlock &block,
                const ByteForm &bytes,
                const std::optional<ResidualAdd> &residual,
                const std::optional<StepOrder> &order, ValueRange arguments,
                const Target &target,
                std::optional<TileEmitter::Share> pixelShare)
      : e(e), shape(shape), form(form), block(block), bytes(bytes),
        residual(residual), a(arguments[0]), w(arguments[1]),
        parameters(arguments[2]), o(arguments[order ? 4 : 3]), r(o),
        target(target), order(order), orderList(order ? arguments[3] : Value()),
        pixelShare(pixelShare),
        stepsPerLoad(TileProduct::bytesPerLoad(target) / shape.group) {
    if (residual && !residual->inPlace)
      r = arguments[order ? 5 : 4];
  }

  /// All pixels for the channels of `vectors`. `weights`: byte of the first
  /// weight; `stepBytes`: from one K step to the next; `slot`: of the first
  /// channel; `atA`, `atO`, `atR`: byte of the image's (and group's) first
  /// pixel, `atR` null without a residual.
  void pixels(Value atA, Value atO, Value atR, Value weights, int64_t stepBytes,
              Value slot, const TileSize &vectors, int64_t stored) {
    TileSize tile = chooseTile(shape, vectors, target);
    lanes = tile.lanes;
    std::optional<TileEmitter::Share> rowShare, colShare;
    (shape.rows > 1 ? rowShare : colShare) = pixelShare;
    for (const Piece &y : cutAxis(shape.rows, tile.rows))
      e.loop(rowShare, y.begin, y.end, y.extent, [&](Value row) {
        for (const Piece &x : cutAxis(shape.cols, tile.cols))
          e.loop(colShare, x.begin, x.end, x.extent, [&](Value col) {
            Value pixelA = e.add(e.add(atA, e.mul(row, shape.rowA)),
                                 e.mul(col, shape.pixelA));
            Value pixelO = e.add(e.add(atO, e.mul(row, shape.rowO)),
                                 e.mul(col, shape.pixelO));
            Value pixelR = atR ? e.add(e.add(atR, e.mul(row, shape.rowR)),
                                       e.mul(col, shape.pixelR))
                               : Value();
            emitTile(pixelA, pixelO, pixelR, weights, stepBytes, slot,
                     {y.extent, x.extent, tile.columns, lanes}, stored);
          });
      });
  }

private:
  void emitTile(Value atA, Value atO, Value atR, Value weights,
                int64_t stepBytes, Value slot, const TileSize &tile,
                int64_t stored) {
    SmallVector<int64_t> offsetsA, offsetsO, offsetsR;
    for (int64_t r = 0; r < tile.rows; ++r)
      for (int64_t c = 0; c < tile.cols; ++c) {
        offsetsA.push_back(r * shape.rowA + c * shape.pixelA);
        offsetsO.push_back(r * shape.rowO + c * shape.pixelO);
        offsetsR.push_back(r * shape.rowR + c * shape.pixelR);
      }
    SmallVector<Value> bias, accumulators;
    for (int64_t c = 0; c < tile.columns; ++c)
      bias.push_back(e.load(parameters, e.add(e.mul(slot, 4), 4 * c * lanes),
                            lanes, e.b.getI32Type()));
    std::unique_ptr<TileProduct> product = TileProduct::create(
        e.b, target, bytes, shape.group, offsetsA.size(), tile.columns);
    accumulators = order
                       ? orderedSteps(atA, weights, stepBytes, slot,
                                      product->start(bias), offsetsA, *product)
                       : kernelLoops(0, atA, weights, stepBytes,
                                     product->start(bias), offsetsA, *product);
    accumulators = product->finish(accumulators);
    SmallVector<Value> outputs = e.requantise(
        form,
        e.loadParameters(form, block, parameters, slot, tile.columns, lanes),
        accumulators, tile.columns, tile::LaneOrder::Natural);
    if (residual) {
      SmallVector<Value> residuals;
      for (int64_t offset : offsetsR)
        residuals.push_back(
            e.load(r, e.add(atR, offset), tile.columns * lanes,
                   e.b.getIntegerType(8 * residual->residualBytes)));
      outputs = e.addResidual(*residual, parameters, block.bytes,
                              target.vectorBytes / 2, outputs, residuals);
    }
    for (auto [output, offset] : llvm::zip(outputs, offsetsO))
      e.store(output, std::min(stored, tile.columns * lanes), o,
              e.add(atO, offset));
  }

  /// The loops around the runs from loop `depth` on, then the run.
  SmallVector<Value> kernelLoops(size_t depth, Value atA, Value weights,
                                 int64_t stepBytes, ValueRange carried,
                                 ArrayRef<int64_t> offsets,
                                 TileProduct &product) {
    if (depth == shape.kernel.size())
      return run(atA, weights, stepBytes, carried, offsets, product);
    const TiledShape::Loop &loop = shape.kernel[depth];
    int64_t inner = shape.steps();
    for (const TiledShape::Loop &other :
         ArrayRef(shape.kernel).drop_front(depth + 1))
      inner *= other.count;
    return e.loop(
        0, loop.count, 1, carried, [&](Value k, ValueRange accumulators) {
          return kernelLoops(depth + 1, e.add(atA, e.mul(k, loop.stride)),
                             e.add(weights, e.mul(k, inner * stepBytes)),
                             stepBytes, accumulators, offsets, product);
        });
  }

  SmallVector<Value> run(Value atA, Value weights, int64_t stepBytes,
                         ValueRange carried, ArrayRef<int64_t> offsets,
                         TileProduct &product) {
    int64_t whole = shape.steps() / stepsPerLoad,
            rest = shape.steps() % stepsPerLoad;
    int64_t bytesPerLoad = shape.group * stepsPerLoad;
    // Without a dot product of bytes, widened operands take the registers that
    // overlapping steps would need.
    bool widens =
        target.dot == DotKind::PMaddWd || target.dot == DotKind::PMaddUbs;
    int64_t unroll = widens && !product.isPairSafe() ? 1 : 16 / bytesPerLoad;
    while (whole % unroll)
      --unroll;
    SmallVector<Value> acc =
        e.loop(0, whole, unroll, carried, [&](Value k, ValueRange in) {
          SmallVector<Value> values = llvm::to_vector(in);
          Value blockA = e.add(atA, e.mul(k, bytesPerLoad));
          Value blockW = e.add(weights, e.mul(k, stepsPerLoad * stepBytes));
          for (int64_t u = 0; u < unroll; ++u)
            steps(values, e.add(blockA, u * bytesPerLoad),
                  e.add(blockW, u * stepsPerLoad * stepBytes), stepBytes,
                  stepsPerLoad, offsets, product);
          return values;
        });
    if (rest)
      steps(acc, e.add(atA, whole * bytesPerLoad),
            e.add(weights, whole * stepsPerLoad * stepBytes), stepBytes, rest,
            offsets, product);
    return acc;
  }

  /// The safe steps, then the others, from the list of the tile's channels.
  SmallVector<Value> orderedSteps(Value atA, Value weights, int64_t stepBytes,
                                  Value slot, SmallVector<Value> accumulators,
                                  ArrayRef<int64_t> offsets,
                                  TileProduct &product) {
    static_assert(StepOrder::kChannels == 16);
    Value list = e.add(e.mul(slot, order->listBytes / StepOrder::kChannels),
                       order->listAt(0));
    Value first = e.add(list, 4);
    Value safe = e.loadIndex(orderList, list, 4, /*isSigned=*/false);
    auto part = [&](Value begin, Value end, bool isSafe) {
      product.setPairSafe(isSafe);
      accumulators =
          e.loop(begin, end, accumulators, [&](Value i, ValueRange carried) {
            SmallVector<Value> values = llvm::to_vector(carried);
            Value step = e.loadIndex(orderList, e.add(first, e.mul(i, 2)), 2,
                                     /*isSigned=*/false);
            Value offset = order->offsetBytes
                               ? e.loadIndex(orderList, e.mul(step, 4), 4, true)
                               : e.mul(step, 4);
            steps(values, e.add(atA, offset),
                  e.add(weights, e.mul(step, stepBytes)), stepBytes, 1, offsets,
                  product);
            return values;
          });
    };
    part(e.index(0), safe, true);
    part(safe, e.index(order->steps), false);
    return accumulators;
  }

  /// `count` K steps from one load of every pixel.
  void steps(SmallVectorImpl<Value> &acc, Value atA, Value weights,
             int64_t stepBytes, int64_t count, ArrayRef<int64_t> offsets,
             TileProduct &product) {
    auto loadPixel = [&](int64_t pixel) -> Value {
      Value x = e.load(a, e.add(atA, offsets[pixel]),
                       shape.group * stepsPerLoad, e.b.getI8Type());
      if (!bytes.flip)
        return x;
      auto type = cast<mlir::VectorType>(x.getType());
      Value top = mlir::arith::ConstantOp::create(
          e.b, DenseElementsAttr::get(type, e.b.getI8IntegerAttr(-128)));
      return mlir::arith::XOrIOp::create(e.b, x, top);
    };
    auto loadWeights = [&](int64_t step, int64_t vector) {
      return e.load(w, e.add(weights, step * stepBytes + vector * 4 * lanes),
                    4 * lanes, e.b.getI8Type());
    };
    product.add(acc, count, loadPixel, loadWeights);
  }

  TileEmitter &e;
  const TiledShape &shape;
  const RequantForm &form;
  const ParameterBlock &block;
  const ByteForm &bytes;
  const std::optional<ResidualAdd> &residual;
  Value a, w, parameters, o, r;
  const Target &target;
  const std::optional<StepOrder> &order;
  Value orderList;
  std::optional<TileEmitter::Share> pixelShare; ///< Of rows, or of one row.
  int64_t lanes = 0;                            ///< Of the tile being emitted.
  int64_t stepsPerLoad; ///< Groups of K of one load of activations.
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_TILEDEMISSION_H
