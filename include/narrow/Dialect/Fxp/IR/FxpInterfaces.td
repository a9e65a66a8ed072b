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
    How an op takes part in planning: which of its values share one scale, at
    which storage widths it can run, how much work it does.
  }];
  let methods = [
    InterfaceMethod<
      "Returns true if every quantised operand and result must have the same scale and zero point.",
      "bool", "requiresSameScale", (ins), [{}], [{ return false; }]>,
    InterfaceMethod<
      "Returns true if the op can run with activations of `bits` storage bits.",
      "bool", "isLegalWidth", (ins "unsigned":$bits), [{}], [{ return bits >= 2 && bits <= 16; }]>,
    InterfaceMethod<
      "Returns the multiply-accumulates of one execution.",
      "int64_t", "getMacs", (ins), [{}], [{ return 0; }]>
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
