//===- RecurrentKernel.cpp - LSTM, GRU and RNN in integers ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One loop over the steps with one body. The results that hold the last states
// hold each step's on the way there. Lanes are hidden units; a unit's gates lie
// side by side in the packed weights, so that one pass over the state adds up
// all of them.
//
//===----------------------------------------------------------------------===//

#include "../Emit/BuiltKernel.h"
#include "../Emit/RequantEmitter.h"
#include "../Emit/SegmentTable.h"
#include "Kernels.h"
#include "narrow/Dialect/Fxp/IR/Recurrent.h"
#include "narrow/Dialect/Fxp/IR/Segments.h"
#include "narrow/Dialect/Tile/IR/TileOps.h"
#include "narrow/Support/ConstantData.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace vector = mlir::vector;
using Kind = fxp::RecurrentView::Kind;
using mlir::VectorType;

namespace {
/// What the code of a kernel depends on.
struct RecurrentShape {
  Kind kind;
  int64_t steps, batch, hidden, gates;
  int64_t lanes;
  int64_t inputMultiplier;
  int shift, gateBits, productShift;
  bool reverse, inputForget, resetAfter, hasLengths, hasPeepholes;
  StoredType input, state, lengths;
  /// Fraction bits of the place in each table's segments.
  SmallVector<int, 3> fractionBits;

  /// Hidden units, filled up to whole vectors.
  int64_t slots() const { return llvm::alignTo(hidden, lanes); }
  /// Pairs of the state, filled up.
  int64_t pairs() const { return llvm::divideCeil(hidden, 2); }
  bool isWide() const { return kind != Kind::Rnn; }
};
} // namespace

/// Weights as [vector of units][pair of the state][gate][lane][2].
static std::vector<char> packWeights(const RecurrentShape &shape,
                                     ArrayRef<int64_t> weights) {
  std::vector<char> packed;
  for (int64_t first = 0; first < shape.slots(); first += shape.lanes)
    for (int64_t pair = 0; pair < shape.pairs(); ++pair)
      for (int64_t gate = 0; gate < shape.gates; ++gate)
        for (int64_t lane = 0; lane < shape.lanes; ++lane)
          for (int64_t k : {2 * pair, 2 * pair + 1}) {
            int64_t unit = first + lane;
            bool isThere = unit < shape.hidden && k < shape.hidden;
            int64_t row = gate * shape.hidden + unit;
            packed.push_back(static_cast<char>(
                isThere ? weights[row * shape.hidden + k] : 0));
          }
  return packed;
}

/// Rows of `slots` i32: biases of the gates (for stored states, whose zero
/// point they take in), multipliers of the gates, peepholes.
static std::vector<char> packParameters(const RecurrentShape &shape,
                                        const fxp::RecurrentView &v,
                                        ArrayRef<int64_t> weights) {
  SmallVector<int64_t> bias = getIntegers(v.bias);
  for (auto [row, value] : llvm::enumerate(bias))
    for (int64_t w : weights.slice(row * shape.hidden, shape.hidden))
      value -= shape.state.zeroPoint * w;
  SmallVector<int32_t> packed;
  auto append = [&](ArrayRef<int64_t> values) {
    for (int64_t first = 0; first < int64_t(values.size());
         first += shape.hidden)
      for (int64_t unit = 0; unit < shape.slots(); ++unit)
        packed.push_back(static_cast<int32_t>(
            unit < shape.hidden ? values[first + unit] : 0));
  };
  append(bias);
  append(getIntegers(v.multipliers));
  if (v.peepholes)
    append(getIntegers(v.peepholes));
  return toBytes<int32_t>(packed);
}

