//===- TiledEmission.cpp - the loops and tiles of a tiled kernel -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TiledEmission.h"
#include "LongSums.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::codegen;

void TiledEmission::pixels(Value atA, Value atO, Value atR, Value weights,
                           int64_t stepBytes, Value slot,
                           const TileSize &vectors, int64_t stored) {
  if (!scratch)
    return tiles(atA, atO, atR, weights, stepBytes, slot, vectors, stored);
  int64_t channels = vectors.channels();
  scratch->unpack(shape, storage.unscaled(), target, w, table, weights,
                  stepBytes, channels);
  WeightStorage packed = std::exchange(storage, WeightStorage());
  Value from = std::exchange(w, scratch->getBuffer());
  tiles(atA, atO, atR, e.index(0), channels * shape.group, slot, vectors,
        stored);
  storage = packed;
  w = from;
}

void TiledEmission::tiles(Value atA, Value atO, Value atR, Value weights,
                          int64_t stepBytes, Value slot,
                          const TileSize &vectors, int64_t stored) {
  TileSize tile = chooseTile(shape, vectors, target);
  lanes = tile.lanes;
  std::optional<TileEmitter::Share> rowShare, colShare;
  (shape.rows > 1 ? rowShare : colShare) = pixelShare;
  for (const Piece &y : cutAxis(shape.rows, tile.rows))
    e.loop(rowShare, y.begin, y.end, y.extent, [&](Value row) {
      auto at = [&](Value col) {
        auto place = [&](Value base, int64_t rowBytes, int64_t pixelBytes) {
          return e.add(e.add(base, e.mul(row, rowBytes)),
                       e.mul(col, pixelBytes));
        };
        return Place{place(atA, shape.rowA, shape.pixelA),
                     place(atO, shape.rowO, shape.pixelO),
                     atR ? place(atR, shape.rowR, shape.pixelR) : Value()};
      };
      for (const Piece &x : cutAxis(shape.cols, tile.cols)) {
        Tile t(*this, {y.extent, x.extent, tile.columns, lanes}, weights,
               stepBytes, slot, stored);
        ahead = Value();
        if (!multipliers && overlapsEpilogue(shape, t.size, x, target))
          overlappedTiles(t, colShare, x, at);
        else
          e.loop(colShare, x.begin, x.end, x.extent, [&](Value col) {
            Place place = at(col);
            aimPrefetch(t, tile, row, col);
            finish(t, place, sums(t, place), 0, t.pixels());
          });
      }
    });
}

void TiledEmission::overlappedTiles(
    const Tile &t, const std::optional<TileEmitter::Share> &share,
    const Piece &x, function_ref<Place(Value)> at) {
  std::pair<Value, Value> rounds = e.bounds(share, x.begin, x.end, x.extent);
  Value first = rounds.first, end = rounds.second;
  e.ifBelow(first, end, [&] {
    SmallVector<Value> last =
        e.loop(e.add(first, x.extent), end, x.extent, sums(t, at(first)),
               [&](Value col, ValueRange previous) {
                 return overlappedSums(t, at(col), at(e.add(col, -x.extent)),
                                       llvm::to_vector(previous));
               });
    finish(t, at(e.add(end, -x.extent)), last, 0, t.pixels());
  });
}

SmallVector<Value> TiledEmission::overlappedSums(const Tile &t,
                                                 const Place &place,
                                                 const Place &before,
                                                 ArrayRef<Value> previous) {
  constexpr int64_t kMostSteps = 5; // As long as the epilogue takes.
  int64_t vectors = kOverlapVectors, pixels = vectors / t.size.columns;
  int64_t parts = t.pixels() / pixels, done = 0;
  int64_t perPart = std::min(kMostSteps, shape.steps() / parts);
  SmallVector<Value> sums = start(t);
  auto someSteps = [&](int64_t count) {
    for (int64_t end = done + count; done < end; ++done)
      steps(sums, e.add(place.a, done * shape.group), t.weights, t.stepBytes,
            done, 1, t.offsetsA, *t.product);
    tile::BarrierOp::create(e.b);
  };
  for (int64_t part = 0; part < parts; ++part) {
    SmallVector<Value> outputs =
        requantise(t, previous.slice(part * vectors, vectors));
    someSteps(perPart / 2);
    store(t, before, outputs, part * pixels, pixels);
    someSteps(perPart - perPart / 2);
  }
  // What is left makes whole rounds of the loop, or begins with a byte.
  int64_t left = shape.steps() - done;
  someSteps(storage.isPacked()
                ? std::min<int64_t>(left, llvm::alignTo(done, 4) - done)
                : left % 4);
  if (done < shape.steps() || !storage.isPacked())
    sums = run(place.a, t.weights, t.stepBytes, sums, t.offsetsA, *t.product,
               done, shape.steps());
  return laterRuns(t, place.a, sums);
}

