//===- Pipeline.cpp - from observed float to fixed point ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Quantize/Pipeline.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"

using namespace narrow;
using namespace narrow::quantize;

namespace {
/// The options of both passes by their own names; those that both know go to
/// both.
struct CommandLineOptions : mlir::PassPipelineOptions<CommandLineOptions> {
  Option<bool> symmetric{*this, "symmetric",
                         llvm::cl::desc("zero point 0 for activations")};
  Option<unsigned> bits{*this, "bits",
                        llvm::cl::desc("storage bits of activations, 2 to 16"),
                        llvm::cl::init(8)};
  Option<unsigned> weightBits{*this, "weight-bits",
                              llvm::cl::desc("storage bits of weights, 2 to 8"),
                              llvm::cl::init(8)};
  Option<unsigned> edgeWeightBits{
      *this, "edge-weight-bits",
      llvm::cl::desc("storage bits of weights of first and last layers; 0 for "
                     "weight-bits")};
  Option<unsigned> weightBlock{
      *this, "weight-block",
      llvm::cl::desc("weights of 4 bits that share a multiplier: 32, 64 or "
                     "128; 0 for none")};
  Option<bool> perTensor{*this, "per-tensor",
                         llvm::cl::desc("one weight scale per tensor")};
  Option<bool> fullRange{
      *this, "full-range",
      llvm::cl::desc("weights in [-128, 127] instead of [-127, 127]")};
  Option<bool> pow2{*this, "pow2", llvm::cl::desc("power-of-two scales")};
  Option<bool> pairSafe{
      *this, "pair-safe",
      llvm::cl::desc("weights whose pairs of products fit 16 bits")};
  Option<bool> wideResults{
      *this, "wide-results",
      llvm::cl::desc("16-bit results of the last contraction"),
      llvm::cl::init(true)};
  Option<unsigned> residualBits{
      *this, "residual-bits",
      llvm::cl::desc("storage bits of contraction results that only an "
                     "addition reads: 8 or 16"),
      llvm::cl::init(PlanTypesOptions().residualBits)};
  Option<unsigned> residualStreamBits{
      *this, "residual-stream-bits",
      llvm::cl::desc("storage bits of what additions and layers read: 8, or "
                     "16, of which layers read 8"),
      llvm::cl::init(PlanTypesOptions().residualStreamBits)};
  Option<fxp::RequantMode> requant{
      *this, "requant", llvm::cl::desc("requantisation of 8-bit results"),
      llvm::cl::init(fxp::RequantMode::Q15),
      llvm::cl::values(
          clEnumValN(fxp::RequantMode::Q15, "q15", "16-bit product (default)"),
          clEnumValN(fxp::RequantMode::Q31, "q31",
                     "32-bit product, exact to one rounding"),
          clEnumValN(fxp::RequantMode::F32, "f32",
                     "float product, as ONNX runtimes do"),
          clEnumValN(fxp::RequantMode::Pow2, "pow2",
                     "shift alone; needs pow2 scales"))};
  Option<Interface> io{
      *this, "io", llvm::cl::desc("the function's argument and result types"),
      llvm::cl::init(Interface::Float),
      llvm::cl::values(
          clEnumValN(Interface::Float, "float", "f32 (default)"),
          clEnumValN(Interface::Quantized, "quantized", "fixed point"))};
  Option<bool> onnxRuntime{
      *this, "onnx-runtime",
      llvm::cl::desc("the bits of ONNX Runtime, for models that came "
                     "quantised; needs requant=f32")};
  Option<bool> integerOnly{
      *this, "integer-only",
      llvm::cl::desc("an op that stays in float is an error")};
  ListOption<std::string> keepFloat{
      *this, "keep-float",
      llvm::cl::desc("names of ops (or of their results) that stay in float")};
  ListOption<std::string> ranges{
      *this, "range",
      llvm::cl::desc("NAME=LOW:HIGH replaces the calibrated range of a value")};
  ListOption<std::string> types{
      *this, "type",
      llvm::cl::desc(
          "NAME=u2|...|u8|i2|...|i8|i16 sets the storage of a value")};

  PlanningOptions getPlanning() const {
    PlanningOptions options;
    options.types.symmetric = symmetric;
    options.types.bits = bits;
    options.types.pow2 = pow2;
    options.types.wideResults = wideResults;
    options.types.residualBits = residualBits;
    options.types.residualStreamBits = residualStreamBits;
    options.types.keepFloat = llvm::to_vector(keepFloat);
    options.types.ranges.assign(ranges.begin(), ranges.end());
    options.types.types.assign(types.begin(), types.end());
    options.weights.bits = weightBits;
    options.weights.edgeBits = edgeWeightBits;
    options.weights.block = weightBlock;
    options.weights.perTensor = perTensor;
    options.weights.fullRange = fullRange;
    options.weights.pow2 = pow2;
    options.weights.pairSafe = pairSafe;
    options.weights.requant = requant;
    return options;
  }

  QuantizeOptions getQuantize() const {
    return {requant,
            io,
            /*plainCasts=*/false,
            onnxRuntime,
            integerOnly,
            /*fullTables=*/false,
            llvm::to_vector(keepFloat)};
  }
};
} // namespace

void quantize::buildQuantizePipeline(mlir::OpPassManager &manager,
                                     const QuantizeOptions &options,
                                     std::shared_ptr<QuantizeReport> report) {
  manager.addPass(createQuantizePass(options, std::move(report)));
  // Rescales are moved to where they can be merged, then merged; but where the
  // model rounds twice, ONNX Runtime does.
  if (!options.onnxRuntime) {
    manager.addPass(fxp::createFxpUnifyScales());
    manager.addPass(fxp::createFxpFoldRequant());
  }
  // Equal constants and equal casts of one value are one.
  manager.addPass(mlir::createCSEPass());
  // Behind it: names would keep equal ops apart.
  manager.addPass(fxp::createFxpNameValues());
  // After the last change of a requantisation: offsets count too.
  manager.addPass(fxp::createFxpVerifyAccumulators());
  // Behind everything that makes or joins constants.
  manager.addPass(fxp::createFxpChooseStorage());
}

void quantize::registerQuantizePipeline() {
  mlir::PassPipelineRegistration<CommandLineOptions>(
      "narrow-quantize",
      "plan types, quantize, merge rescales and prove accumulators",
      [](mlir::OpPassManager &manager, const CommandLineOptions &options) {
        // Types are chosen for the whole graph before anything is built.
        buildPlanPipeline(manager, options.getPlanning());
        buildQuantizePipeline(manager, options.getQuantize());
      });
}