namespace {
/// Emits the kernel's loops.
class RecurrentEmission {
public:
  RecurrentEmission(KernelBuilder &kb, const RecurrentShape &shape,
                    const RequantEmitter &requant, ValueRange arguments)
      : kb(kb), b(kb.getBuilder()), loc(kb.getLoc()), shape(shape),
        requant(requant), lanes(shape.lanes) {
    size_t next = 0;
    auto take = [&](const StoredType &type) {
      return kb.view(arguments[next++], type);
    };
    auto takeWide = [&] { return kb.view(arguments[next++], 2, true); };
    input = take(shape.input);
    if (shape.kind != Kind::Gru)
      initial = take(shape.state);
    if (shape.isWide())
      wideInitial = takeWide();
    if (shape.hasLengths)
      lengths = take(shape.lengths);
    outputs = take(shape.state);
    last = take(shape.state);
    if (shape.isWide())
      wide = takeWide();
    weights = kb.view(arguments[next++], 1, true);
    parameters = kb.view(arguments[next++], 4, true);
    for (size_t i = 0; i < shape.fractionBits.size(); ++i)
      tables.push_back(kb.view(arguments[next++], 2, true));
  }

  void emit() {
    kb.run(shape.batch * shape.hidden, kb.chunk(), [&](Value at, unsigned n) {
      if (shape.isWide()) {
        Value state = kb.loadWide(wideInitial, at, n);
        kb.storeNarrow(state, wide, at);
        if (shape.kind == Kind::Gru)
          return kb.storeNarrow(requantise(state), last, at);
      }
      kb.store(kb.load(initial, at, n), last, at);
    });
    kb.loop(shape.steps, [&](Value i) {
      Value step = i;
      if (shape.reverse)
        step = arith::SubIOp::create(b, loc, kb.index(shape.steps - 1), i);
      kb.loop(shape.batch, [&](Value sequence) {
        emitIfValid(step, sequence, [&] { emitStep(); });
      });
    });
  }

private:
  //===--- Places ---===//

  /// Emits `body` where the sequence has the step, zeros elsewhere.
  void emitIfValid(Value step, Value sequence, function_ref<void()> body) {
    Value row = kb.add(kb.mul(step, shape.batch), sequence);
    atInput = kb.mul(row, shape.gates * shape.hidden);
    atOutput = kb.mul(row, shape.hidden);
    atState = kb.mul(sequence, shape.hidden);
    if (!shape.hasLengths)
      return body();
    Value length = mlir::memref::LoadOp::create(b, loc, lengths.memref,
                                                ValueRange{sequence});
    Value now = arith::IndexCastOp::create(b, loc, b.getI32Type(), step);
    Value isValid =
        arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, now, length);
    auto branch = mlir::scf::IfOp::create(b, loc, isValid,
                                          /*withElseRegion=*/true);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(branch.thenBlock());
    body();
    b.setInsertionPointToStart(branch.elseBlock());
    kb.run(shape.hidden, kb.chunk(), [&](Value at, unsigned n) {
      kb.storeNarrow(kb.splat(shape.state.zeroPoint, n), outputs,
                     kb.add(atOutput, at));
    });
  }

  /// Calls `body` for each vector of units: its number, its first unit and how
  /// many of its lanes are units.
  void forEachVector(
      function_ref<void(Value index, Value unit, int64_t count)> body) {
    int64_t whole = shape.hidden / lanes, rest = shape.hidden % lanes;
    kb.loop(whole,
            [&](Value index) { body(index, kb.mul(index, lanes), lanes); });
    if (rest)
      body(kb.index(whole), kb.index(whole * lanes), rest);
  }

  /// Stores the first `count` lanes.
  void store(Value v, const TypedBuffer &buffer, Value at, int64_t count) {
    if (count == lanes)
      return kb.storeNarrow(v, buffer, at);
    for (int64_t done = 0; done < count;) {
      int64_t piece = llvm::bit_floor(uint64_t(count - done));
      Value part = vector::ExtractStridedSliceOp::create(
          b, loc, v, ArrayRef<int64_t>{done}, ArrayRef<int64_t>{piece},
          ArrayRef<int64_t>{1});
      kb.storeNarrow(part, buffer, kb.add(at, done));
      done += piece;
    }
  }

