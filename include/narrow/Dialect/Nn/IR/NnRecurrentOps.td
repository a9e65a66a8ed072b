//===- NnRecurrentOps.td - layers that run along a sequence -*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNRECURRENTOPS_TD
#define NARROW_DIALECT_NN_IR_NNRECURRENTOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

/// Number of valid steps of each sequence: `[batch]`.
def Nn_Lengths : Type<And<[Nn_IsStaticTensor, Nn_HasRank<1>, CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(32)">]>,
    "static tensor of i32 with rank 1", "::mlir::RankedTensorType">;
def Nn_Sequence : Nn_TensorOfRank<3>;
def Nn_State : Nn_TensorOfRank<2>;
def Nn_GateArray : TypedArrayAttrBase<Nn_GateKindAttr, "activations of a recurrent layer">;

/// One direction of a recurrent layer on its projected input.
class Nn_RecurrentOp<string mnemonic, string gates, list<Trait> traits = []> : Nn_Op<mnemonic, traits> {
  let extraClassDeclaration = [{
    int64_t getSteps() { return getInput().getType().getDimSize(0); }
    int64_t getBatch() { return getInput().getType().getDimSize(1); }
    int64_t getHidden() { return getInitial().getType().getDimSize(1); }
    ::narrow::nn::GateFunction getFunction(unsigned index) {
      return {::llvm::cast<::narrow::nn::GateKindAttr>(getActivations()[index]).getValue(),
              getAlphas()[index], getBetas()[index]};
    }
    /// What bounds the inputs of f and g; infinity where nothing does.
    float getBound() {
      return getClip() ? getClip()->convertToFloat() : std::numeric_limits<float>::infinity();
    }
    /// Gates of one hidden unit.
    static constexpr int64_t kGates = }] # gates # ";";
}

def Nn_LstmOp : Nn_RecurrentOp<"lstm", "4", [AttrSizedOperandSegments]> {
  let summary = "long short-term memory, one direction";
  let description = [{
    `input`, `[steps, batch, 4 * hidden]`, holds `x * W + b` of every step (both
    biases); `weights` `[hidden, 4 * hidden]` are those of the state; gates lie
    in the order input, output, forget, candidate. With `f`, `g`, `h` the
    `activations`, `p` the `peepholes` (`[3 * hidden]`: input, output, forget;
    zero where there are none) and a clamp to `[-clip, clip]` on what `f` and `g`
    read:

    ```
    gates[t] = input[t] + H * weights, then p * C added to input, forget (and below) output
    C' = f(forget) * C + f(input) * g(candidate);  with input_forget: (1 - f(input)) * C + ...
    H' = f(output + p * C') * h(C')
    ```
    Sums start from the input and add products in the order of the state; then
    come the peepholes. Steps run from the last with `reverse`. Where `lengths`
    has fewer steps for a sequence, the others leave the state as it is and
    `outputs` holds zeros there.

    Results: the states `[steps, batch, hidden]`, the last state and cell, and
    for calibration what activations of gates read (before the clamp) and the
    cells. `alphas` and `betas` hold a number for each activation, 0 where it
    takes none:

    | activation | function |
    |---|---|
    | `affine` | `alpha * x + beta` |
    | `elu` | `x < 0 ? alpha * (exp(x) - 1) : x` |
    | `hard_sigmoid` | `max(0, min(1, alpha * x + beta))` |
    | `leaky_relu` | `x < 0 ? alpha * x : x` |
    | `relu` `sigmoid` `tanh` | as named |
    | `scaled_tanh` | `alpha * tanh(beta * x)` |
    | `softplus` | `log(1 + exp(x))` |
    | `softsign` | `x / (1 + abs(x))` |
    | `thresholded_relu` | `x > alpha ? x : 0` |
  }];
  let arguments = (ins Nn_Sequence:$input, Nn_State:$weights, Nn_State:$initial, Nn_State:$initial_cell,
      Optional<Nn_Vector>:$peepholes, Optional<Nn_Lengths>:$lengths,
      Nn_GateArray:$activations, DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas,
      OptionalAttr<F32Attr>:$clip, UnitAttr:$reverse, UnitAttr:$input_forget);
  let results = (outs Nn_Sequence:$outputs, Nn_State:$last, Nn_State:$last_cell, Nn_Sequence:$gates, Nn_Sequence:$cells);
  let assemblyFormat = [{
    $input `,` $weights `,` $initial `,` $initial_cell (`peepholes` $peepholes^)? (`lengths` $lengths^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nn_GruOp : Nn_RecurrentOp<"gru", "3", [AttrSizedOperandSegments]> {
  let summary = "gated recurrent unit, one direction";
  let description = [{
    As `nn.lstm`, with gates update, reset, candidate and activations `f`, `g`:

    ```
    z = f(input_z + H * weights_z),  r = f(input_r + H * weights_r)
    n = g(input_n + (r * H) * weights_n);  with reset_after: g(input_n + r * (bias + H * weights_n))
    H' = n + z * (H - n)
    ```
    `bias` `[hidden]` is read with `reset_after` alone; elsewhere it is part of
    the input.
  }];
  let arguments = (ins Nn_Sequence:$input, Nn_State:$weights, Nn_State:$initial, Optional<Nn_Vector>:$bias,
      Optional<Nn_Lengths>:$lengths,
      Nn_GateArray:$activations, DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas,
      OptionalAttr<F32Attr>:$clip, UnitAttr:$reverse, UnitAttr:$reset_after);
  let results = (outs Nn_Sequence:$outputs, Nn_State:$last, Nn_Sequence:$gates);
  let assemblyFormat = [{
    $input `,` $weights `,` $initial (`bias` $bias^)? (`lengths` $lengths^)? attr-dict
    `:` functional-type(operands, results)
  }];
}

def Nn_RnnOp : Nn_RecurrentOp<"rnn", "1"> {
  let summary = "plain recurrent layer, one direction";
  let description = [{
    As `nn.lstm`, without gates: `H' = f(input + H * weights)`.
  }];
  let arguments = (ins Nn_Sequence:$input, Nn_State:$weights, Nn_State:$initial, Optional<Nn_Lengths>:$lengths,
      Nn_GateArray:$activations, DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas,
      OptionalAttr<F32Attr>:$clip, UnitAttr:$reverse);
  let results = (outs Nn_Sequence:$outputs, Nn_State:$last, Nn_Sequence:$gates);
  let assemblyFormat = [{
    $input `,` $weights `,` $initial (`lengths` $lengths^)? attr-dict `:` functional-type(operands, results)
  }];
}

#endif // NARROW_DIALECT_NN_IR_NNRECURRENTOPS_TD
