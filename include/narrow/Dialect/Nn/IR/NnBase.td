//===- NnBase.td - shared definitions of nn ops ------------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNBASE_TD
#define NARROW_DIALECT_NN_IR_NNBASE_TD

include "mlir/IR/OpBase.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "narrow/Dialect/Nn/IR/NnAttributes.td"
include "narrow/Dialect/Nn/IR/NnDialect.td"

def Nn_IsStaticTensor : CPred<
    "::llvm::isa<::mlir::RankedTensorType>($_self) && "
    "::llvm::cast<::mlir::RankedTensorType>($_self).hasStaticShape()">;
def Nn_IsF32Tensor : CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isF32()">;
class Nn_HasRank<int rank> : CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getRank() == " # rank>;

/// A value of the float level.
def Nn_Tensor : Type<And<[Nn_IsStaticTensor, Nn_IsF32Tensor]>,
    "static tensor of f32", "::mlir::RankedTensorType">;
class Nn_TensorOfRank<int rank> : Type<And<[Nn_IsStaticTensor, Nn_IsF32Tensor, Nn_HasRank<rank>]>,
    "static tensor of f32 with rank " # rank, "::mlir::RankedTensorType">;
def Nn_IsBitTensor : CPred<
    "::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isInteger(1)">;
/// What takes part: true or false.
def Nn_Mask : Type<And<[Nn_IsStaticTensor, Nn_IsBitTensor]>,
    "static tensor of i1", "::mlir::RankedTensorType">;
/// Weights in fewer bytes than f32.
def Nn_StoredWeights : Type<And<[Nn_IsStaticTensor,
    CPred<"::llvm::isa<::mlir::BFloat16Type, ::mlir::Float16Type>(::llvm::cast<::mlir::RankedTensorType>($_self).getElementType()) || ::llvm::cast<::mlir::RankedTensorType>($_self).getElementType().isSignlessInteger(8)">]>,
    "static tensor of i8, f16 or bf16", "::mlir::RankedTensorType">;
/// An image: `[N, H, W, C]`.
def Nn_Image : Nn_TensorOfRank<4>;
/// One value per channel: `[C]`.
def Nn_Vector : Nn_TensorOfRank<1>;

class Nn_Op<string mnemonic, list<Trait> traits = []> :
    Op<Nn_Dialect, mnemonic, traits # [Pure]> {
  let hasVerifier = 1;
}

/// An op whose result has its first operand's type.
class Nn_SameTypeOp<string mnemonic, list<Trait> traits = []> :
    Nn_Op<mnemonic, traits # [AllTypesMatch<["input", "result"]>]>;

#endif // NARROW_DIALECT_NN_IR_NNBASE_TD