SmallVector<Value> TiledEmission::laterRuns(const Tile &t, Value atA,
                                            SmallVector<Value> sums) {
  int64_t inner = storage.storedSteps(shape.steps()) * t.stepBytes;
  for (size_t depth = shape.kernel.size(); depth-- > 0;) {
    const TiledShape::Loop &loop = shape.kernel[depth];
    sums = e.loop(1, loop.count, 1, sums, [&](Value k, ValueRange carried) {
      return kernelLoops(depth + 1, e.add(atA, e.mul(k, loop.stride)),
                         e.add(t.weights, e.mul(k, inner)), t.stepBytes,
                         carried, t.offsetsA, *t.product);
    });
    inner *= loop.count;
  }
  return sums;
}

void TiledEmission::aimPrefetch(const Tile &t, const TileSize &whole, Value row,
                                Value col) {
  constexpr int64_t kLeastBytes = 1 << 19;
  int64_t panelBytes =
      shape.runs() * storage.storedSteps(shape.steps()) * t.stepBytes;
  int64_t tiles = llvm::divideCeil(shape.rows, whole.rows) *
                  llvm::divideCeil(shape.cols, whole.cols);
  ahead = Value();
  if (target.dot != DotKind::VpDpBusd || scratch || shape.images > 1 ||
      tiles < 4 ||
      panelBytes * shape.channels / (t.stepBytes / shape.weightGroup()) <
          kLeastBytes)
    return;
  linesAhead = llvm::divideCeil(16 / storage.stepsPerByte(), tiles);
  auto number = [&](Value v, int64_t extent) -> Value {
    return mlir::arith::DivUIOp::create(e.b, v, e.index(extent));
  };
  Value tile = e.add(
      e.mul(number(row, whole.rows), llvm::divideCeil(shape.cols, whole.cols)),
      number(col, whole.cols));
  ahead = e.add(e.mul(tile, 64 * linesAhead), panelBytes);
}

SmallVector<Value> TiledEmission::loadBias(const Tile &t) {
  SmallVector<Value> bias;
  for (int64_t c = 0; c < t.size.columns; ++c)
    bias.push_back(e.load(parameters, e.add(e.mul(t.slot, 4), 4 * c * lanes),
                          lanes, e.b.getI32Type()));
  if (Value scale = scaleBits())
    for (Value &value : bias)
      value = mlir::arith::ShLIOp::create(e.b, value, scale);
  return bias;
}

SmallVector<Value> TiledEmission::start(const Tile &t) {
  return t.product->start(loadBias(t));
}

SmallVector<Value> TiledEmission::startAtZero(const Tile &t) {
  auto type = mlir::VectorType::get({lanes}, e.b.getI32Type());
  Value zero = mlir::arith::ConstantOp::create(e.b, e.b.getZeroAttr(type));
  return t.product->start(SmallVector<Value>(t.size.columns, zero));
}

SmallVector<Value> TiledEmission::addPiece(const Tile &t, Value atA,
                                           Value weights, Value piece,
                                           int64_t size, ValueRange carried) {
  SmallVector<Value> part = t.product->finish(
      run(atA, weights, t.stepBytes, startAtZero(t), t.offsetsA, *t.product, 0,
          llvm::divideCeil(size, shape.group)));
  SmallVector<Value> columns;
  for (int64_t c = 0; c < t.size.columns; ++c)
    columns.push_back(multipliers->load(e, piece, c * lanes, lanes));
  SmallVector<Value> sums;
  for (auto [i, sum] : llvm::enumerate(part))
    sums.push_back(mlir::arith::AddIOp::create(
        e.b, carried[i],
        mlir::arith::MulIOp::create(e.b, sum, columns[i % t.size.columns])));
  return sums;
}

