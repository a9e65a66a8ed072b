//===- NnAttributes.td - enumerations of the nn dialect ----*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNATTRIBUTES_TD
#define NARROW_DIALECT_NN_IR_NNATTRIBUTES_TD

include "mlir/IR/EnumAttr.td"
include "narrow/Dialect/Nn/IR/NnDialect.td"

class Nn_Enum<string name, string what, list<I32EnumAttrCase> cases> :
    I32EnumAttr<name, what, cases> {
  let cppNamespace = "::narrow::nn";
  let genSpecializedAttr = 0;
}

def Nn_UnaryKind : Nn_Enum<"UnaryKind", "an elementwise function of one value", [
  I32EnumAttrCase<"Acos", 0, "acos">,
  I32EnumAttrCase<"Acosh", 1, "acosh">,
  I32EnumAttrCase<"Asin", 2, "asin">,
  I32EnumAttrCase<"Asinh", 3, "asinh">,
  I32EnumAttrCase<"Atan", 4, "atan">,
  I32EnumAttrCase<"Atanh", 5, "atanh">,
  I32EnumAttrCase<"Celu", 6, "celu">,
  I32EnumAttrCase<"Cosh", 7, "cosh">,
  I32EnumAttrCase<"Elu", 8, "elu">,
  I32EnumAttrCase<"Erf", 9, "erf">,
  I32EnumAttrCase<"Gelu", 10, "gelu">,
  I32EnumAttrCase<"GeluTanh", 11, "gelu_tanh">,
  I32EnumAttrCase<"HardSigmoid", 12, "hard_sigmoid">,
  I32EnumAttrCase<"HardSwish", 13, "hard_swish">,
  I32EnumAttrCase<"LeakyRelu", 14, "leaky_relu">,
  I32EnumAttrCase<"Mish", 15, "mish">,
  I32EnumAttrCase<"Round", 16, "round">,
  I32EnumAttrCase<"Selu", 17, "selu">,
  I32EnumAttrCase<"Shrink", 18, "shrink">,
  I32EnumAttrCase<"Sign", 19, "sign">,
  I32EnumAttrCase<"Sinh", 20, "sinh">,
  I32EnumAttrCase<"Softplus", 21, "softplus">,
  I32EnumAttrCase<"Softsign", 22, "softsign">,
  I32EnumAttrCase<"Sqrt", 23, "sqrt">,
  I32EnumAttrCase<"Swish", 24, "swish">,
  I32EnumAttrCase<"Tan", 25, "tan">,
  I32EnumAttrCase<"ThresholdedRelu", 26, "thresholded_relu">
]>;

def Nn_ResizeMode : Nn_Enum<"ResizeMode", "how resizing interpolates", [
  I32EnumAttrCase<"Nearest", 0, "nearest">,
  I32EnumAttrCase<"Linear", 1, "linear">,
  I32EnumAttrCase<"Cubic", 2, "cubic">
]>;

def Nn_ResizeCoordinates : Nn_Enum<"ResizeCoordinates", "where a result position lies in the input", [
  I32EnumAttrCase<"HalfPixel", 0, "half_pixel">,
  I32EnumAttrCase<"HalfPixelSymmetric", 1, "half_pixel_symmetric">,
  I32EnumAttrCase<"PytorchHalfPixel", 2, "pytorch_half_pixel">,
  I32EnumAttrCase<"AlignCorners", 3, "align_corners">,
  I32EnumAttrCase<"Asymmetric", 4, "asymmetric">,
  I32EnumAttrCase<"TfHalfPixelForNn", 5, "tf_half_pixel_for_nn">,
  I32EnumAttrCase<"TfCropAndResize", 6, "tf_crop_and_resize">
]>;

def Nn_NearestMode : Nn_Enum<"NearestMode", "which neighbour is nearest", [
  I32EnumAttrCase<"RoundPreferFloor", 0, "round_prefer_floor">,
  I32EnumAttrCase<"RoundPreferCeil", 1, "round_prefer_ceil">,
  I32EnumAttrCase<"Floor", 2, "floor">,
  I32EnumAttrCase<"Ceil", 3, "ceil">
]>;

def Nn_UnaryKindAttr : EnumAttr<Nn_Dialect, Nn_UnaryKind, "unary_kind">;
def Nn_ResizeModeAttr : EnumAttr<Nn_Dialect, Nn_ResizeMode, "resize_mode">;
def Nn_ResizeCoordinatesAttr : EnumAttr<Nn_Dialect, Nn_ResizeCoordinates, "resize_coordinates">;
def Nn_NearestModeAttr : EnumAttr<Nn_Dialect, Nn_NearestMode, "nearest_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // NARROW_DIALECT_NN_IR_NNATTRIBUTES_TD
