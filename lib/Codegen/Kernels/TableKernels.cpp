//===- TableKernels.cpp - lookup and resize --------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/LookupTable.h"
#include "../Emit/PiecewiseTable.h"
#include "Elementwise.h"
#include "Kernels.h"
#include "StridedNest.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace memref = mlir::memref;

//===----------------------------------------------------------------------===//
// Lookup (N42)
//===----------------------------------------------------------------------===//

/// Makes the kernel of a table that is two straight lines.
static KernelCall selectPiecewise(const PiecewiseTable &table,
                                  const StoredType &from, const StoredType &to,
                                  const BufferLayout &in,
                                  const BufferLayout &out) {
  KernelKey key;
  key << in << out << from << to;
  table.addToKey(key);
  SmallVector<int64_t> bytes = {in.bufferBytes, out.bufferBytes};
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0)};
  if (table.needsConstant()) {
    call.arguments.push_back(KernelArgument::constant(table.constantBytes()));
    bytes.push_back(call.arguments.back().bytes.size());
  }
  call.kernel = std::make_shared<BuiltKernel>(
      "piecewise", key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        Box input = makeBox(kb, arguments[0], from, in, in.shape);
        Box output = makeBox(kb, arguments[1], to, out, out.shape);
        TypedBuffer constant;
        if (table.needsConstant())
          constant = kb.view(arguments[2], table.rowBytes(), true);
        int64_t axis =
            table.needsConstant() ? int64_t(in.shape.size()) - 1 : -1;
        emitElementwise(
            kb, in.shape, input, output, kb.chunk(), axis,
            [&](ArrayRef<Value> inputs, const LaneChannels &channels) {
              return table.emit(kb, inputs[0], &constant, channels);
            });
      });
  return call;
}

/// Emits a run of single lookups.
static void emitEntries(KernelBuilder &kb, const TypedBuffer &source,
                        const TypedBuffer &sink, const TypedBuffer &table,
                        bool perChannel, const NestRun &run) {
  OpBuilder &b = kb.getBuilder();
  kb.loop(run.length, [&](Value at) {
    auto offset = [&](unsigned i) {
      return kb.add(run.offsets[i], kb.mul(at, run.steps[i]));
    };
    Value q = memref::LoadOp::create(b, kb.getLoc(), source.memref,
                                     ValueRange{offset(0)});
    Value entry =
        arith::IndexCastUIOp::create(b, kb.getLoc(), b.getIndexType(), q);
    if (perChannel)
      entry = kb.add(entry, offset(2));
    Value y =
        memref::LoadOp::create(b, kb.getLoc(), table.memref, ValueRange{entry});
    memref::StoreOp::create(b, kb.getLoc(), y, sink.memref,
                            ValueRange{offset(1)});
  });
}

/// Emits lookups by vectors: one of the entries' low bytes and, if they are
/// wide, one of the high bytes: `planes` has 256 bytes of each from `planesAt`
/// on.
static void emitVectors(KernelBuilder &kb, const TypedBuffer &source,
                        const TypedBuffer &sink, const TypedBuffer &planes,
                        int64_t planesAt, const NestRun &run) {
  OpBuilder &b = kb.getBuilder();
  Location loc = kb.getLoc();
  auto look = [&](Value at, unsigned lanes) {
    Value q = kb.load(source, kb.add(run.offsets[0], at), lanes);
    Value result;
    for (unsigned plane = 0; plane < sink.bytes; ++plane) {
      Value table = kb.load(planes, kb.index(planesAt + 256 * plane), 256);
      Value part = tile::LookupOp::create(b, loc, q.getType(), table, q);
      if (sink.bytes == 1) {
        result = part;
        continue;
      }
      part = kb.extend(part, 16, /*isSigned=*/false);
      result = plane == 0
                   ? part
                   : kb.addi(result, arith::ShLIOp::create(
                                         b, loc, part, kb.splat(8, lanes, 16)));
    }
    kb.store(result, sink, kb.add(run.offsets[1], at));
  };
  int64_t width = kb.getTarget().vectorBytes;
  int64_t done = run.length / width * width;
  kb.loop(0, done, width, [&](Value at) { look(at, width); });
  // The last vector overlaps the one before it.
  if (done < run.length)
    look(kb.index(run.length - width), width);
}

