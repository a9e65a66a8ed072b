//===- FxpBase.td - shared definitions of fxp ops ----------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_FXP_IR_FXPBASE_TD
#define NARROW_DIALECT_FXP_IR_FXPBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "narrow/Dialect/Fxp/IR/FxpDialect.td"
include "narrow/Dialect/Fxp/IR/FxpAttributes.td"
include "narrow/Dialect/Fxp/IR/FxpInterfaces.td"

def Fxp_IsStaticTensor : CPred<
    "::llvm::isa<::mlir::RankedTensorType>($_self) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).hasStaticShape()">;

class Fxp_TensorOf<code elementPred, string what> : Type<
    And<[Fxp_IsStaticTensor,
         SubstLeaves<"$_self", "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType()",
                     CPred<elementPred>>]>,
    "static tensor of " # what, "::mlir::RankedTensorType">;

/// A quantised tensor, per tensor or per axis.
def Fxp_QuantTensor : Fxp_TensorOf<
    "::llvm::isa<::mlir::quant::UniformQuantizedType, ::mlir::quant::UniformQuantizedPerAxisType>($_self)",
    "uniform quantised values">;
/// Exact accumulator-scale constants: biases.
/// What movement carries: floats as well, behind the casts that make them.
def Fxp_MovedTensor : Fxp_TensorOf<
    "::llvm::isa<::mlir::quant::UniformQuantizedType, ::mlir::quant::UniformQuantizedPerAxisType>($_self) || "
    "$_self.isF32()",
    "uniform quantised values or f32">;
def Fxp_AccTensor : Fxp_TensorOf<"$_self.isSignlessInteger(32) || $_self.isSignlessInteger(64)", "i32 or i64">;
def Fxp_FloatTensor : Fxp_TensorOf<"$_self.isF32()", "f32">;
def Fxp_IntegerTensor : Fxp_TensorOf<
    "$_self.isSignlessInteger(8) || $_self.isSignlessInteger(16) || "
    "$_self.isSignlessInteger(32) || $_self.isSignlessInteger(64)", "i8, i16, i32 or i64">;
def Fxp_IndexTensor : Fxp_TensorOf<"$_self.isSignlessInteger(32) || $_self.isSignlessInteger(64)", "i32 or i64 indices">;

/// `facts` are the questions of the interface that the op answers itself.
class Fxp_Op<string mnemonic, list<string> facts = [], list<Trait> traits = []> :
    Op<Fxp_Dialect, mnemonic, traits # [
      Pure,
      DeclareOpInterfaceMethods<Fxp_FixedPointOpInterface, facts>]>;

/// A function of the elements at one place.
class Fxp_ElementwiseOp<string mnemonic, list<string> facts = []> :
    Fxp_Op<mnemonic, facts # ["worksByRows"]> {
  let extraClassDefinition = [{
    bool $cppClass::worksByRows() { return true; }
  }];
}

/// Same-scale data movement (N50): integers are moved or picked, never changed.
class Fxp_MovementOp<string mnemonic, list<string> facts = []> :
    Fxp_Op<mnemonic, facts # ["commutesWithRescale"]> {
  let extraClassDefinition = [{
    bool $cppClass::commutesWithRescale() { return true; }
  }];
}

#endif // NARROW_DIALECT_FXP_IR_FXPBASE_TD
