//===- FxpInterfaces.td - what every fxp op answers --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPINTERFACES_TD
#define NARROW_DIALECT_FXP_IR_FXPINTERFACES_TD

include "mlir/IR/OpBase.td"

def Fxp_FixedPointOpInterface : OpInterface<"FixedPointOpInterface"> {
  let cppNamespace = "::narrow::fxp";
  let description = [{
    What passes, planning of memory and code generation ask about an op, in the
    place of lists of ops. An op answers what differs from the default.
  }];
  let methods = [
    InterfaceMethod<
      "Returns the most storage bits that a quantised operand may have (N1).",
      "unsigned", "getMaxOperandBits", (ins), [{}], [{ return 16; }]>,
    InterfaceMethod<
      "Returns the most storage bits that a quantised result may have (N1).",
      "unsigned", "getMaxResultBits", (ins), [{}], [{ return 16; }]>,
    InterfaceMethod<
      "Returns the multiply-accumulates of one execution.",
      "int64_t", "getMacs", (ins), [{}], [{ return 0; }]>,
    InterfaceMethod<
      [{Returns true if rescaling every operand gives what rescaling the result
        gives: stored integers are moved or picked, never changed, and all have
        one scale and zero point.}],
      "bool", "commutesWithRescale", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      "Returns true if the result is operand 0, bit for bit, in row-major order.",
      "bool", "isView", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      [{Returns true if kernels of the op read no byte beyond the operands, which
        may then lie where the caller has them.}],
      "bool", "readsExactly", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      [{Returns true if kernels of the op write no byte beyond the result, which
        may then lie where the caller wants it.}],
      "bool", "writesExactly", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      "Returns the requantisation of the op's exact sums, or null.",
      "::narrow::fxp::RequantAttr", "getRequant", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<
      [{Returns the accumulator's scale over the result's, one for all or one
        for each channel of the requantisation, as exactly as the types say it;
        empty where they do not.}],
      "::llvm::SmallVector<double>", "getExactRatios", (ins), [{}], [{ return {}; }]>,
    InterfaceMethod<
      [{Returns what an i32 accumulator of the op can hold, 0 included, by its
        types alone, before the requantisation's offset; nothing where constant
        weights decide (WeightedOpInterface) and for ops without one.}],
      "::std::optional<::narrow::fxp::IntegerRange>", "getAccumulatorRange", (ins),
      [{}], [{ return std::nullopt; }]>,
    InterfaceMethod<
      [{Returns true if any rows of the result, an image, can be computed from
        rows of the operands by the same op.}],
      "bool", "worksByRows", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      [{Returns which rows of an operand an op that works by rows reads; nothing
        for operands that it reads whole (weights, broadcast rows).}],
      "::std::optional<::narrow::fxp::RowWindow>", "getRowWindow", (ins "unsigned":$operand),
      [{}], [{ return ::narrow::fxp::getSameRows($_op, operand); }]>
  ];
}

def Fxp_WeightedOpInterface : OpInterface<"WeightedOpInterface"> {
  let cppNamespace = "::narrow::fxp";
  let description = [{
    A sum of products with weights `[O, ..., I]`, a bias `[O]` and a
    requantisation: output channel o reads the I input channels of its group.
  }];
  let methods = [
    InterfaceMethod<"Returns the activations, operand 0.", "::mlir::Value", "getInput">,
    InterfaceMethod<"Returns the weights, operand 1.", "::mlir::Value", "getWeights">,
    InterfaceMethod<"Returns the bias, operand 2.", "::mlir::Value", "getBias">,
    InterfaceMethod<"Returns the requantisation.", "::narrow::fxp::RequantAttr", "getRequant">,
    InterfaceMethod<"Returns the number of groups of channels.", "int64_t", "getGroups">
  ];
}

def Fxp_ReferenceOpInterface : OpInterface<"ReferenceOpInterface"> {
  let cppNamespace = "::narrow::fxp";
  let description = [{
    The op's meaning as plain scalar C++. Attached as an external model by the
    Reference library (`registerReferenceModels`), so that the IR library does
    not link it.
  }];
  let methods = [
    InterfaceMethod<
      [{Computes the results from the operands, in the order of the op's
        operand and result lists; `results` come in with the right shape and
        element type and unset contents. Fails after emitting an error.}],
      "::llvm::LogicalResult", "evaluate",
      (ins "::llvm::ArrayRef<const ::narrow::reference::Tensor *>":$operands,
           "::llvm::MutableArrayRef<::narrow::reference::Tensor>":$results)>
  ];
}

#endif // NARROW_DIALECT_FXP_IR_FXPINTERFACES_TD
