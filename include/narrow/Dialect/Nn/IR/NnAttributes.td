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

/// A kind of nn.unary; its formula in C++ is in UnaryFormulas.h.
class Nn_Function<string symbol, int value, string mnemonic, string formula = "as named"> :
    I32EnumAttrCase<symbol, value, mnemonic> {
  /// Its row in the op's description.
  string row = "    | `" # mnemonic # "` | " # formula # " |\n";
}

defvar Nn_Functions = [
  Nn_Function<"Acos", 0, "acos">,
  Nn_Function<"Acosh", 1, "acosh">,
  Nn_Function<"Asin", 2, "asin">,
  Nn_Function<"Asinh", 3, "asinh">,
  Nn_Function<"Atan", 4, "atan">,
  Nn_Function<"Atanh", 5, "atanh">,
  Nn_Function<"Celu", 6, "celu", "`max(0, x) + min(0, alpha * (exp(x / alpha) - 1))`">,
  Nn_Function<"Cosh", 7, "cosh">,
  Nn_Function<"Elu", 8, "elu", "`x < 0 ? alpha * (exp(x) - 1) : x`">,
  Nn_Function<"Erf", 9, "erf">,
  Nn_Function<"Gelu", 10, "gelu", "`x / 2 * (1 + erf(x / sqrt(2)))`">,
  Nn_Function<"GeluTanh", 11, "gelu_tanh", "`x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))`">,
  Nn_Function<"HardSigmoid", 12, "hard_sigmoid", "`max(0, min(1, alpha * x + beta))`">,
  Nn_Function<"HardSwish", 13, "hard_swish", "`x * max(0, min(1, x / 6 + 1/2))`">,
  Nn_Function<"LeakyRelu", 14, "leaky_relu", "`x < 0 ? alpha * x : x`">,
  Nn_Function<"Mish", 15, "mish", "`x * tanh(log(1 + exp(x)))`">,
  Nn_Function<"Round", 16, "round", "to the nearest integer, ties to even">,
  Nn_Function<"Selu", 17, "selu", "`x > 0 ? beta * x : beta * alpha * (exp(x) - 1)`">,
  Nn_Function<"Shrink", 18, "shrink", "`x < -alpha ? x + beta : x > alpha ? x - beta : 0`">,
  Nn_Function<"Sign", 19, "sign", "-1, 0 or 1">,
  Nn_Function<"Sinh", 20, "sinh">,
  Nn_Function<"Softplus", 21, "softplus", "`log(1 + exp(x))`">,
  Nn_Function<"Softsign", 22, "softsign", "`x / (1 + abs(x))`">,
  Nn_Function<"Sqrt", 23, "sqrt">,
  Nn_Function<"Swish", 24, "swish", "`x / (1 + exp(-alpha * x))`">,
  Nn_Function<"Tan", 25, "tan">,
  Nn_Function<"ThresholdedRelu", 26, "thresholded_relu", "`x > alpha ? x : 0`">
];

def Nn_UnaryKind : Nn_Enum<"UnaryKind", "an elementwise function of one value", Nn_Functions>;

def Nn_GateKind : Nn_Enum<"GateKind", "an activation of a recurrent layer", [
  I32EnumAttrCase<"Affine", 0, "affine">,
  I32EnumAttrCase<"Elu", 1, "elu">,
  I32EnumAttrCase<"HardSigmoid", 2, "hard_sigmoid">,
  I32EnumAttrCase<"LeakyRelu", 3, "leaky_relu">,
  I32EnumAttrCase<"Relu", 4, "relu">,
  I32EnumAttrCase<"ScaledTanh", 5, "scaled_tanh">,
  I32EnumAttrCase<"Sigmoid", 6, "sigmoid">,
  I32EnumAttrCase<"Softplus", 7, "softplus">,
  I32EnumAttrCase<"Softsign", 8, "softsign">,
  I32EnumAttrCase<"Tanh", 9, "tanh">,
  I32EnumAttrCase<"ThresholdedRelu", 10, "thresholded_relu">
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
def Nn_GateKindAttr : EnumAttr<Nn_Dialect, Nn_GateKind, "gate"> {
  let assemblyFormat = "`<` $value `>`";
}
def Nn_ResizeModeAttr : EnumAttr<Nn_Dialect, Nn_ResizeMode, "resize_mode">;
def Nn_ResizeCoordinatesAttr : EnumAttr<Nn_Dialect, Nn_ResizeCoordinates, "resize_coordinates">;
def Nn_NearestModeAttr : EnumAttr<Nn_Dialect, Nn_NearestMode, "nearest_mode"> {
  let assemblyFormat = "`<` $value `>`";
}

#endif // NARROW_DIALECT_NN_IR_NNATTRIBUTES_TD