/// Whether vectors do the lookups of a run: they must fill one, and be enough
/// to pay for loading the table into registers.
static bool usesVectors(const Target &target, const NestRun &run,
                        int64_t elements) {
  constexpr int64_t kFewElements = 128;
  return target.shufflesBytes() && run.steps[0] == 1 && run.steps[1] == 1 &&
         run.length >= target.vectorBytes && elements >= kFewElements;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::LookupOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType from = StoredType::get(op.getInput().getType());
  StoredType to = StoredType::get(op.getResult().getType());
  bool perChannel = op.getTable().getShapedType().getRank() == 2;
  // One table fits the registers of a level that shuffles bytes.
  if (perChannel || !target.shufflesBytes())
    if (auto table = PiecewiseTable::find(op))
      return selectPiecewise(*table, from, to, in, out);
  KernelKey key;
  key << in << out << from << to << int64_t(perChannel);
  KernelCall call;
  std::vector<char> entries = packTable(op.getTable(), from, to.bytes);
  // Wide entries once more, as planes of low and high bytes.
  int64_t planesAt = to.bytes == 1 ? 0 : entries.size();
  bool hasPlanes = !perChannel && from.bytes == 1;
  if (hasPlanes && to.bytes > 1)
    for (unsigned byte = 0; byte < to.bytes; ++byte)
      for (int64_t i = 0; i < 256; ++i)
        entries.push_back(entries[i * to.bytes + byte]);
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::constant(std::move(entries))};
  int64_t tableSize = call.arguments.back().bytes.size();
  call.kernel = std::make_shared<BuiltKernel>(
      "lookup", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes, tableSize},
      [=](KernelBuilder &kb, ValueRange arguments) {
        TypedBuffer source = kb.view(arguments[0], from);
        TypedBuffer sink = kb.view(arguments[1], to);
        TypedBuffer table = kb.view(arguments[2], to);
        SmallVector<StridedView> views = {StridedView::of(in),
                                          StridedView::of(out)};
        if (perChannel) {
          views.push_back({0, SmallVector<int64_t>(in.shape.size(), 0)});
          views.back().strides.back() = tableSlots(from);
        }
        int64_t elements = ShapedType::getNumElements(in.shape);
        emitNest(kb, in.shape, views, [&](const NestRun &run) {
          if (!hasPlanes || !usesVectors(kb.getTarget(), run, elements))
            return emitEntries(kb, source, sink, table, perChannel, run);
          TypedBuffer planes = kb.view(arguments[2], 1, false);
          emitVectors(kb, source, sink, planes, planesAt, run);
        });
      });
  return call;
}

//===----------------------------------------------------------------------===//
// Resize (N52)
//===----------------------------------------------------------------------===//

