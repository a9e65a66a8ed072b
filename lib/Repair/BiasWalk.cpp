//===- BiasWalk.cpp - biases corrected on the way of a walk ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/BiasWalk.h"

#include "BiasCorrector.h"
#include "ScalableLayers.h"

using namespace narrow;

struct BiasWalk::Means {
  explicit Means(ModuleOp original) : layers(original) {}

  FloatLayers layers;
  std::optional<BiasCorrector> corrector;
};

BiasWalk::BiasWalk(std::unique_ptr<Means> means) : means(std::move(means)) {}
BiasWalk::~BiasWalk() = default;

llvm::Expected<std::unique_ptr<BiasWalk>>
BiasWalk::create(ModuleOp original, int64_t samples, GetSample getSample,
                 GetExecutor getExecutor) {
  auto means = std::make_unique<Means>(original);
  RepairContext context{original,  ModuleOp(),  {samples, samples, samples},
                        getSample, getExecutor, false};
  llvm::Expected<BiasCorrector> corrector =
      BiasCorrector::create(means->layers, context);
  if (!corrector)
    return corrector.takeError();
  means->corrector = std::move(*corrector);
  return std::unique_ptr<BiasWalk>(new BiasWalk(std::move(means)));
}

bool BiasWalk::wants(Operation *op) { return isWeightedLayer(op); }

void BiasWalk::correct(Operation *op, LayerWalk &walk) const {
  std::optional<LayerState> state = LayerState::get(op);
  std::optional<BiasCorrector::Measured> measured =
      state ? means->corrector->measure(op, walk) : std::nullopt;
  if (!measured)
    return;
  BiasCorrector::correct(op, *state, *measured);
  walk.forget(op->getOperand(2));
  state->apply(op);
}
