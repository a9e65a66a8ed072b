//===- LayerTimes.cpp - how long each layer of a model takes --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/LayerTimes.h"

#include "Noise.h"
#include "mlir/Parser/Parser.h"
#include "narrow/Driver/Session.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Text.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace narrow;
using llvm::json::Array;
using llvm::json::Object;

llvm::Error narrow::checkNative(const Target &level) {
  if (LevelRunner::isNative(level))
    return llvm::Error::success();
  return makeError("this CPU does not run level '" + level.qualifiedName() +
                   "', and an emulator's times say nothing");
}

llvm::Expected<double> narrow::measurePeak(const Target &level,
                                           MLIRContext &context) {
  if (llvm::Error error = checkNative(level))
    return std::move(error);
  // Peak kernels come with any model.
  OwningOpRef<ModuleOp> module = mlir::parseSourceString<ModuleOp>(
      R"(func.func @main(%x: tensor<1xf32>) -> tensor<1x!quant.uniform<u8:f32, 1.0>> {
           %0 = fxp.quantize %x : tensor<1xf32> -> tensor<1x!quant.uniform<u8:f32, 1.0>>
           return %0 : tensor<1x!quant.uniform<u8:f32, 1.0>>
         })",
      &context);
  CompileOptions options;
  options.targets = {&level};
  llvm::Expected<ProfiledModel> model = ProfiledModel::create(*module, options);
  if (!model)
    return model.takeError();
  return model->model->measurePeak();
}

llvm::Expected<LayerTimes>
narrow::measureLayers(const LayerTimesOptions &options, MLIRContext &context,
                      ProgressCallback progress) {
  if (llvm::Error error = checkNative(*options.level))
    return std::move(error);
  LayerTimes result;
  result.model = llvm::sys::path::filename(options.model.path).str();
  result.level = options.level->name.str();
  SessionOptions sessionOptions{options.model, options.calibration,
                                options.quantization, /*allowsNoise=*/true};
  // Corrected biases would take as long again, and change no time; but what is
  // wider may depend on them.
  if (!options.quantization.holdsAccuracy)
    sessionOptions.quantization.biasSamples = 0;
  Session session(std::move(sessionOptions), context);
  llvm::Expected<const QuantizedModel *> quantized =
      session.getQuantized(progress);
  if (!quantized)
    return quantized.takeError();
  llvm::Expected<bool> isFixed = session.isFixedPoint();
  if (!isFixed)
    return isFixed.takeError();
  result.isCalibrated = *isFixed || !session.isNoise();
  const ModelSamples *samples = nullptr;
  if (!*isFixed)
    if (llvm::Error error = session.getSamples().moveInto(samples))
      return std::move(error);
  std::vector<HostTensor> inputs =
      samples
          ? samples->get(0)
          : makeNoise(getInputSpecs(getMainFunction(*(*quantized)->module)), 0);

  DiagnosticCollector diagnostics(context);
  CompileOptions compile;
  compile.targets = {options.level};
  compile.rowStrips = options.rowStrips;
  llvm::Expected<ProfiledModel> model =
      ProfiledModel::create(*(*quantized)->module, compile);
  if (!model) {
    std::string text = llvm::toString(model.takeError());
    return diagnostics.hasErrors() ? diagnostics.takeError(options.model.path)
                                   : makeError(text);
  }
  result.calls = model->stats.calls;
  llvm::append_range(result.messages, session.getMessages());
  llvm::append_range(result.messages, diagnostics.getMessages());
  llvm::Expected<ModelProfile> profile =
      model->model->profile(inputs, options.seconds);
  if (!profile)
    return profile.takeError();
  result.profile = std::move(*profile);
  OutputFiles files;
  if (llvm::Error error = session.addStatistics(files))
    return std::move(error);
  if (llvm::Error error = files.commit())
    return std::move(error);
  return result;
}

double LayerTimes::getSumUs() const {
  double sum = 0;
  for (const ModelProfile::Step &step : profile.steps)
    sum += step.us;
  return sum;
}

int64_t LayerTimes::getMacs() const {
  int64_t sum = 0;
  for (const CallStats &call : calls)
    sum += call.macs;
  return sum;
}

/// Whether a call prepares memory for another one of its layer.
static bool isMovement(const CallStats &call) {
  return llvm::is_contained({"halo", "copy", "slice", "concat"}, call.op);
}