template <>
FailureOr<KernelCall> codegen::select(fxp::ResizeOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  const BufferLayout in = operands[0], out = results[0];
  StoredType type = StoredType::get(op.getInput().getType());
  SmallVector<int32_t> h(op.getHTaps()), w(op.getWTaps());
  // The constant holds, for every row and column: element offsets of the two
  // taps, then the fraction.
  std::vector<int32_t> taps;
  bool nearest = true;
  auto append = [&](ArrayRef<int32_t> triples, int64_t stride) {
    for (size_t i = 0; i + 2 < triples.size(); i += 3) {
      taps.push_back(triples[i] * stride);
      taps.push_back(triples[i + 1] * stride);
      taps.push_back(triples[i + 2]);
      nearest = nearest && triples[i + 2] == 0;
    }
  };
  append(h, in.rowStride);
  append(w, in.pixelStride);
  KernelKey key;
  key << in << out << type << int64_t(nearest);
  KernelCall call;
  call.arguments = {KernelArgument::operand(0), KernelArgument::result(0),
                    KernelArgument::constant(toBytes<int32_t>(taps))};
  call.kernel = std::make_shared<BuiltKernel>(
      "resize", key.str(),
      SmallVector<int64_t>{in.bufferBytes, out.bufferBytes,
                           int64_t(taps.size() * 4)},
      [=](KernelBuilder &kb, ValueRange arguments) {
        OpBuilder &b = kb.getBuilder();
        Location loc = kb.getLoc();
        TypedBuffer source = kb.view(arguments[0], type);
        TypedBuffer sink = kb.view(arguments[1], type);
        TypedBuffer table = kb.view(arguments[2], 4, true);
        StridedView from = StridedView::of(in), to = StridedView::of(out);
        int64_t height = out.shape[1], width = out.shape[2];
        auto tap = [&](Value i, int64_t part) -> Value {
          return memref::LoadOp::create(b, loc, table.memref,
                                        ValueRange{kb.add(kb.mul(i, 3), part)});
        };
        auto position = [&](Value i, int64_t part) -> Value {
          return arith::IndexCastOp::create(b, loc, b.getIndexType(),
                                            tap(i, part));
        };
        kb.loop(out.shape[0], [&](Value n) {
          Value inImage = kb.add(kb.mul(n, from.strides[0]), from.origin);
          Value outImage = kb.add(kb.mul(n, to.strides[0]), to.origin);
          kb.loop(height, [&](Value y) {
            Value row0 = kb.add(inImage, position(y, 0));
            Value row1 = nearest ? row0 : kb.add(inImage, position(y, 1));
            Value fy = nearest ? Value() : tap(y, 2);
            Value outRow = kb.add(outImage, kb.mul(y, to.strides[1]));
            kb.loop(width, [&](Value x) {
              Value column = kb.add(x, height);
              Value x0 = position(column, 0);
              Value outAt = kb.add(outRow, kb.mul(x, to.strides[2]));
              if (nearest) {
                Value at = kb.add(row0, x0);
                kb.run(in.shape[3], kb.chunk() / type.bytes,
                       [&](Value c, unsigned lanes) {
                         kb.store(kb.load(source, kb.add(at, c), lanes), sink,
                                  kb.add(outAt, c));
                       });
                return;
              }
              Value x1 = position(column, 1), fx = tap(column, 2);
              Value full =
                  arith::ConstantIntOp::create(b, loc, b.getI32Type(), 256);
              Value gy = arith::SubIOp::create(b, loc, full, fy);
              Value gx = arith::SubIOp::create(b, loc, full, fx);
              kb.run(in.shape[3], kb.chunk(), [&](Value c, unsigned lanes) {
                auto value = [&](Value row, Value offset) {
                  return kb.loadWide(source, kb.add(kb.add(row, offset), c),
                                     lanes);
                };
                // Rows first: 2^8 * 2^16 < 2^31, then the sum of 2^16 weights
                // of 16-bit values needs 33 bits, so the last step is i64 for
                // them.
                auto blend = [&](Value lhs, Value rhs, Value g, Value f,
                                 unsigned bits) {
                  return kb.addi(
                      kb.muli(kb.extend(lhs, bits, true),
                              kb.extend(kb.broadcast(g, lanes), bits, true)),
                      kb.muli(kb.extend(rhs, bits, true),
                              kb.extend(kb.broadcast(f, lanes), bits, true)));
                };
                unsigned bits = type.bytes == 1 ? 32 : 64;
                Value top = blend(value(row0, x0), value(row0, x1), gx, fx, 32);
                Value low = blend(value(row1, x0), value(row1, x1), gx, fx, 32);
                Value sum = blend(top, low, gy, fy, bits);
                sum = kb.addi(sum, kb.splat(1 << 15, lanes, bits));
                kb.storeNarrow(kb.shrs(sum, 16), sink, kb.add(outAt, c));
              });
            });
          });
        });
      });
  return call;
}
