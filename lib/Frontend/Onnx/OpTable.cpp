//===- OpTable.cpp - the ONNX operators that are imported -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "Ops/Dynamic.h"
#include "Ops/Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

/// A function of `nn.unary` without parameters.
template <nn::UnaryKind kind>
LogicalResult function(Node &node) {
  return importFunction(node, kind);
}

template <UnaryOp op>
LogicalResult unary(Node &node) {
  return importUnary(node, op);
}

template <BinaryOp op>
LogicalResult binary(Node &node) {
  return importBinary(node, op);
}

template <BinaryOp op>
LogicalResult variadic(Node &node) {
  return importVariadic(node, op);
}

template <ReduceOp op>
LogicalResult reduce(Node &node) {
  return importReduce(node, op);
}

/// Bits of operands that must be constant.
constexpr uint32_t operands(std::initializer_list<int> indices) {
  uint32_t bits = 0;
  for (int index : indices)
    bits |= 1u << index;
  return bits;
}

constexpr StringRef kSpatial = "one to three spatial axes";

/// Sorted by name.
const OpEntry kTable[] = {
    {"Abs", "", 6, kLastOpset, unary<UnaryOp::Abs>, 0, ""},
    {"Acos", "", 7, kLastOpset, function<nn::UnaryKind::Acos>, 0, ""},
    {"Acosh", "", 9, kLastOpset, function<nn::UnaryKind::Acosh>, 0, ""},
    {"Add", "", 6, kLastOpset, binary<BinaryOp::Add>, 0, ""},
    {"And", "", 1, kLastOpset, binary<BinaryOp::And>, 0, ""},
    {"ArgMax", "", 1, kLastOpset, importArgMax, 0, ""},
    {"ArgMin", "", 1, kLastOpset, importArgMin, 0, ""},
    {"ArrayFeatureExtractor", "ai.onnx.ml", 1, 5, importArrayFeatureExtractor,
     0, ""},
    {"Asin", "", 7, kLastOpset, function<nn::UnaryKind::Asin>, 0, ""},
    {"Asinh", "", 9, kLastOpset, function<nn::UnaryKind::Asinh>, 0, ""},
    {"Atan", "", 7, kLastOpset, function<nn::UnaryKind::Atan>, 0, ""},
    {"Atanh", "", 9, kLastOpset, function<nn::UnaryKind::Atanh>, 0, ""},
    {"Attention", "", 23, kLastOpset, importAttention, 0, ""},
    {"AveragePool", "", 1, kLastOpset, importAveragePool, 0, kSpatial},
    {"BatchNormalization", "", 6, kLastOpset, importBatchNormalization, 0,
     "inference only"},
    {"BiasGelu", "com.microsoft", 1, 1, importBiasGelu, 0, ""},
    {"Binarizer", "ai.onnx.ml", 1, 5, importBinarizer, 0, ""},
    {"BitShift", "", 11, kLastOpset, importBitShift, 0, ""},
    {"BitwiseAnd", "", 18, kLastOpset, binary<BinaryOp::BitAnd>, 0, ""},
    {"BitwiseNot", "", 18, kLastOpset, unary<UnaryOp::BitNot>, 0, ""},
    {"BitwiseOr", "", 18, kLastOpset, binary<BinaryOp::BitOr>, 0, ""},
    {"BitwiseXor", "", 18, kLastOpset, binary<BinaryOp::BitXor>, 0, ""},
    {"BlackmanWindow", "", 17, kLastOpset, importBlackmanWindow, operands({0}),
     ""},
    {"Cast", "", 6, kLastOpset, importCast, 0,
     "no strings, 8-bit floats or int4"},
    {"CastLike", "", 15, kLastOpset, importCastLike, 0,
     "no strings, 8-bit floats or int4"},
    {"Ceil", "", 6, kLastOpset, unary<UnaryOp::Ceil>, 0, ""},
    {"Celu", "", 12, kLastOpset, importCelu, 0, ""},
    {"Clip", "", 6, kLastOpset, importClip, 0, ""},
    {"Col2Im", "", 18, kLastOpset, importCol2Im, operands({1, 2}), ""},
    {"Compress", "", 9, kLastOpset, importCompress, operands({1}), "",
     Stored::Moves},
    {"Concat", "", 4, kLastOpset, importConcat, 0, "", Stored::Moves},
    {"Constant", "", 1, kLastOpset, importConstant, 0,
     "dense values, no strings"},
    {"ConstantOfShape", "", 9, kLastOpset, importConstantOfShape, operands({0}),
     ""},
    {"Conv", "", 1, kLastOpset, importConv, 0, kSpatial},
    {"ConvInteger", "", 10, kLastOpset, importConvInteger, 0, kSpatial,
     Stored::Reads},
    {"ConvTranspose", "", 1, kLastOpset, importConvTranspose, 0,
     "one or two spatial axes"},
    {"Cos", "", 7, kLastOpset, unary<UnaryOp::Cos>, 0, ""},
    {"Cosh", "", 9, kLastOpset, function<nn::UnaryKind::Cosh>, 0, ""},
    {"CumSum", "", 11, kLastOpset, importCumSum, operands({1}),
     "an axis of at most 4096"},
    {"DFT", "", 17, kLastOpset, importDft, operands({1, 2}),
     "two sides where the input is complex"},
    {"DepthToSpace", "", 1, kLastOpset, importDepthToSpace, 0, "",
     Stored::Moves},
    {"DequantizeLinear", "", 10, kLastOpset, importDequantizeLinear, 0,
     "no 8-bit or 4-bit floats", Stored::Reads},
    {"DequantizeLinear", "com.microsoft", 1, 1, importDequantizeLinear, 0, "",
     Stored::Reads},
    {"Div", "", 6, kLastOpset, binary<BinaryOp::Div>, 0, "no uint64"},
    {"Dropout", "", 6, kLastOpset, importDropout, operands({1, 2}),
     "inference only"},
    {"DynamicQuantizeLSTM", "com.microsoft", 1, 1, importDynamicQuantizeLstm,
     operands({1, 2, 8, 9, 10, 11}), "states are not rounded"},
    {"DynamicQuantizeLinear", "", 11, kLastOpset, importDynamicQuantizeLinear,
     0, ""},
    {"DynamicQuantizeMatMul", "com.microsoft", 1, 1,
     importDynamicQuantizeMatMul, 0, ""},
    {"Einsum", "", 12, kLastOpset, importEinsum, 0, ""},
    {"Elu", "", 6, kLastOpset, importElu, 0, ""},
    {"Equal", "", 1, kLastOpset, importEqual, 0, ""},
    {"Erf", "", 9, kLastOpset, unary<UnaryOp::Erf>, 0, ""},
    {"Exp", "", 6, kLastOpset, unary<UnaryOp::Exp>, 0, ""},
    {"Expand", "", 8, kLastOpset, importExpand, operands({1}), "",
     Stored::Moves},
    {"EyeLike", "", 9, kLastOpset, importEyeLike, 0, ""},
    {"FastGelu", "com.microsoft", 1, 1, importFastGelu, 0, ""},
    {"Flatten", "", 1, kLastOpset, importFlatten, 0, "", Stored::Moves},
    {"Floor", "", 6, kLastOpset, unary<UnaryOp::Floor>, 0, ""},
    {"FusedConv", "com.microsoft", 1, 1, importFusedConv, 0, kSpatial},
    {"FusedMatMul", "com.microsoft", 1, 1, importFusedMatMul, 0,
     "no transposed batches"},
    {"GRU", "", 7, kLastOpset, importGru, 0, ""},
    {"Gather", "", 1, kLastOpset, importGather, 0, "", Stored::Moves},
    {"GatherElements", "", 11, kLastOpset, importGatherElements, 0, "",
     Stored::Moves},
    {"GatherND", "", 11, kLastOpset, importGatherNd, 0, "", Stored::Moves},
    {"Gelu", "", 20, kLastOpset, importGelu, 0, ""},
    {"Gelu", "com.microsoft", 1, 1, importGelu, 0, ""},
    {"Gemm", "", 6, kLastOpset, importGemm, 0, ""},
    {"GlobalAveragePool", "", 1, kLastOpset, importGlobalAveragePool, 0, ""},
    {"GlobalLpPool", "", 2, kLastOpset, importGlobalLpPool, 0, ""},
    {"GlobalMaxPool", "", 1, kLastOpset, importGlobalMaxPool, 0, "",
     Stored::Moves},
    {"Greater", "", 1, kLastOpset, binary<BinaryOp::Greater>, 0, ""},
    {"GreaterOrEqual", "", 12, kLastOpset, binary<BinaryOp::GreaterOrEqual>, 0,
     ""},
    {"GridSample", "", 16, kLastOpset, importGridSample, 0,
     "two spatial axes, linear or nearest, zeros or border"},
    {"GroupNormalization", "", 18, kLastOpset, importGroupNormalization, 0, ""},
    {"HammingWindow", "", 17, kLastOpset, importHammingWindow, operands({0}),
     ""},
    {"HannWindow", "", 17, kLastOpset, importHannWindow, operands({0}), ""},
    {"HardSigmoid", "", 6, kLastOpset, importHardSigmoid, 0, ""},
    {"HardSwish", "", 14, kLastOpset, function<nn::UnaryKind::HardSwish>, 0,
     ""},
    {"Hardmax", "", 1, kLastOpset, importHardmax, 0, ""},
    {"Identity", "", 1, kLastOpset, importIdentity, 0, "", Stored::Moves},
    {"InstanceNormalization", "", 6, kLastOpset, importInstanceNormalization, 0,
     ""},
    {"IsInf", "", 10, kLastOpset, importIsInf, 0, ""},
    {"IsNaN", "", 9, kLastOpset, importIsNan, 0, ""},
    {"LRN", "", 1, kLastOpset, importLrn, 0, ""},
    {"LSTM", "", 7, kLastOpset, importLstm, 0, ""},
    {"LayerNormalization", "", 17, kLastOpset, importLayerNormalization, 0, ""},
    {"LeakyRelu", "", 6, kLastOpset, importLeakyRelu, 0, ""},
    {"Less", "", 1, kLastOpset, importLess, 0, ""},
    {"LessOrEqual", "", 12, kLastOpset, importLessOrEqual, 0, ""},
    {"LinearClassifier", "ai.onnx.ml", 1, 5, importLinearClassifier, 0,
     "labels are integers"},
    {"LinearRegressor", "ai.onnx.ml", 1, 5, importLinearRegressor, 0, ""},
    {"Log", "", 6, kLastOpset, unary<UnaryOp::Log>, 0, ""},
    {"LogSoftmax", "", 1, kLastOpset, importLogSoftmax, 0, ""},
    {"LpNormalization", "", 1, kLastOpset, importLpNormalization, 0, ""},
    {"LpPool", "", 2, kLastOpset, importLpPool, 0, kSpatial},
    {"MatMul", "", 1, kLastOpset, importMatMul, 0, ""},
    {"MatMulInteger", "", 10, kLastOpset, importMatMulInteger, 0, "",
     Stored::Reads},
    {"MatMulIntegerToFloat", "com.microsoft", 1, 1, importMatMulIntegerToFloat,
     0, "one scale of operand 0", Stored::Reads},
    {"MatMulNBits", "com.microsoft", 1, 1, importMatMulNBits,
     operands({1, 2, 3}), "4 or 8 bits, no order of K"},
    {"Max", "", 6, kLastOpset, variadic<BinaryOp::Max>, 0, ""},
    {"MaxPool", "", 1, kLastOpset, importMaxPool, 0, kSpatial, Stored::Moves},
    {"MaxUnpool", "", 9, kLastOpset, importMaxUnpool, operands({2}), kSpatial},
    {"Mean", "", 6, kLastOpset, importMean, 0, ""},
    {"MeanVarianceNormalization", "", 9, kLastOpset,
     importMeanVarianceNormalization, 0, ""},
    {"Min", "", 6, kLastOpset, variadic<BinaryOp::Min>, 0, ""},
    {"Mish", "", 18, kLastOpset, function<nn::UnaryKind::Mish>, 0, ""},
    {"Mod", "", 10, kLastOpset, importMod, 0, "no uint64"},
    {"Mul", "", 6, kLastOpset, binary<BinaryOp::Mul>, 0, ""},
    {"Neg", "", 6, kLastOpset, unary<UnaryOp::Neg>, 0, ""},
    {"NegativeLogLikelihoodLoss", "", 12, kLastOpset,
     importNegativeLogLikelihoodLoss, 0, ""},
    {"NonZero", "", 9, kLastOpset, importNonZero, operands({0}), ""},
    {"Normalizer", "ai.onnx.ml", 1, 5, importNormalizer, 0, "L1 or L2"},
    {"Not", "", 1, kLastOpset, importNot, 0, ""},
    {"OneHot", "", 9, kLastOpset, importOneHot, operands({1}), ""},
    {"Or", "", 1, kLastOpset, binary<BinaryOp::Or>, 0, ""},
    {"PRelu", "", 6, kLastOpset, importPRelu, 0, ""},
    {"Pad", "", 2, kLastOpset, importPad, operands({1, 2, 3}), ""},
    {"Pow", "", 1, kLastOpset, importPow, 0, ""},
    {"QAttention", "com.microsoft", 1, 1, importQAttention, 0,
     "no rotary embeddings, no buffer that past and present share",
     Stored::Reads},
    {"QGemm", "com.microsoft", 1, 1, importQGemm, 0, "", Stored::Reads},
    {"QLinearAdd", "com.microsoft", 1, 1, importQLinearAdd, 0, "",
     Stored::Reads},
    {"QLinearAveragePool", "com.microsoft", 1, 1, importQLinearAveragePool, 0,
     "", Stored::Reads},
    {"QLinearConcat", "com.microsoft", 1, 1, importQLinearConcat, 0, "",
     Stored::Reads},
    {"QLinearConv", "", 10, kLastOpset, importQLinearConv, 0, kSpatial,
     Stored::Reads},
    {"QLinearGlobalAveragePool", "com.microsoft", 1, 1,
     importQLinearGlobalAveragePool, 0, "", Stored::Reads},
    {"QLinearLeakyRelu", "com.microsoft", 1, 1, importQLinearLeakyRelu, 0, "",
     Stored::Reads},
    {"QLinearMatMul", "", 10, kLastOpset, importQLinearMatMul, 0, "",
     Stored::Reads},
    {"QLinearMul", "com.microsoft", 1, 1, importQLinearMul, 0, "",
     Stored::Reads},
    {"QLinearSigmoid", "com.microsoft", 1, 1, importQLinearSigmoid, 0, "",
     Stored::Reads},
    {"QLinearSoftmax", "com.microsoft", 1, 1, importQLinearSoftmax, 0, "",
     Stored::Reads},
    {"QLinearWhere", "com.microsoft", 1, 1, importQLinearWhere, 0, "",
     Stored::Reads},
    {"QuantizeLinear", "", 10, kLastOpset, importQuantizeLinear, 0,
     "8 and 16 bits"},
    {"QuantizeLinear", "com.microsoft", 1, 1, importQuantizeLinear, 0, ""},
    {"QuickGelu", "com.microsoft", 1, 1, importQuickGelu, 0, ""},
    {"RMSNormalization", "", 23, kLastOpset, importRmsNormalization, 0, ""},
    {"RNN", "", 7, kLastOpset, importRnn, 0, ""},
    {"Range", "", 11, kLastOpset, importRange, operands({0, 1, 2}), ""},
    {"Reciprocal", "", 6, kLastOpset, unary<UnaryOp::Reciprocal>, 0, ""},
    {"ReduceL1", "", 1, kLastOpset, importReduceL1, operands({1}), ""},
    {"ReduceL2", "", 1, kLastOpset, importReduceL2, operands({1}), ""},
    {"ReduceLogSum", "", 1, kLastOpset, importReduceLogSum, operands({1}), ""},
    {"ReduceLogSumExp", "", 1, kLastOpset, importReduceLogSumExp, operands({1}),
     ""},
    {"ReduceMax", "", 1, kLastOpset, reduce<ReduceOp::Max>, operands({1}), "",
     Stored::Moves},
    {"ReduceMean", "", 1, kLastOpset, importReduceMean, operands({1}), ""},
    {"ReduceMin", "", 1, kLastOpset, reduce<ReduceOp::Min>, operands({1}), ""},
    {"ReduceProd", "", 1, kLastOpset, reduce<ReduceOp::Prod>, operands({1}),
     ""},
    {"ReduceSum", "", 1, kLastOpset, reduce<ReduceOp::Sum>, operands({1}), ""},
    {"ReduceSumSquare", "", 1, kLastOpset, importReduceSumSquare, operands({1}),
     ""},
    {"Relu", "", 6, kLastOpset, importRelu, 0, ""},
    {"Reshape", "", 5, kLastOpset, importReshape, operands({1}), "",
     Stored::Moves},
    {"Resize", "", 10, kLastOpset, importResize, operands({1, 2, 3}),
     "at most two axes change"},
    {"ReverseSequence", "", 10, kLastOpset, importReverseSequence,
     operands({1}), ""},
    {"RoiAlign", "", 10, kLastOpset, importRoiAlign, 0,
     "computed regions of the image's size at most where sampling_ratio is 0"},
    {"RotaryEmbedding", "", 23, kLastOpset, importRotaryEmbedding, 0, ""},
    {"Round", "", 11, kLastOpset, unary<UnaryOp::Round>, 0, ""},
    {"STFT", "", 17, kLastOpset, importStft, operands({1, 2, 3}), ""},
    {"SVMRegressor", "ai.onnx.ml", 1, 5, importSvmRegressor, 0,
     "RBF or linear kernel"},
    {"Scaler", "ai.onnx.ml", 1, 5, importScaler, 0, ""},
    {"Scatter", "", 9, 10, importScatterElements, operands({1}), ""},
    {"ScatterElements", "", 11, kLastOpset, importScatterElements,
     operands({1}), ""},
    {"ScatterND", "", 11, kLastOpset, importScatterNd, operands({1}), ""},
    {"Selu", "", 6, kLastOpset, importSelu, 0, ""},
    {"Shape", "", 1, kLastOpset, importShape, 0, "", Stored::Reads},
    {"Shrink", "", 9, kLastOpset, importShrink, 0, ""},
    {"Sigmoid", "", 6, kLastOpset, unary<UnaryOp::Sigmoid>, 0, ""},
    {"Sign", "", 9, kLastOpset, unary<UnaryOp::Sign>, 0, ""},
    {"SimplifiedLayerNormalization", "", 1, kLastOpset, importRmsNormalization,
     0, ""},
    {"Sin", "", 7, kLastOpset, unary<UnaryOp::Sin>, 0, ""},
    {"Sinh", "", 9, kLastOpset, function<nn::UnaryKind::Sinh>, 0, ""},
    {"Size", "", 1, kLastOpset, importSize, 0, "", Stored::Reads},
    {"SkipLayerNormalization", "com.microsoft", 1, 1,
     importSkipLayerNormalization, 0, ""},
    {"SkipSimplifiedLayerNormalization", "com.microsoft", 1, 1,
     importSkipSimplifiedLayerNormalization, 0, ""},
    {"Slice", "", 1, kLastOpset, importSlice, operands({1, 2, 3, 4}), "",
     Stored::Moves},
    {"Softmax", "", 1, kLastOpset, importSoftmax, 0, ""},
    {"SoftmaxCrossEntropyLoss", "", 12, kLastOpset,
     importSoftmaxCrossEntropyLoss, 0, ""},
    {"Softplus", "", 1, kLastOpset, function<nn::UnaryKind::Softplus>, 0, ""},
    {"Softsign", "", 1, kLastOpset, function<nn::UnaryKind::Softsign>, 0, ""},
    {"SpaceToDepth", "", 1, kLastOpset, importSpaceToDepth, 0, "",
     Stored::Moves},
    {"Split", "", 2, kLastOpset, importSplit, operands({1}), "", Stored::Moves},
    {"Sqrt", "", 6, kLastOpset, unary<UnaryOp::Sqrt>, 0, ""},
    {"Squeeze", "", 1, kLastOpset, importSqueeze, operands({1}), "",
     Stored::Moves},
    {"Sub", "", 6, kLastOpset, binary<BinaryOp::Sub>, 0, ""},
    {"Sum", "", 6, kLastOpset, variadic<BinaryOp::Add>, 0, ""},
    {"Swish", "", 24, kLastOpset, importSwish, 0, ""},
    {"Tan", "", 7, kLastOpset, function<nn::UnaryKind::Tan>, 0, ""},
    {"Tanh", "", 6, kLastOpset, unary<UnaryOp::Tanh>, 0, ""},
    {"ThresholdedRelu", "", 10, kLastOpset, importThresholdedRelu, 0, ""},
    {"Tile", "", 1, kLastOpset, importTile, operands({1}), "", Stored::Moves},
    {"TopK", "", 1, kLastOpset, importTopK, operands({1}), "", Stored::Moves},
    {"Transpose", "", 1, kLastOpset, importTranspose, 0, "", Stored::Moves},
    {"Trilu", "", 14, kLastOpset, importTrilu, operands({1}), ""},
    {"Unsqueeze", "", 1, kLastOpset, importUnsqueeze, operands({1}), "",
     Stored::Moves},
    {"Upsample", "", 7, 9, importUpsample, operands({1}),
     "at most two axes change"},
    {"Where", "", 9, kLastOpset, importWhere, 0, ""},
    {"Xor", "", 1, kLastOpset, binary<BinaryOp::Xor>, 0, ""},
};

/// What several nodes are together; no file has these.
const OpEntry kFolded[] = {
    {"DynamicConv", kFoldedDomain, 1, 1, importDynamicConv, 0, ""},
    {"DynamicMatMul", kFoldedDomain, 1, 1, importDynamicMatMul, 0, ""},
    {"ScaledConv", kFoldedDomain, 1, 1, importScaledConv, 0, "", Stored::Reads},
    {"ScaledMatMul", kFoldedDomain, 1, 1, importScaledMatMul, 0, "",
     Stored::Reads},
};

} // namespace

ArrayRef<OpEntry> frontend::getOpTable() { return kTable; }

const OpEntry *frontend::findOp(StringRef domain, StringRef name,
                                int64_t opset) {
  StringRef wanted = isDefaultDomain(domain) ? StringRef() : domain;
  ArrayRef<OpEntry> table = wanted == kFoldedDomain ? ArrayRef<OpEntry>(kFolded)
                                                    : ArrayRef<OpEntry>(kTable);
  for (const OpEntry &entry : table)
    if (entry.name == name && entry.domain == wanted && opset >= entry.since &&
        opset <= entry.until)
      return &entry;
  return nullptr;
}