SmallVector<Value> TiledEmission::blockSums(const Tile &t, size_t depth,
                                            Value atA, Value weights,
                                            Value piece, ValueRange carried) {
  const BlockPieces &pieces = multipliers->pieces;
  int64_t steps = storage.storedSteps(shape.steps()), count = pieces.perRun;
  if (depth < shape.kernel.size()) {
    for (const TiledShape::Loop &other :
         ArrayRef(shape.kernel).drop_front(depth + 1)) {
      steps *= other.count;
      count *= other.count;
    }
    const TiledShape::Loop &loop = shape.kernel[depth];
    return e.loop(0, loop.count, 1, carried, [&](Value k, ValueRange sums) {
      return blockSums(t, depth + 1, e.add(atA, e.mul(k, loop.stride)),
                       e.add(weights, e.mul(k, steps * t.stepBytes)),
                       e.add(piece, e.mul(k, count)), sums);
    });
  }
  int64_t whole = shape.run / pieces.size, rest = shape.run % pieces.size;
  int64_t bytes = storage.storedSteps(pieces.size / shape.group) * t.stepBytes;
  SmallVector<Value> sums =
      e.loop(0, whole, 1, carried, [&](Value i, ValueRange in) {
        return addPiece(t, e.add(atA, e.mul(i, pieces.size)),
                        e.add(weights, e.mul(i, bytes)), e.add(piece, i),
                        pieces.size, in);
      });
  if (rest)
    sums = addPiece(t, e.add(atA, whole * pieces.size),
                    e.add(weights, whole * bytes), e.add(piece, whole), rest,
                    sums);
  return sums;
}

SmallVector<Value> TiledEmission::longSums(const Tile &t, size_t depth,
                                           Value atA, Value weights,
                                           ValueRange carried) {
  if (depth == size_t(shape.longLoops)) {
    SmallVector<Value> part =
        t.product->finish(kernelLoops(depth, atA, weights, t.stepBytes,
                                      startAtZero(t), t.offsetsA, *t.product));
    SmallVector<Value> sums;
    for (auto [sum, more] : llvm::zip_equal(carried, part))
      sums.push_back(mlir::arith::AddIOp::create(
          e.b, sum, mlir::arith::ExtSIOp::create(e.b, sum.getType(), more)));
    return sums;
  }
  int64_t inner = storage.storedSteps(shape.steps()) * t.stepBytes;
  for (const TiledShape::Loop &other :
       ArrayRef(shape.kernel).drop_front(depth + 1))
    inner *= other.count;
  const TiledShape::Loop &loop = shape.kernel[depth];
  return e.loop(0, loop.count, 1, carried, [&](Value k, ValueRange sums) {
    return longSums(t, depth + 1, e.add(atA, e.mul(k, loop.stride)),
                    e.add(weights, e.mul(k, inner)), sums);
  });
}

SmallVector<Value> TiledEmission::sums(const Tile &t, const Place &place) {
  if (shape.hasLongSums()) {
    SmallVector<Value> carried;
    for (int64_t p = 0; p < t.pixels(); ++p)
      for (int64_t c = 0; c < t.size.columns; ++c)
        carried.push_back(e.load(parameters,
                                 e.add(e.mul(t.slot, 8), 8 * c * lanes), lanes,
                                 e.b.getI64Type()));
    return longSums(t, 0, place.a, t.weights, carried);
  }
  if (multipliers) {
    SmallVector<Value> bias = loadBias(t), carried;
    for (int64_t p = 0; p < t.pixels(); ++p)
      llvm::append_range(carried, bias);
    return blockSums(t, 0, place.a, t.weights, e.index(0), carried);
  }
  SmallVector<Value> bias = start(t);
  return t.product->finish(
      order ? orderedSteps(place.a, t.weights, t.stepBytes, t.slot, bias,
                           t.offsetsA, *t.product)
            : kernelLoops(0, place.a, t.weights, t.stepBytes, bias, t.offsetsA,
                          *t.product));
}