std::vector<LayerTimes::Layer> LayerTimes::getLayers() const {
  std::vector<Layer> layers;
  for (auto [call, step] : llvm::zip_equal(calls, profile.steps)) {
    if (size_t(call.layer) == layers.size())
      layers.push_back({&call});
    Layer &layer = layers[call.layer];
    layer.us += step.us;
    layer.repeatedUs += step.repeatedUs;
    layer.macs += call.macs;
    if (isMovement(*layer.call) && !isMovement(call)) {
      layer.call = &call;
      layer.strips = 0;
    }
    if (call.op == layer.call->op)
      ++layer.strips;
  }
  return layers;
}

/// Returns the numbers of the layers, the slowest first.
static std::vector<size_t> getSlowestFirst(ArrayRef<LayerTimes::Layer> layers) {
  std::vector<size_t> order(layers.size());
  std::iota(order.begin(), order.end(), size_t(0));
  llvm::sort(order, [&](size_t a, size_t b) {
    return std::make_pair(-layers[a].us, a) < std::make_pair(-layers[b].us, b);
  });
  return order;
}

/// 10^9 multiply-accumulates a second.
static double getGmacs(int64_t macs, double us) {
  return us > 0 ? 1e-3 * macs / us : 0;
}

Object LayerTimes::toJson() const {
  Array rows;
  for (auto [index, layer] : llvm::enumerate(getLayers())) {
    const CallStats &call = *layer.call;
    double gmacs = getGmacs(layer.macs, layer.us);
    rows.push_back(Object{{"index", int64_t(index)},
                          {"node", llvm::json::fixUTF8(call.node)},
                          {"op", call.op},
                          {"shapes", call.shapes},
                          {"kernel", call.kernel},
                          {"strips", layer.strips},
                          {"mmac", 1e-6 * layer.macs},
                          {"us", layer.us},
                          {"repeated_us", layer.repeatedUs},
                          {"gmacs", gmacs},
                          {"peak_share", gmacs / profile.peakGmacs}});
  }
  double gmacs = getGmacs(getMacs(), profile.runUs);
  return Object{{"model", llvm::json::fixUTF8(model)},
                {"isa", level},
                {"calibrated", isCalibrated},
                {"peak_gmacs", profile.peakGmacs},
                {"run_us", profile.runUs},
                {"layers_us", getSumUs()},
                {"mmac", 1e-6 * getMacs()},
                {"gmacs", gmacs},
                {"peak_share", gmacs / profile.peakGmacs},
                {"layers", std::move(rows)}};
}

void LayerTimes::print(raw_ostream &os, bool isSorted) const {
  if (!isCalibrated)
    os << "note: without --calib ranges come from noise: the times hold, the "
          "results mean nothing\n";
  std::vector<Layer> layers = getLayers();
  std::vector<size_t> slowest = getSlowestFirst(layers), order = slowest;
  if (!isSorted)
    llvm::sort(order);
  double sum = getSumUs();
  os << "   #         us  % time  repeated     MMAC  GMAC/s  % peak  "
        "operation        node            shapes\n";
  for (size_t index : order) {
    const Layer &layer = layers[index];
    os << llvm::format("%4d %10.2f  %6.1f %9.2f ", int(index), layer.us,
                       100 * layer.us / sum, layer.repeatedUs);
    if (layer.macs) {
      double gmacs = getGmacs(layer.macs, layer.us);
      os << llvm::format("%8.3f %7.1f %7.1f", 1e-6 * layer.macs, gmacs,
                         100 * gmacs / profile.peakGmacs);
    } else {
      os << "       -       -       -";
    }
    os << "  " << llvm::left_justify(layer.call->op, 15) << "  "
       << llvm::left_justify(escapeControls(layer.call->node), 14) << "  "
       << layer.call->shapes;
    if (layer.strips > 1)
      os << ", in " << layer.strips << " strips";
    if (index == slowest.front())
      os << "  <- slowest";
    os << '\n';
  }
  double gmacs = getGmacs(getMacs(), profile.runUs);
  os << model << " on " << level
     << llvm::format(": %.2f us a run, its layers %.2f us; %.1f MMAC, %.1f "
                     "GMAC/s, %.1f %% of the peak of %.1f GMAC/s\n",
                     profile.runUs, sum, 1e-6 * getMacs(), gmacs,
                     100 * gmacs / profile.peakGmacs, profile.peakGmacs);
}
