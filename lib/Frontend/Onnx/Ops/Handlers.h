//===- Handlers.h - the functions that import operators ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Each checks its node and sets its outputs. A file holds one family.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_FRONTEND_ONNX_OPS_HANDLERS_H
#define NARROW_LIB_FRONTEND_ONNX_OPS_HANDLERS_H

#include "../Node.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"

namespace narrow::frontend {

struct VolumeWindow;

// Attention.cpp
LogicalResult importAttention(Node &node);

// Activation.cpp
/// A function without parameters.
LogicalResult importFunction(Node &node, nn::UnaryKind kind);
LogicalResult importRelu(Node &node);
LogicalResult importLeakyRelu(Node &node);
LogicalResult importThresholdedRelu(Node &node);
LogicalResult importElu(Node &node);
LogicalResult importCelu(Node &node);
LogicalResult importSelu(Node &node);
LogicalResult importHardSigmoid(Node &node);
LogicalResult importSwish(Node &node);
LogicalResult importShrink(Node &node);
LogicalResult importGelu(Node &node);
LogicalResult importPRelu(Node &node);
LogicalResult importSoftmax(Node &node);
LogicalResult importLogSoftmax(Node &node);
LogicalResult importHardmax(Node &node);

// Constants.cpp
LogicalResult importConstant(Node &node);
LogicalResult importConstantOfShape(Node &node);
LogicalResult importShape(Node &node);
LogicalResult importSize(Node &node);
LogicalResult importRange(Node &node);
LogicalResult importEyeLike(Node &node);
LogicalResult importDropout(Node &node);
LogicalResult importHannWindow(Node &node);
LogicalResult importHammingWindow(Node &node);
LogicalResult importBlackmanWindow(Node &node);

// Convolution.cpp
LogicalResult importConv(Node &node);
LogicalResult importConvTranspose(Node &node);
LogicalResult importCol2Im(Node &node);

// Einsum.cpp
LogicalResult importEinsum(Node &node);

// Elementwise.cpp
LogicalResult importBinary(Node &node, BinaryOp op);
LogicalResult importLess(Node &node);
LogicalResult importLessOrEqual(Node &node);
LogicalResult importEqual(Node &node);
LogicalResult importPow(Node &node);
LogicalResult importMod(Node &node);
LogicalResult importBitShift(Node &node);
LogicalResult importVariadic(Node &node, BinaryOp op);
LogicalResult importMean(Node &node);
LogicalResult importUnary(Node &node, UnaryOp op);
LogicalResult importNot(Node &node);
LogicalResult importIdentity(Node &node);
LogicalResult importCast(Node &node);
LogicalResult importCastLike(Node &node);
LogicalResult importWhere(Node &node);
LogicalResult importIsNan(Node &node);
LogicalResult importIsInf(Node &node);
LogicalResult importClip(Node &node);

// Index.cpp
LogicalResult importGather(Node &node);
LogicalResult importGatherElements(Node &node);
LogicalResult importGatherNd(Node &node);
LogicalResult importScatterNd(Node &node);
LogicalResult importScatterElements(Node &node);
LogicalResult importOneHot(Node &node);
LogicalResult importTrilu(Node &node);
LogicalResult importCompress(Node &node);
LogicalResult importNonZero(Node &node);
LogicalResult importReverseSequence(Node &node);

// Loss.cpp
LogicalResult importNegativeLogLikelihoodLoss(Node &node);
LogicalResult importSoftmaxCrossEntropyLoss(Node &node);

// Matrix.cpp
LogicalResult importMatMul(Node &node);
LogicalResult importGemm(Node &node);

// Movement.cpp
LogicalResult importReshape(Node &node);
LogicalResult importFlatten(Node &node);
LogicalResult importTranspose(Node &node);
LogicalResult importSqueeze(Node &node);
LogicalResult importUnsqueeze(Node &node);
LogicalResult importConcat(Node &node);
LogicalResult importSplit(Node &node);
LogicalResult importSlice(Node &node);
LogicalResult importPad(Node &node);
LogicalResult importTile(Node &node);
LogicalResult importExpand(Node &node);
LogicalResult importDepthToSpace(Node &node);
LogicalResult importSpaceToDepth(Node &node);

// Normalisation.cpp
LogicalResult importBatchNormalization(Node &node);
LogicalResult importInstanceNormalization(Node &node);
LogicalResult importGroupNormalization(Node &node);
LogicalResult importLayerNormalization(Node &node);
LogicalResult importRmsNormalization(Node &node);
/// The same with an epsilon where the node has none.
LogicalResult importLayerNormalization(Node &node, float epsilon);
LogicalResult importRmsNormalization(Node &node, float epsilon);
LogicalResult importMeanVarianceNormalization(Node &node);
LogicalResult importLpNormalization(Node &node);
LogicalResult importLrn(Node &node);

// Pooling.cpp
LogicalResult importMaxPool(Node &node);
LogicalResult importAveragePool(Node &node);
LogicalResult importLpPool(Node &node);
LogicalResult importGlobalAveragePool(Node &node);
LogicalResult importGlobalMaxPool(Node &node);
LogicalResult importGlobalLpPool(Node &node);

// Unpooling.cpp
LogicalResult importMaxUnpool(Node &node);
/// Sets output 1 of MaxPool: where in the image the maxima stand, output 0.
LogicalResult setPoolPlaces(Node &node, const VolumeWindow &window);

// Quantization.cpp
LogicalResult importDequantizeLinear(Node &node);
LogicalResult importQuantizeLinear(Node &node);
LogicalResult importDynamicQuantizeLinear(Node &node);

// Features.cpp
LogicalResult importScaler(Node &node);
LogicalResult importBinarizer(Node &node);
LogicalResult importNormalizer(Node &node);
LogicalResult importArrayFeatureExtractor(Node &node);
LogicalResult importLinearRegressor(Node &node);
LogicalResult importLinearClassifier(Node &node);
LogicalResult importSvmRegressor(Node &node);

// Fused.cpp
LogicalResult importBiasGelu(Node &node);
LogicalResult importFastGelu(Node &node);
LogicalResult importFusedConv(Node &node);
LogicalResult importFusedMatMul(Node &node);
LogicalResult importQuickGelu(Node &node);
LogicalResult importSkipLayerNormalization(Node &node);
LogicalResult importSkipSimplifiedLayerNormalization(Node &node);

// QLinear.cpp
LogicalResult importQLinearMatMul(Node &node);
LogicalResult importQLinearConv(Node &node);
LogicalResult importQGemm(Node &node);
LogicalResult importQLinearAdd(Node &node);
LogicalResult importQLinearAveragePool(Node &node);
LogicalResult importQLinearConcat(Node &node);
LogicalResult importQLinearGlobalAveragePool(Node &node);
LogicalResult importQLinearLeakyRelu(Node &node);
LogicalResult importQLinearMul(Node &node);
LogicalResult importQLinearSigmoid(Node &node);
LogicalResult importQLinearSoftmax(Node &node);
LogicalResult importQLinearWhere(Node &node);

// Recurrent.cpp
LogicalResult importRnn(Node &node);
LogicalResult importGru(Node &node);
LogicalResult importLstm(Node &node);

// Reduction.cpp
LogicalResult importReduce(Node &node, ReduceOp op);
LogicalResult importReduceMean(Node &node);
LogicalResult importReduceL1(Node &node);
LogicalResult importReduceSumSquare(Node &node);
LogicalResult importReduceL2(Node &node);
LogicalResult importReduceLogSum(Node &node);
LogicalResult importReduceLogSumExp(Node &node);
LogicalResult importArgMax(Node &node);
LogicalResult importArgMin(Node &node);
LogicalResult importCumSum(Node &node);
LogicalResult importTopK(Node &node);

// Resize.cpp
LogicalResult importResize(Node &node);
LogicalResult importUpsample(Node &node);

// Rotary.cpp
LogicalResult importRotaryEmbedding(Node &node);

// Sampling.cpp
LogicalResult importGridSample(Node &node);
LogicalResult importRoiAlign(Node &node);

// Spectrum.cpp
LogicalResult importDft(Node &node);
LogicalResult importStft(Node &node);

} // namespace narrow::frontend

#endif // NARROW_LIB_FRONTEND_ONNX_OPS_HANDLERS_H