void TiledEmission::finish(const Tile &t, const Place &place,
                           ArrayRef<Value> sums, int64_t first, int64_t count) {
  store(t, place, requantise(t, sums), first, count);
}

Value TiledEmission::scaleBits() {
  if (!storage.scaleBits())
    return Value();
  auto type = mlir::VectorType::get({lanes}, e.b.getI32Type());
  return mlir::arith::ConstantOp::create(
      e.b,
      DenseElementsAttr::get(type, e.b.getI32IntegerAttr(storage.scaleBits())));
}

SmallVector<Value> TiledEmission::requantise(const Tile &t,
                                             ArrayRef<Value> sums) {
  if (shape.hasLongSums())
    return requantiseLong(e, form,
                          e.loadParameters(form, block, parameters, t.slot,
                                           t.size.columns, lanes),
                          sums, t.size.columns);
  SmallVector<Value> exact(sums);
  if (Value scale = scaleBits())
    for (Value &sum : exact)
      sum = mlir::arith::ShRSIOp::create(e.b, sum, scale);
  return e.requantise(
      form,
      e.loadParameters(form, block, parameters, t.slot, t.size.columns, lanes),
      exact, t.size.columns, tile::LaneOrder::Natural);
}

void TiledEmission::store(const Tile &t, const Place &place,
                          SmallVector<Value> outputs, int64_t first,
                          int64_t count) {
  int64_t channels = t.size.columns * lanes;
  SmallVector<Value> at;
  for (int64_t offset : ArrayRef(t.offsetsO).slice(first, count))
    at.push_back(e.add(place.o, offset));
  if (residual) {
    SmallVector<Value> residuals;
    for (int64_t offset : ArrayRef(t.offsetsR).slice(first, count))
      residuals.push_back(
          e.load(r, e.add(place.r, offset), channels,
                 e.b.getIntegerType(8 * residual->residualBytes)));
    outputs = e.addResidual(*residual, parameters, block.bytes,
                            target.vectorBytes / 2, outputs, residuals);
  }
  storePixels(e, target, lookup, r, outputs, t.slot,
              std::min(t.stored, channels), o, at);
}