  //===--- Arithmetic ---===//

  Value requantise(Value v) {
    return requant.emit(kb, v, nullptr, LaneChannels());
  }
  Value wideOf(Value v) { return kb.extend(v, 64, true); }
  Value times(Value a, Value c) { return kb.muli(a, c); }
  /// `(v + 2^(shift-1)) >> shift`.
  Value shiftRounded(Value v, int shift) {
    Value half = kb.splat(int64_t(1) << (shift - 1), KernelBuilder::lanesOf(v),
                          KernelBuilder::bitsOf(v));
    return kb.shrs(kb.addi(v, half), shift);
  }
  Value sat16(Value v) { return kb.clamp(v, INT16_MIN, INT16_MAX); }

  /// Row `row` of the parameters at a vector's units.
  Value loadRow(int64_t row, Value unit) {
    return kb.load(parameters, kb.add(unit, row * shape.slots()), lanes);
  }

  /// The function of table `index` at `u`.
  Value lookUp(unsigned index, Value u) {
    Value place = kb.addi(u, kb.splat(32768, lanes));
    int toPlace = fxp::kPlaceBits - shape.fractionBits[index];
    Value position =
        arith::ShLIOp::create(b, loc, place, kb.splat(toPlace, lanes));
    return emitBetween(kb, tables[index], position, /*fractionBits=*/0);
  }

  /// Accumulators of some gates at vector `index`, whose first unit is `unit`,
  /// for the stored state at `at` of `source`.
  SmallVector<Value> accumulate(ArrayRef<int64_t> gates,
                                const TypedBuffer &source, Value at,
                                Value index, Value unit) {
    SmallVector<Value> sums;
    for (int64_t gate : gates)
      sums.push_back(loadRow(gate, unit));
    Value first = kb.mul(index, shape.pairs() * shape.gates * 2 * shape.lanes);
    return kb.loop(
        0, shape.pairs(), 1, sums, [&](Value pair, ArrayRef<Value> before) {
          Value two = kb.load(source, kb.add(at, kb.mul(pair, 2)), 2);
          two = kb.extend(two, 16, source.isSigned);
          auto one = VectorType::get({1}, b.getI32Type());
          Value both = vector::BitCastOp::create(b, loc, one, two);
          both = vector::ExtractOp::create(b, loc, both, ArrayRef<int64_t>{0});
          auto words = VectorType::get({2 * lanes}, b.getI16Type());
          Value state = vector::BitCastOp::create(b, loc, words,
                                                  kb.broadcast(both, lanes));
          Value row =
              kb.add(first, kb.mul(pair, shape.gates * 2 * shape.lanes));
          SmallVector<Value> after;
          for (auto [gate, sum] : llvm::zip_equal(gates, before)) {
            Value w =
                kb.load(weights, kb.add(row, gate * 2 * lanes), 2 * lanes);
            after.push_back(tile::WordDotOp::create(
                b, loc, sum.getType(), sum, state, kb.extend(w, 16, true)));
          }
          return after;
        });
  }

  /// The input's part of what the activation of a gate reads.
  Value scaleInput(int64_t gate, Value unit) {
    Value at = kb.add(kb.add(atInput, gate * shape.hidden), unit);
    Value x = kb.subi(kb.loadWide(input, at, lanes),
                      kb.splat(shape.input.zeroPoint, lanes));
    return times(wideOf(x), kb.splat(shape.inputMultiplier, lanes, 64));
  }
  Value scaleSum(Value sum, int64_t gate, Value unit) {
    return times(wideOf(sum), wideOf(loadRow(shape.gates + gate, unit)));
  }
  /// What an activation reads of the terms of its sum.
  Value finish(Value sum) {
    return kb.truncate(sat16(shiftRounded(sum, shape.shift)), 32);
  }
  Value finish(Value sum, int64_t gate, Value unit) {
    return finish(kb.addi(scaleSum(sum, gate, unit), scaleInput(gate, unit)));
  }

