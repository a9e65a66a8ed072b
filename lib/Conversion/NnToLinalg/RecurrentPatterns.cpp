//===- RecurrentPatterns.cpp - recurrent layers as loops over steps -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One scf.for over the steps carries the states and all that it writes. Inside,
// every nest writes over what it starts from, so that bufferisation finds no
// buffer to make in the loop.
//
//===----------------------------------------------------------------------===//

#include "LoopBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/DialectConversion.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include <limits>

using namespace narrow;
namespace math = mlir::math;
namespace tensor = mlir::tensor;

static constexpr float kUnbounded = std::numeric_limits<float>::infinity();

/// Returns `function` at `x`, after the clamp to `bound`.
static Value buildGate(ScalarBuilder &s, const nn::GateFunction &function,
                       float bound, Value x) {
  if (bound < kUnbounded)
    x = s.min(s.max(x, s.number(-bound)), s.number(bound));
  auto unary = [&](nn::UnaryKind kind) {
    return buildUnary(s, kind, x, function.alpha, function.beta);
  };
  Value zero = s.number(0.0f), one = s.number(1.0f);
  switch (function.kind) {
  case nn::GateKind::Affine:
    return s.add(s.mul(s.number(function.alpha), x), s.number(function.beta));
  case nn::GateKind::Elu:
    return unary(nn::UnaryKind::Elu);
  case nn::GateKind::HardSigmoid:
    return unary(nn::UnaryKind::HardSigmoid);
  case nn::GateKind::LeakyRelu:
    return unary(nn::UnaryKind::LeakyRelu);
  case nn::GateKind::Relu:
    return s.max(x, zero);
  case nn::GateKind::ScaledTanh:
    return s.mul(s.number(function.alpha),
                 math::TanhOp::create(s, s.mul(s.number(function.beta), x)));
  case nn::GateKind::Sigmoid:
    return s.div(one, s.add(one, math::ExpOp::create(s, s.sub(zero, x))));
  case nn::GateKind::Softplus:
    return unary(nn::UnaryKind::Softplus);
  case nn::GateKind::Softsign:
    return unary(nn::UnaryKind::Softsign);
  case nn::GateKind::Tanh:
    return math::TanhOp::create(s, x);
  case nn::GateKind::ThresholdedRelu:
    return unary(nn::UnaryKind::ThresholdedRelu);
  }
  llvm_unreachable("unknown activation of a recurrent layer");
}

namespace {
/// What the loop carries from step to step; null where a layer has none.
struct Carried {
  Value gates, outputs, cells, state, cell, scratch;

  SmallVector<Value *> all() {
    SmallVector<Value *> values = {&gates, &outputs, &state};
    for (Value *optional : {&cells, &cell, &scratch})
      if (*optional)
        values.push_back(optional);
    return values;
  }
};

/// One step of a layer, in the loop's body.
class StepBuilder {
public:
  StepBuilder(LoopBuilder &b, int64_t batch, int64_t hidden, Value step,
              Value lengths)
      : b(b), batch(batch), hidden(hidden), step(step), lengths(lengths) {}

  /// Rows of a step: `[batch, width]` of `[steps, batch, width]`.
  Value takeStep(Value whole) {
    int64_t width = getShape(whole)[2];
    auto type = RankedTensorType::get({batch, width}, b.getF32Type());
    return tensor::ExtractSliceOp::create(b, type, whole, stepOffsets(),
                                          stepSizes(width), ones(3));
  }
  Value putStep(Value rows, Value whole) {
    return tensor::InsertSliceOp::create(
        b, rows, whole, stepOffsets(), stepSizes(getShape(whole)[2]), ones(3));
  }
  /// `count` gates from `first` on of `[rows, gates * hidden]`.
  Value take(Value rows, int64_t first, int64_t count) {
    return tensor::ExtractSliceOp::create(b, rows, gateOffsets(first),
                                          gateSizes(rows, count), ones(2));
  }
  Value put(Value part, Value rows, int64_t first) {
    return tensor::InsertSliceOp::create(
        b, part, rows, gateOffsets(first),
        gateSizes(rows, getShape(part)[1] / hidden), ones(2));
  }

  /// Adds `state * weights` to `sums`, in the order of the state.
  Value addProduct(Value sums, Value state, Value weights) {
    using E = SmallVector<mlir::AffineExpr>;
    return b.nest(
        3, {state, weights}, sums,
        {E{b.dim(0), b.dim(1)}, E{b.dim(1), b.dim(2)}, E{b.dim(0), b.dim(2)}},
        [](ScalarBuilder &s, ValueRange args) {
          return s.add(args[2], s.mul(args[0], args[1]));
        });
  }
  /// Adds `weights[unit] * cell` to `sums`.
  Value addPeephole(Value sums, Value cell, Value peepholes, int64_t index) {
    Value part = tensor::ExtractSliceOp::create(
        b, peepholes,
        SmallVector<mlir::OpFoldResult>{b.getIndexAttr(index * hidden)},
        SmallVector<mlir::OpFoldResult>{b.getIndexAttr(hidden)}, ones(1));
    return b.nest(2, {part, cell}, sums, {{b.dim(1)}, b.dims(2), b.dims(2)},
                  [](ScalarBuilder &s, ValueRange args) {
                    return s.add(args[2], s.mul(args[0], args[1]));
                  });
  }

