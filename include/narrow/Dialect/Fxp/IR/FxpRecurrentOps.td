//===- FxpRecurrentOps.td - layers that run along a sequence -*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPRECURRENTOPS_TD
#define NARROW_DIALECT_FXP_IR_FXPRECURRENTOPS_TD

include "narrow/Dialect/Fxp/IR/FxpBase.td"

class Fxp_QuantTensorOfRank<int rank> : Type<
    And<[Fxp_QuantTensor.predicate, CPred<"::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == " # rank>]>,
    Fxp_QuantTensor.summary # " with rank " # rank, "::mlir::RankedTensorType">;
def Fxp_Sequence : Fxp_QuantTensorOfRank<3>;
def Fxp_State : Fxp_QuantTensorOfRank<2>;

/// One direction of a recurrent layer on its projected input.
class Fxp_RecurrentOp<string mnemonic, string gates> : Fxp_Op<mnemonic, ["getMacs"]> {
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    int64_t getSteps() { return getInput().getType().getDimSize(0); }
    int64_t getBatch() { return getInput().getType().getDimSize(1); }
    int64_t getHidden() { return getInitial().getType().getDimSize(1); }
    /// Gates of one hidden unit.
    static constexpr int64_t kGates = }] # gates # ";";
}

def Fxp_LstmOp : Fxp_RecurrentOp<"lstm", "4"> {
  let summary = "long short-term memory, one direction";
  let description = [{
    Rules N80 and N81. `input` `[steps, batch, 4 * hidden]` is the projected
    input; the gates lie in the order input, output, forget, candidate. `weights`
    `[4 * hidden, hidden]` i8, `bias` and `multipliers` `[4 * hidden]` i32 bring
    the state's product to the scale of the activations' inputs, as
    `input_multiplier` does the input; `peepholes` `[3 * hidden]` i32 (input,
    output, forget) do so with the cell. Tables have `2^B + 1` i16 entries. The
    cell has 16 bits and a zero point of 0.

    ```mlir
    %y, %h, %c = fxp.lstm %x, %h0, %c0 <mode = q31, multiplier = [1073741824], shift = [53]>
      {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<65536> : tensor<8xi32>,
       input_multiplier = 65536 : i32, shift = 20 : i32, gate_bits = 15 : i32, product_shift = 18 : i32,
       gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>,
       candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>,
       state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
      : (tensor<5x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!c>) -> (tensor<5x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!c>)
    ```
  }];
  let arguments = (ins Fxp_Sequence:$input, Fxp_State:$initial, Fxp_State:$initial_cell,
      Optional<Fxp_IndexTensor>:$lengths, Fxp_RequantAttr:$state_requant,
      ElementsAttr:$weights, ElementsAttr:$bias, ElementsAttr:$multipliers, OptionalAttr<ElementsAttr>:$peepholes,
      I32Attr:$input_multiplier, I32Attr:$shift, I32Attr:$gate_bits, I32Attr:$product_shift,
      ElementsAttr:$gate_table, ElementsAttr:$candidate_table, ElementsAttr:$state_table,
      UnitAttr:$reverse, UnitAttr:$input_forget);
  let results = (outs Fxp_Sequence:$outputs, Fxp_State:$last, Fxp_State:$last_cell);
  let assemblyFormat = [{
    $input `,` $initial `,` $initial_cell (`lengths` $lengths^)? $state_requant attr-dict
    `:` functional-type(operands, results)
  }];
}

def Fxp_GruOp : Fxp_RecurrentOp<"gru", "3"> {
  let summary = "gated recurrent unit, one direction";
  let description = [{
    Rules N80 and N82: as `fxp.lstm`, with gates update, reset, candidate. The
    state is kept in 16 bits (`initial`, `last_state`); what the products read,
    `outputs` and `last` are its requantised form.
  }];
  let arguments = (ins Fxp_Sequence:$input, Fxp_State:$initial,
      Optional<Fxp_IndexTensor>:$lengths, Fxp_RequantAttr:$state_requant,
      ElementsAttr:$weights, ElementsAttr:$bias, ElementsAttr:$multipliers,
      I32Attr:$input_multiplier, I32Attr:$shift, I32Attr:$gate_bits,
      ElementsAttr:$gate_table, ElementsAttr:$candidate_table, UnitAttr:$reverse, UnitAttr:$reset_after);
  let results = (outs Fxp_Sequence:$outputs, Fxp_State:$last, Fxp_State:$last_state);
  let assemblyFormat = [{
    $input `,` $initial (`lengths` $lengths^)? $state_requant attr-dict `:` functional-type(operands, results)
  }];
}

def Fxp_RnnOp : Fxp_RecurrentOp<"rnn", "1"> {
  let summary = "plain recurrent layer, one direction";
  let description = [{
    Rules N80 and N83: as `fxp.lstm`, without gates.
  }];
  let arguments = (ins Fxp_Sequence:$input, Fxp_State:$initial,
      Optional<Fxp_IndexTensor>:$lengths, Fxp_RequantAttr:$state_requant,
      ElementsAttr:$weights, ElementsAttr:$bias, ElementsAttr:$multipliers,
      I32Attr:$input_multiplier, I32Attr:$shift, ElementsAttr:$gate_table, UnitAttr:$reverse);
  let results = (outs Fxp_Sequence:$outputs, Fxp_State:$last);
  let assemblyFormat = [{
    $input `,` $initial (`lengths` $lengths^)? $state_requant attr-dict `:` functional-type(operands, results)
  }];
}

#endif // NARROW_DIALECT_FXP_IR_FXPRECURRENTOPS_TD