  //===--- Layers ---===//

  void emitStep() {
    switch (shape.kind) {
    case Kind::Lstm:
      emitLstm();
      break;
    case Kind::Gru:
      emitGru();
      break;
    case Kind::Rnn:
      forEachVector([&](Value index, Value unit, int64_t count) {
        Value sum = accumulate({0}, last, atState, index, unit).front();
        store(requantise(lookUp(0, finish(sum, 0, unit))), outputs,
              kb.add(atOutput, unit), count);
      });
    }
    // All units have read the state before.
    kb.run(shape.hidden, kb.chunk(), [&](Value at, unsigned n) {
      Value here = kb.add(atOutput, at), there = kb.add(atState, at);
      if (shape.kind == Kind::Gru)
        kb.storeNarrow(requantise(kb.loadWide(wide, there, n)), outputs, here);
      kb.store(kb.load(outputs, here, n), last, there);
    });
  }

  void emitLstm() {
    forEachVector([&](Value index, Value unit, int64_t count) {
      Value at = kb.add(atState, unit);
      Value cell = kb.loadWide(wide, at, lanes);
      SmallVector<Value> sums =
          accumulate({0, 1, 2, 3}, last, atState, index, unit);
      auto read = [&](int64_t gate) {
        Value sum =
            kb.addi(scaleSum(sums[gate], gate, unit), scaleInput(gate, unit));
        if (shape.hasPeepholes && gate < 3)
          sum =
              kb.addi(sum, times(wideOf(loadRow(2 * shape.gates + gate, unit)),
                                 wideOf(cell)));
        return finish(sum);
      };
      Value in = lookUp(0, read(0));
      Value forget =
          shape.inputForget
              ? kb.subi(kb.splat(int64_t(1) << shape.gateBits, lanes), in)
              : lookUp(0, read(2));
      Value candidate = lookUp(1, read(3));
      cell = sat16(
          kb.addi(shiftRounded(times(forget, cell), shape.gateBits),
                  shiftRounded(times(in, candidate), shape.productShift)));
      store(cell, wide, at, count);
      // Reads the new cell.
      Value out = lookUp(0, read(1));
      store(requantise(times(out, lookUp(2, cell))), outputs,
            kb.add(atOutput, unit), count);
    });
  }

  void emitGru() {
    // The outputs' row holds the state's product with the reset gates until
    // the states are there.
    if (!shape.resetAfter)
      forEachVector([&](Value index, Value unit, int64_t count) {
        Value sum = accumulate({1}, last, atState, index, unit).front();
        Value reset = lookUp(0, finish(sum, 1, unit));
        Value state = kb.loadWide(wide, kb.add(atState, unit), lanes);
        state = shiftRounded(times(reset, state), shape.gateBits);
        store(requantise(state), outputs, kb.add(atOutput, unit), count);
      });
    forEachVector([&](Value index, Value unit, int64_t count) {
      Value update, read;
      if (shape.resetAfter) {
        SmallVector<Value> sums =
            accumulate({0, 1, 2}, last, atState, index, unit);
        update = sums[0];
        Value reset = lookUp(0, finish(sums[1], 1, unit));
        int64_t most = (int64_t(1) << fxp::kCandidateBits) - 1;
        Value product =
            kb.clamp(shiftRounded(scaleSum(sums[2], 2, unit), shape.shift),
                     -most - 1, most);
        product = arith::ShLIOp::create(
            b, loc, times(wideOf(reset), product),
            kb.splat(shape.shift - shape.gateBits, lanes, 64));
        read = finish(kb.addi(product, scaleInput(2, unit)));
      } else {
        update = accumulate({0}, last, atState, index, unit).front();
        Value sum = accumulate({2}, outputs, atOutput, index, unit).front();
        read = finish(sum, 2, unit);
      }
      Value candidate = lookUp(1, read);
      Value at = kb.add(atState, unit);
      Value distance = kb.subi(kb.loadWide(wide, at, lanes), candidate);
      Value moved = times(lookUp(0, finish(update, 0, unit)), distance);
      store(sat16(kb.addi(candidate, shiftRounded(moved, shape.gateBits))),
            wide, at, count);
    });
  }