  /// Combines `inputs` and what `init` holds, unit by unit, and writes over it.
  Value update(ValueRange inputs, Value init, LoopBody body) {
    SmallVector<SmallVector<mlir::AffineExpr>> access(inputs.size() + 1,
                                                      b.dims(2));
    return b.nest(2, inputs, init, access, body);
  }
  /// The same, but where a sequence has no such step anything stays as it is.
  Value updateState(ValueRange inputs, Value init, LoopBody body) {
    if (!lengths)
      return update(inputs, init, body);
    SmallVector<Value> all(inputs);
    all.push_back(lengths);
    SmallVector<SmallVector<mlir::AffineExpr>> access(all.size() + 1,
                                                      b.dims(2));
    access[inputs.size()] = {b.dim(0)};
    return b.nest(2, all, init, access,
                  [&](ScalarBuilder &s, ValueRange args) -> Value {
                    SmallVector<Value> own(args.take_front(inputs.size()));
                    own.push_back(args.back());
                    Value valid = isValid(s, args[inputs.size()]);
                    return s.select(valid, body(s, own), args.back());
                  });
  }
  /// Writes what a step gives: its state, or zeros where there is no such step.
  Value putOutput(Value state, Value outputs) {
    if (!lengths)
      return putStep(state, outputs);
    Value rows = takeStep(outputs);
    rows = b.nest(2, {state, lengths}, rows, {b.dims(2), {b.dim(0)}, b.dims(2)},
                  [&](ScalarBuilder &s, ValueRange args) {
                    Value valid = isValid(s, args[1]);
                    return s.select(valid, args[0], s.number(0.0f));
                  });
    return putStep(rows, outputs);
  }

  LoopBuilder &b;
  int64_t batch, hidden;

private:
  Value isValid(ScalarBuilder &s, Value length) {
    Value now = mlir::arith::IndexCastOp::create(s, s.getI32Type(), step);
    return mlir::arith::CmpIOp::create(s, mlir::arith::CmpIPredicate::slt, now,
                                       length);
  }
  using Indices = SmallVector<mlir::OpFoldResult>;
  Indices ones(unsigned count) { return Indices(count, b.getIndexAttr(1)); }
  Indices stepOffsets() { return {step, b.getIndexAttr(0), b.getIndexAttr(0)}; }
  Indices stepSizes(int64_t width) {
    return {b.getIndexAttr(1), b.getIndexAttr(batch), b.getIndexAttr(width)};
  }
  Indices gateOffsets(int64_t first) {
    return {b.getIndexAttr(0), b.getIndexAttr(first * hidden)};
  }
  Indices gateSizes(Value rows, int64_t count) {
    return {b.getIndexAttr(getShape(rows)[0]), b.getIndexAttr(count * hidden)};
  }

  Value step, lengths;
};
} // namespace

/// Emits a step of each layer: `c` comes as it is before it.
static void buildStep(StepBuilder &s, nn::LstmOp op,
                      nn::LstmOp::Adaptor operands, Carried &c) {
  float bound = op.getBound();
  nn::GateFunction f = op.getFunction(0), g = op.getFunction(1),
                   h = op.getFunction(2);
  Value sums =
      s.addProduct(s.takeStep(c.gates), c.state, operands.getWeights());
  Value peepholes = operands.getPeepholes();
  auto peep = [&](int64_t gate) {
    if (peepholes)
      sums =
          s.put(s.addPeephole(s.take(sums, gate, 1), c.cell, peepholes, gate),
                sums, gate);
  };
  peep(0);
  peep(2);
  bool coupled = op.getInputForget();
  c.cell = s.updateState(
      {s.take(sums, 0, 1), s.take(sums, 2, 1), s.take(sums, 3, 1)}, c.cell,
      [&](ScalarBuilder &b, ValueRange args) {
        Value input = buildGate(b, f, bound, args[0]);
        Value forget = coupled ? b.sub(b.number(1.0f), input)
                               : buildGate(b, f, bound, args[1]);
        return b.add(b.mul(forget, args[3]),
                     b.mul(input, buildGate(b, g, bound, args[2])));
      });
  peep(1);
  c.state = s.updateState({s.take(sums, 1, 1), c.cell}, c.state,
                          [&](ScalarBuilder &b, ValueRange args) {
                            return b.mul(buildGate(b, f, bound, args[0]),
                                         buildGate(b, h, kUnbounded, args[1]));
                          });
  c.gates = s.putStep(sums, c.gates);
  c.cells = s.putStep(c.cell, c.cells);
}