SmallVector<Value> TiledEmission::kernelLoops(size_t depth, Value atA,
                                              Value weights, int64_t stepBytes,
                                              ValueRange carried,
                                              ArrayRef<int64_t> offsets,
                                              TileProduct &product) {
  if (depth == shape.kernel.size())
    return run(atA, weights, stepBytes, carried, offsets, product, 0,
               shape.steps());
  const TiledShape::Loop &loop = shape.kernel[depth];
  int64_t inner = storage.storedSteps(shape.steps());
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

SmallVector<Value> TiledEmission::run(Value atA, Value weights,
                                      int64_t stepBytes, ValueRange carried,
                                      ArrayRef<int64_t> offsets,
                                      TileProduct &product, int64_t done,
                                      int64_t count) {
  // A round ends with an activation's load, and with the bytes of its weights.
  int64_t perByte = storage.stepsPerByte();
  int64_t perRound = std::max(stepsPerLoad, perByte);
  int64_t whole = count / perRound, rest = count % perRound;
  int64_t bytesPerRound = shape.group * perRound;
  int64_t weightsPerRound = perRound / perByte * stepBytes;
  // Without a dot product of bytes, widened operands, or products that LLVM
  // adds to each other first, take the registers that overlapping steps would
  // need.
  bool widens =
      target.dot == DotKind::PMaddWd || target.dot == DotKind::PMaddUbs;
  int64_t unroll = widens && !product.isPairSafe()
                       ? 1
                       : std::max<int64_t>(1, 16 / bytesPerRound);
  int64_t first = done / perRound;
  while ((whole - first) % unroll)
    --unroll;
  auto someSteps = [&](SmallVectorImpl<Value> &values, Value atA, Value atW,
                       int64_t count) {
    for (int64_t step = 0; step < count; step += stepsPerLoad)
      steps(values, e.add(atA, step * shape.group), atW, stepBytes, step,
            std::min(stepsPerLoad, count - step), offsets, product);
  };
  SmallVector<Value> acc =
      e.loop(first, whole, unroll, carried, [&](Value k, ValueRange in) {
        SmallVector<Value> values = llvm::to_vector(in);
        Value blockA = e.add(atA, e.mul(k, bytesPerRound));
        Value blockW = e.add(weights, e.mul(k, weightsPerRound));
        for (int64_t line = 0; ahead && line < linesAhead; ++line)
          mlir::memref::PrefetchOp::create(
              e.b, w, e.add(e.add(blockW, ahead), 64 * line),
              /*isWrite=*/false, /*localityHint=*/2, /*isDataCache=*/true);
        for (int64_t u = 0; u < unroll; ++u)
          someSteps(values, e.add(blockA, u * bytesPerRound),
                    e.add(blockW, u * weightsPerRound), perRound);
        return values;
      });
  if (rest)
    someSteps(acc, e.add(atA, whole * bytesPerRound),
              e.add(weights, whole * weightsPerRound), rest);
  return acc;
}

SmallVector<Value> TiledEmission::orderedSteps(Value atA, Value weights,
                                               int64_t stepBytes, Value slot,
                                               SmallVector<Value> accumulators,
                                               ArrayRef<int64_t> offsets,
                                               TileProduct &product) {
  static_assert(StepOrder::kChannels == 16);
  assert(!storage.isPacked() && "steps that share bytes are in their order");
  Value list = e.add(e.mul(slot, order->listBytes / StepOrder::kChannels),
                     order->listAt(0));
  Value first = e.add(list, StepOrder::kEndBytes);
  auto part = [&](Value begin, Value end, int64_t partner) {
    product.setSafePartner(partner);
    accumulators =
        e.loop(begin, end, accumulators, [&](Value i, ValueRange carried) {
          SmallVector<Value> values = llvm::to_vector(carried);
          Value step = e.loadIndex(orderList, e.add(first, e.mul(i, 2)), 2,
                                   /*isSigned=*/false);
          Value offset = order->offsetBytes
                             ? e.loadIndex(orderList, e.mul(step, 4), 4, true)
                             : e.mul(step, 4);
          steps(values, e.add(atA, offset),
                e.add(weights, e.mul(step, stepBytes)), stepBytes, 0, 1,
                offsets, product);
          return values;
        });
  };
  Value begin = e.index(0);
  for (int64_t partner = 1; partner <= StepOrder::kPartners; ++partner) {
    Value end = e.loadIndex(orderList, e.add(list, 4 * (partner - 1)), 4,
                            /*isSigned=*/false);
    part(begin, end, partner);
    begin = end;
  }
  part(begin, e.index(order->steps), 0);
  return accumulators;
}

void TiledEmission::steps(SmallVectorImpl<Value> &acc, Value atA, Value weights,
                          int64_t stepBytes, int64_t first, int64_t count,
                          ArrayRef<int64_t> offsets, TileProduct &product) {
  auto loadPixel = [&](int64_t pixel) -> Value {
    Value x = e.load(a, e.add(atA, offsets[pixel]), shape.group * stepsPerLoad,
                     e.b.getI8Type());
    if (!bytes.flip)
      return x;
    // The top bit of each element, the last of its bytes.
    auto type = cast<mlir::VectorType>(x.getType());
    SmallVector<int8_t> bits(type.getNumElements(), 0);
    for (int64_t i = shape.inputBytes - 1; i < type.getNumElements();
         i += shape.inputBytes)
      bits[i] = -128;
    Value top = mlir::arith::ConstantOp::create(
        e.b, DenseElementsAttr::get(type, ArrayRef(bits)));
    return mlir::arith::XOrIOp::create(e.b, x, top);
  };
  int64_t vectorBytes = (shape.hasWords() ? shape.weightGroup() : 4) * lanes;
  auto loadWeights = [&](int64_t step, int64_t vector) {
    int64_t stored = (first + step) / storage.stepsPerByte();
    Value packed =
        e.load(w, e.add(weights, stored * stepBytes + vector * vectorBytes),
               vectorBytes, e.b.getI8Type());
    return storage.unpack(e.b, target, packed, first + step, table);
  };
  product.add(acc, count, loadPixel, loadWeights);
}