  KernelBuilder &kb;
  OpBuilder &b;
  Location loc;
  const RecurrentShape &shape;
  const RequantEmitter &requant;
  int64_t lanes;
  TypedBuffer input, initial, wideInitial, lengths, outputs, last, wide,
      weights, parameters;
  SmallVector<TypedBuffer, 3> tables;
  /// Where the step's and the sequence's elements begin.
  Value atInput, atOutput, atState;
};
} // namespace

static KernelCall selectRecurrent(Operation *op, Layouts operands,
                                  Layouts results, const Target &target) {
  fxp::RecurrentView v = *fxp::RecurrentView::get(op);
  RecurrentShape shape{
      v.kind,
      v.steps,
      v.batch,
      v.hidden,
      v.gates,
      std::clamp<int64_t>(llvm::bit_ceil(uint64_t(v.hidden)), 4,
                          std::max(4u, target.lanes())),
      v.inputMultiplier,
      v.shift,
      v.gateBits,
      v.productShift,
      v.reverse,
      v.inputForget,
      v.resetAfter,
      bool(v.lengths),
      bool(v.peepholes),
      StoredType::get(v.input.getType()),
      StoredType::get(v.outputs.getType()),
      StoredType::get(v.lengths ? v.lengths.getType() : v.input.getType()),
      {}};
  RequantEmitter requant(v.requant, shape.state);
  KernelCall call;
  SmallVector<int64_t> bytes;
  for (auto [index, layout] : llvm::enumerate(operands)) {
    call.arguments.push_back(KernelArgument::operand(index));
    bytes.push_back(layout.bufferBytes);
  }
  for (auto [index, layout] : llvm::enumerate(results)) {
    call.arguments.push_back(KernelArgument::result(index));
    bytes.push_back(layout.bufferBytes);
  }
  auto addConstant = [&](std::vector<char> constant) {
    bytes.push_back(constant.size());
    call.arguments.push_back(KernelArgument::constant(std::move(constant)));
  };
  SmallVector<int64_t> weights = getIntegers(v.weights);
  addConstant(packWeights(shape, weights));
  addConstant(packParameters(shape, v, weights));
  KernelKey key;
  for (ElementsAttr table : v.tables) {
    int64_t segments = table.getNumElements() - 1;
    shape.fractionBits.push_back(16 - llvm::Log2_64(segments));
    key << segments;
    addConstant(packEntries(table));
  }
  key << shape.input << shape.state << int64_t(shape.kind) << shape.steps
      << shape.batch << shape.hidden << shape.lanes << shape.inputMultiplier
      << int64_t(shape.shift) << int64_t(shape.gateBits)
      << int64_t(shape.productShift) << int64_t(shape.reverse)
      << int64_t(shape.inputForget) << int64_t(shape.resetAfter)
      << int64_t(shape.hasLengths) << int64_t(shape.hasPeepholes)
      << shape.input.zeroPoint << shape.state.zeroPoint;
  requant.addToKey(key);
  call.kernel = std::make_shared<BuiltKernel>(
      op->getName().stripDialect(), key.str(), bytes,
      [=](KernelBuilder &kb, ValueRange arguments) {
        RecurrentEmission(kb, shape, requant, arguments).emit();
      });
  return call;
}

template <>
FailureOr<KernelCall> codegen::select(fxp::LstmOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectRecurrent(op, operands, results, target);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::GruOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectRecurrent(op, operands, results, target);
}

template <>
FailureOr<KernelCall> codegen::select(fxp::RnnOp op, Layouts operands,
                                      Layouts results, const Target &target,
                                      unsigned tileStep) {
  return selectRecurrent(op, operands, results, target);
}