static void buildStep(StepBuilder &s, nn::GruOp op, nn::GruOp::Adaptor operands,
                      Carried &c) {
  float bound = op.getBound();
  nn::GateFunction f = op.getFunction(0), g = op.getFunction(1);
  Value weights = operands.getWeights(), sums = s.takeStep(c.gates);
  sums = s.put(s.addProduct(s.take(sums, 0, 2), c.state, s.take(weights, 0, 2)),
               sums, 0);
  Value reset = s.take(sums, 1, 1), candidate = s.take(sums, 2, 1);
  if (op.getResetAfter()) {
    using E = SmallVector<mlir::AffineExpr>;
    if (Value bias = operands.getBias())
      c.scratch =
          s.b.nest(2, bias, c.scratch, {E{s.b.dim(1)}, s.b.dims(2)},
                   [](ScalarBuilder &, ValueRange args) { return args[0]; });
    else
      c.scratch = s.update({}, c.scratch, [](ScalarBuilder &b, ValueRange) {
        return b.number(0.0f);
      });
    c.scratch = s.addProduct(c.scratch, c.state, s.take(weights, 2, 1));
    // On its own: no nest may read one part of the sums and write another.
    c.scratch =
        s.update(reset, c.scratch, [&](ScalarBuilder &b, ValueRange args) {
          return b.mul(buildGate(b, f, bound, args[0]), args[1]);
        });
    candidate =
        s.update(c.scratch, candidate, [](ScalarBuilder &b, ValueRange args) {
          return b.add(args[1], args[0]);
        });
  } else {
    c.scratch = s.update(
        {reset, c.state}, c.scratch, [&](ScalarBuilder &b, ValueRange args) {
          return b.mul(buildGate(b, f, bound, args[0]), args[1]);
        });
    candidate = s.addProduct(candidate, c.scratch, s.take(weights, 2, 1));
  }
  sums = s.put(candidate, sums, 2);
  c.state = s.updateState({s.take(sums, 0, 1), s.take(sums, 2, 1)}, c.state,
                          [&](ScalarBuilder &b, ValueRange args) {
                            Value n = buildGate(b, g, bound, args[1]);
                            Value z = buildGate(b, f, bound, args[0]);
                            return b.add(n, b.mul(z, b.sub(args[2], n)));
                          });
  c.gates = s.putStep(sums, c.gates);
}

static void buildStep(StepBuilder &s, nn::RnnOp op, nn::RnnOp::Adaptor operands,
                      Carried &c) {
  Value sums =
      s.addProduct(s.takeStep(c.gates), c.state, operands.getWeights());
  c.state =
      s.updateState(sums, c.state, [&](ScalarBuilder &b, ValueRange args) {
        return buildGate(b, op.getFunction(0), op.getBound(), args[0]);
      });
  c.gates = s.putStep(sums, c.gates);
}

namespace {
template <typename OpT>
struct RecurrentPattern : mlir::OpConversionPattern<OpT> {
  using mlir::OpConversionPattern<OpT>::OpConversionPattern;

  LogicalResult
  matchAndRewrite(OpT op, typename OpT::Adaptor operands,
                  mlir::ConversionPatternRewriter &rewriter) const override {
    LoopBuilder b(op.getLoc(), rewriter);
    int64_t steps = op.getSteps(), batch = op.getBatch(),
            hidden = op.getHidden();
    Carried start;
    start.gates = operands.getInput();
    start.state = operands.getInitial();
    start.outputs = b.empty({steps, batch, hidden});
    if constexpr (std::is_same_v<OpT, nn::LstmOp>) {
      start.cell = operands.getInitialCell();
      start.cells = b.empty({steps, batch, hidden});
    }
    if constexpr (std::is_same_v<OpT, nn::GruOp>)
      start.scratch = b.empty({batch, hidden});

    SmallVector<Value> carried;
    for (Value *value : start.all())
      carried.push_back(*value);
    auto index = [&](int64_t value) -> Value {
      return mlir::arith::ConstantIndexOp::create(b, value);
    };
    Value last = index(steps - 1);
    auto loop =
        mlir::scf::ForOp::create(b, index(0), index(steps), index(1), carried);
    Carried now = start;
    for (auto [value, argument] :
         llvm::zip_equal(now.all(), loop.getRegionIterArgs()))
      *value = argument;
    {
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(loop.getBody());
      Value step = loop.getInductionVar();
      if (op.getReverse())
        step = mlir::arith::SubIOp::create(b, last, step);
      StepBuilder body(b, batch, hidden, step, operands.getLengths());
      buildStep(body, op, operands, now);
      now.outputs = body.putOutput(now.state, now.outputs);
      SmallVector<Value> next;
      for (Value *value : now.all())
        next.push_back(*value);
      mlir::scf::YieldOp::create(b, next);
    }
    Carried end = start;
    for (auto [value, result] : llvm::zip_equal(end.all(), loop.getResults()))
      *value = result;
    if constexpr (std::is_same_v<OpT, nn::LstmOp>)
      rewriter.replaceOp(
          op, {end.outputs, end.state, end.cell, end.gates, end.cells});
    else
      rewriter.replaceOp(op, {end.outputs, end.state, end.gates});
    return success();
  }
};
} // namespace

void narrow::populateRecurrentPatterns(mlir::RewritePatternSet &patterns) {
  patterns.add<RecurrentPattern<nn::GruOp>, RecurrentPattern<nn::LstmOp>,
               RecurrentPattern<nn::RnnOp>>(patterns.getContext());
}
