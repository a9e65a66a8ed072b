//===- OpTable.cpp - the ONNX operators that are imported -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "OpTable.h"
#include "Ops/Handlers.h"

using namespace narrow;
using namespace narrow::frontend;

namespace {

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

constexpr StringRef kSpatial = "one or two spatial axes";

/// Sorted by name.
const OpEntry kTable[] = {
    {"Abs", "", 6, 24, unary<UnaryOp::Abs>, 0, ""},
    {"Acos", "", 7, 24, unary<UnaryOp::Acos>, 0, ""},
    {"Acosh", "", 9, 24, unary<UnaryOp::Acosh>, 0, ""},
    {"Add", "", 6, 24, binary<BinaryOp::Add>, 0, ""},
    {"And", "", 1, 24, binary<BinaryOp::And>, 0, ""},
    {"ArgMax", "", 1, 24, importArgMax, 0, ""},
    {"ArgMin", "", 1, 24, importArgMin, 0, ""},
    {"Asin", "", 7, 24, unary<UnaryOp::Asin>, 0, ""},
    {"Asinh", "", 9, 24, unary<UnaryOp::Asinh>, 0, ""},
    {"Atan", "", 7, 24, unary<UnaryOp::Atan>, 0, ""},
    {"Atanh", "", 9, 24, unary<UnaryOp::Atanh>, 0, ""},
    {"AveragePool", "", 1, 24, importAveragePool, 0, kSpatial},
    {"BatchNormalization", "", 6, 24, importBatchNormalization, 0,
     "inference only"},
    {"BitShift", "", 11, 24, importBitShift, 0, ""},
    {"BitwiseAnd", "", 18, 24, binary<BinaryOp::BitAnd>, 0, ""},
    {"BitwiseNot", "", 18, 24, unary<UnaryOp::BitNot>, 0, ""},
    {"BitwiseOr", "", 18, 24, binary<BinaryOp::BitOr>, 0, ""},
    {"BitwiseXor", "", 18, 24, binary<BinaryOp::BitXor>, 0, ""},
    {"BlackmanWindow", "", 17, 24, importBlackmanWindow, operands({0}), ""},
    {"Cast", "", 6, 24, importCast, 0, "no strings, 8-bit floats or int4"},
    {"CastLike", "", 15, 24, importCastLike, 0,
     "no strings, 8-bit floats or int4"},
    {"Ceil", "", 6, 24, unary<UnaryOp::Ceil>, 0, ""},
    {"Celu", "", 12, 24, importCelu, 0, ""},
    {"Clip", "", 6, 24, importClip, 0, ""},
    {"Compress", "", 9, 24, importCompress, operands({1}), ""},
    {"Concat", "", 4, 24, importConcat, 0, ""},
    {"Constant", "", 1, 24, importConstant, 0, "dense values, no strings"},
    {"ConstantOfShape", "", 9, 24, importConstantOfShape, operands({0}), ""},
    {"Conv", "", 1, 24, importConv, 0, kSpatial},
    {"ConvInteger", "", 10, 24, importConvInteger, 0,
     "one or two spatial axes; computed in f32"},
    {"ConvTranspose", "", 1, 24, importConvTranspose, 0, kSpatial},
    {"Cos", "", 7, 24, unary<UnaryOp::Cos>, 0, ""},
    {"Cosh", "", 9, 24, unary<UnaryOp::Cosh>, 0, ""},
    {"CumSum", "", 11, 24, importCumSum, operands({1}),
     "an axis of at most 4096"},
    {"DepthToSpace", "", 1, 24, importDepthToSpace, 0, ""},
    {"DequantizeLinear", "", 10, 24, importDequantizeLinear, 0,
     "8, 16 and 32 bits"},
    {"Div", "", 6, 24, binary<BinaryOp::Div>, 0, "no uint64"},
    {"Dropout", "", 6, 24, importDropout, operands({1, 2}), "inference only"},
    {"DynamicQuantizeLinear", "", 11, 24, importDynamicQuantizeLinear, 0, ""},
    {"Einsum", "", 12, 24, importEinsum, 0, ""},
    {"Elu", "", 6, 24, importElu, 0, ""},
    {"Equal", "", 1, 24, importEqual, 0, ""},
    {"Erf", "", 9, 24, unary<UnaryOp::Erf>, 0, ""},
    {"Exp", "", 6, 24, unary<UnaryOp::Exp>, 0, ""},
    {"Expand", "", 8, 24, importExpand, operands({1}), ""},
    {"EyeLike", "", 9, 24, importEyeLike, 0, ""},
    {"Flatten", "", 1, 24, importFlatten, 0, ""},
    {"Floor", "", 6, 24, unary<UnaryOp::Floor>, 0, ""},
    {"GRU", "", 7, 24, importGru, operands({4}),
     "at most 256 steps, all sequences of full length, no clip"},
    {"Gather", "", 1, 24, importGather, 0, ""},
    {"GatherElements", "", 11, 24, importGatherElements, 0, ""},
    {"GatherND", "", 11, 24, importGatherNd, 0, ""},
    {"Gelu", "", 20, 24, importGelu, 0, ""},
    {"Gelu", "com.microsoft", 1, 1, importGelu, 0, ""},
    {"Gemm", "", 6, 24, importGemm, 0, ""},
    {"GlobalAveragePool", "", 1, 24, importGlobalAveragePool, 0, ""},
    {"GlobalLpPool", "", 2, 24, importGlobalLpPool, 0, ""},
    {"GlobalMaxPool", "", 1, 24, importGlobalMaxPool, 0, ""},
    {"Greater", "", 1, 24, binary<BinaryOp::Greater>, 0, ""},
    {"GreaterOrEqual", "", 12, 24, binary<BinaryOp::GreaterOrEqual>, 0, ""},
    {"GroupNormalization", "", 18, 24, importGroupNormalization, 0, ""},
    {"HammingWindow", "", 17, 24, importHammingWindow, operands({0}), ""},
    {"HannWindow", "", 17, 24, importHannWindow, operands({0}), ""},
    {"HardSigmoid", "", 6, 24, importHardSigmoid, 0, ""},
    {"HardSwish", "", 14, 24, importHardSwish, 0, ""},
    {"Hardmax", "", 1, 24, importHardmax, 0, ""},
    {"Identity", "", 1, 24, importIdentity, 0, ""},
    {"InstanceNormalization", "", 6, 24, importInstanceNormalization, 0, ""},
    {"IsInf", "", 10, 24, importIsInf, 0, ""},
    {"IsNaN", "", 9, 24, importIsNan, 0, ""},
    {"LRN", "", 1, 24, importLrn, 0, ""},
    {"LSTM", "", 7, 24, importLstm, operands({4}),
     "at most 256 steps, all sequences of full length, no clip"},
    {"LayerNormalization", "", 17, 24, importLayerNormalization, 0, ""},
    {"LeakyRelu", "", 6, 24, importLeakyRelu, 0, ""},
    {"Less", "", 1, 24, importLess, 0, ""},
    {"LessOrEqual", "", 12, 24, importLessOrEqual, 0, ""},
    {"Log", "", 6, 24, unary<UnaryOp::Log>, 0, ""},
    {"LogSoftmax", "", 1, 24, importLogSoftmax, 0, ""},
    {"LpNormalization", "", 1, 24, importLpNormalization, 0, ""},
    {"LpPool", "", 2, 24, importLpPool, 0, kSpatial},
    {"MatMul", "", 1, 24, importMatMul, 0, ""},
    {"MatMulInteger", "", 10, 24, importMatMulInteger, 0, ""},
    {"Max", "", 6, 24, variadic<BinaryOp::Max>, 0, ""},
    {"MaxPool", "", 1, 24, importMaxPool, 0,
     "one or two spatial axes, no indices"},
    {"Mean", "", 6, 24, importMean, 0, ""},
    {"MeanVarianceNormalization", "", 9, 24, importMeanVarianceNormalization, 0,
     ""},
    {"Min", "", 6, 24, variadic<BinaryOp::Min>, 0, ""},
    {"Mish", "", 18, 24, importMish, 0, ""},
    {"Mod", "", 10, 24, importMod, 0, "no uint64"},
    {"Mul", "", 6, 24, binary<BinaryOp::Mul>, 0, ""},
    {"Neg", "", 6, 24, unary<UnaryOp::Neg>, 0, ""},
    {"NegativeLogLikelihoodLoss", "", 12, 24, importNegativeLogLikelihoodLoss,
     0, ""},
    {"NonZero", "", 9, 24, importNonZero, operands({0}), ""},
    {"Not", "", 1, 24, importNot, 0, ""},
    {"OneHot", "", 9, 24, importOneHot, operands({1}), ""},
    {"Or", "", 1, 24, binary<BinaryOp::Or>, 0, ""},
    {"PRelu", "", 6, 24, importPRelu, 0, ""},
    {"Pad", "", 2, 24, importPad, operands({1, 2, 3}), ""},
    {"Pow", "", 1, 24, importPow, 0, ""},
    {"QLinearConv", "", 10, 24, importQLinearConv, 0,
     "one or two spatial axes; computed in f32"},
    {"QLinearMatMul", "", 10, 24, importQLinearMatMul, 0, "computed in f32"},
    {"QuantizeLinear", "", 10, 24, importQuantizeLinear, 0, "8 and 16 bits"},
    {"RMSNormalization", "", 23, 24, importRmsNormalization, 0, ""},
    {"RNN", "", 7, 24, importRnn, operands({4}),
     "at most 256 steps, all sequences of full length, no clip"},
    {"Range", "", 11, 24, importRange, operands({0, 1, 2}), ""},
    {"Reciprocal", "", 6, 24, unary<UnaryOp::Reciprocal>, 0, ""},
    {"ReduceL1", "", 1, 24, importReduceL1, operands({1}), ""},
    {"ReduceL2", "", 1, 24, importReduceL2, operands({1}), ""},
    {"ReduceLogSum", "", 1, 24, importReduceLogSum, operands({1}), ""},
    {"ReduceLogSumExp", "", 1, 24, importReduceLogSumExp, operands({1}), ""},
    {"ReduceMax", "", 1, 24, reduce<ReduceOp::Max>, operands({1}), ""},
    {"ReduceMean", "", 1, 24, importReduceMean, operands({1}), ""},
    {"ReduceMin", "", 1, 24, reduce<ReduceOp::Min>, operands({1}), ""},
    {"ReduceProd", "", 1, 24, reduce<ReduceOp::Prod>, operands({1}), ""},
    {"ReduceSum", "", 1, 24, reduce<ReduceOp::Sum>, operands({1}), ""},
    {"ReduceSumSquare", "", 1, 24, importReduceSumSquare, operands({1}), ""},
    {"Relu", "", 6, 24, importRelu, 0, ""},
    {"Reshape", "", 5, 24, importReshape, operands({1}), ""},
    {"Resize", "", 10, 24, importResize, operands({1, 2, 3}),
     "at most two axes change"},
    {"ReverseSequence", "", 10, 24, importReverseSequence, operands({1}), ""},
    {"Round", "", 11, 24, unary<UnaryOp::Round>, 0, ""},
    {"Scatter", "", 9, 10, importScatterElements, operands({1}), ""},
    {"ScatterElements", "", 11, 24, importScatterElements, operands({1}), ""},
    {"ScatterND", "", 11, 24, importScatterNd, operands({1}), ""},
    {"Selu", "", 6, 24, importSelu, 0, ""},
    {"Shape", "", 1, 24, importShape, 0, ""},
    {"Shrink", "", 9, 24, importShrink, 0, ""},
    {"Sigmoid", "", 6, 24, unary<UnaryOp::Sigmoid>, 0, ""},
    {"Sign", "", 9, 24, unary<UnaryOp::Sign>, 0, ""},
    {"Sin", "", 7, 24, unary<UnaryOp::Sin>, 0, ""},
    {"Sinh", "", 9, 24, unary<UnaryOp::Sinh>, 0, ""},
    {"Size", "", 1, 24, importSize, 0, ""},
    {"Slice", "", 1, 24, importSlice, operands({1, 2, 3, 4}), ""},
    {"Softmax", "", 1, 24, importSoftmax, 0, ""},
    {"SoftmaxCrossEntropyLoss", "", 12, 24, importSoftmaxCrossEntropyLoss, 0,
     ""},
    {"Softplus", "", 1, 24, unary<UnaryOp::Softplus>, 0, ""},
    {"Softsign", "", 1, 24, unary<UnaryOp::Softsign>, 0, ""},
    {"SpaceToDepth", "", 1, 24, importSpaceToDepth, 0, ""},
    {"Split", "", 2, 24, importSplit, operands({1}), ""},
    {"Sqrt", "", 6, 24, unary<UnaryOp::Sqrt>, 0, ""},
    {"Squeeze", "", 1, 24, importSqueeze, operands({1}), ""},
    {"Sub", "", 6, 24, binary<BinaryOp::Sub>, 0, ""},
    {"Sum", "", 6, 24, variadic<BinaryOp::Add>, 0, ""},
    {"Swish", "", 24, 24, importSwish, 0, ""},
    {"Tan", "", 7, 24, unary<UnaryOp::Tan>, 0, ""},
    {"Tanh", "", 6, 24, unary<UnaryOp::Tanh>, 0, ""},
    {"ThresholdedRelu", "", 10, 24, importThresholdedRelu, 0, ""},
    {"Tile", "", 1, 24, importTile, operands({1}), ""},
    {"TopK", "", 1, 24, importTopK, operands({1}), "k of at most 64"},
    {"Transpose", "", 1, 24, importTranspose, 0, ""},
    {"Trilu", "", 14, 24, importTrilu, operands({1}), ""},
    {"Unsqueeze", "", 1, 24, importUnsqueeze, operands({1}), ""},
    {"Upsample", "", 7, 9, importUpsample, operands({1}),
     "at most two axes change"},
    {"Where", "", 9, 24, importWhere, 0, ""},
    {"Xor", "", 1, 24, binary<BinaryOp::Xor>, 0, ""},
};

} // namespace

ArrayRef<OpEntry> frontend::getOpTable() { return kTable; }

const OpEntry *frontend::findOp(StringRef domain, StringRef name,
                                int64_t opset) {
  StringRef wanted = isDefaultDomain(domain) ? StringRef() : domain;
  for (const OpEntry &entry : kTable)
    if (entry.name == name && entry.domain == wanted && opset >= entry.since &&
        opset <= entry.until)
      return &entry;
  return nullptr;
}
