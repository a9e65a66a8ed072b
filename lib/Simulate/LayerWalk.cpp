//===- LayerWalk.cpp - a network layer after layer ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Simulate/LayerWalk.h"

#include "FloatRegion.h"
#include "QuickContraction.h"
#include "mlir/IR/Threading.h"
#include "narrow/Dialect/Fxp/IR/FxpOps.h"
#include <cmath>

using namespace narrow;
using reference::Tensor;

LayerVisitor::~LayerVisitor() = default;

struct LayerWalk::FloatRegions {
  const FloatRegion *find(ArrayRef<Operation *> ops) const {
    auto found = byFirst.find(ops.front());
    return found == byFirst.end() || found->second.first != ops.size()
               ? nullptr
               : found->second.second.get();
  }
  const FloatRegion *add(ArrayRef<Operation *> ops, FloatRegion region) {
    auto &entry = byFirst[ops.front()];
    entry = {ops.size(), std::make_unique<FloatRegion>(std::move(region))};
    return entry.second.get();
  }

private:
  /// The first operation; how many there are, and their code.
  DenseMap<Operation *, std::pair<size_t, std::unique_ptr<FloatRegion>>>
      byFirst;
};

/// A sample's input in the type that the quantised function takes; fails where
/// it is none of those that are cast and has other elements.
static FailureOr<Tensor> toArgument(const HostTensor &host,
                                    RankedTensorType type) {
  if (host.kind != ElementKind::F32)
    return Tensor::fromBytes(
        type, ArrayRef(reinterpret_cast<const char *>(host.bytes.data()),
                       host.bytes.size()));
  if (host.getNumElements() != type.getNumElements())
    return failure();
  Tensor tensor(type);
  if (!tensor.getQuantView() && !type.getElementType().isF32())
    return failure();
  fxp::QuantView view = tensor.getQuantView();
  if (!view) {
    llvm::copy(host.data<float>(), tensor.floats().begin());
    return tensor;
  }
  for (auto [x, q] : llvm::zip_equal(host.data<float>(), tensor.stored())) {
    int64_t steps = std::llrint(x / view.getScale()) + view.getZeroPoint();
    q = static_cast<int32_t>(std::clamp<int64_t>(
        steps, view.getStorageRange().lo, view.getStorageRange().hi));
  }
  return tensor;
}

llvm::Error LayerWalk::readInputs(GetSample getSample) {
  std::vector<HostTensor> sample;
  for (int64_t i = 0; i < samples; ++i) {
    if (llvm::Error error = getSample(i, sample))
      return error;
    if (sample.size() != function.getNumArguments())
      return llvm::createStringError("expected %u inputs, found %zu",
                                     function.getNumArguments(), sample.size());
    for (auto [argument, host] :
         llvm::zip_equal(function.getArguments(), sample)) {
      FailureOr<Tensor> tensor =
          toArgument(host, cast<RankedTensorType>(argument.getType()));
      if (failed(tensor))
        continue;
      std::shared_ptr<SampleTensors> &tensors = values[argument];
      if (!tensors)
        tensors = std::make_shared<SampleTensors>();
      tensors->push_back(std::move(*tensor));
    }
  }
  return llvm::Error::success();
}

llvm::Error LayerWalk::run(int64_t numSamples, GetSample getSample,
                           LayerVisitor &visitor) {
  samples = numSamples;
  values.clear();
  regions.reset();
  if (llvm::Error error = readInputs(getSample))
    return error;
  return walkFrom(&function.getBody().front().front(), visitor);
}

llvm::Error LayerWalk::runFrom(Operation *op, LayerVisitor &visitor) {
  if (!regions)
    regions = std::make_shared<FloatRegions>();
  LayerWalk rest(*this);
  return rest.walkFrom(op, visitor);
}

llvm::Error LayerWalk::walkFrom(Operation *first, LayerVisitor &visitor) {
  SmallVector<Operation *> order;
  for (Operation *op = first; op; op = op->getNextNode())
    order.push_back(op);
  while (!order.empty() && !visitor.wants(order.back()))
    order.pop_back();
  for (size_t at = 0; at < order.size();) {
    ArrayRef<Operation *> region =
        ArrayRef(order).drop_front(at).take_while(FloatRegion::isFloat);
    if (!region.empty()) {
      if (llvm::Error error = runFloat(region))
        return error;
      llvm::for_each(region, [&](Operation *op) { release(op); });
      at += region.size();
      continue;
    }
    Operation *op = order[at++];
    if (visitor.wants(op))
      if (llvm::Error error = visitor.visit(op, *this))
        return error;
    if (failed(runOp(op)))
      return llvm::createStringError("the quantised model cannot be run");
    release(op);
  }
  return llvm::Error::success();
}

const SampleTensors *LayerWalk::find(Value value) {
  auto found = values.find(value);
  if (found != values.end())
    return found->second.get();
  auto constant = value.getDefiningOp<fxp::ConstantOp>();
  if (!constant)
    return nullptr;
  auto tensors = std::make_shared<SampleTensors>();
  tensors->push_back(Tensor::fromElements(
      cast<RankedTensorType>(value.getType()), constant.getValue()));
  return (values[value] = std::move(tensors)).get();
}

llvm::Error LayerWalk::runFloat(ArrayRef<Operation *> ops) {
  std::optional<FloatRegion> own;
  const FloatRegion *region = regions ? regions->find(ops) : nullptr;
  if (!region) {
    llvm::Expected<FloatRegion> made = FloatRegion::create(ops);
    if (!made)
      return made.takeError();
    region = regions ? regions->add(ops, std::move(*made))
                     : &own.emplace(std::move(*made));
  }
  SmallVector<const SampleTensors *> inputs;
  for (Value input : region->getInputs()) {
    inputs.push_back(find(input));
    if (!inputs.back())
      return llvm::Error::success(); // what depends on it stays unknown
  }
  std::vector<SampleTensors> found(region->getOutputs().size());
  for (int64_t i = 0; i < samples; ++i) {
    SmallVector<const Tensor *> sample;
    for (const SampleTensors *input : inputs)
      sample.push_back(&(*input)[input->size() == 1 ? 0 : i]);
    llvm::Expected<SampleTensors> results = region->run(sample);
    if (!results)
      return results.takeError();
    for (auto [tensors, result] : llvm::zip_equal(found, *results))
      tensors.push_back(std::move(result));
  }
  for (auto [output, tensors] : llvm::zip_equal(region->getOutputs(), found))
    values[output] = std::make_shared<SampleTensors>(std::move(tensors));
  return llvm::Error::success();
}

static thread_local double workDone = 0;

double LayerWalk::getWork() { return workDone; }

/// Returns the products, or else the elements, that one run of `op` takes.
static double countWork(Operation *op) {
  double elements = 0;
  for (Type type : op->getResultTypes())
    elements += static_cast<double>(
        std::max<int64_t>(1, cast<ShapedType>(type).getNumElements()));
  if (isa<fxp::Conv2DOp, fxp::FullyConnectedOp>(op)) {
    auto weights = cast<ShapedType>(op->getOperand(1).getType());
    elements *= static_cast<double>(weights.getNumElements()) /
                static_cast<double>(weights.getDimSize(0));
  } else if (isa<fxp::MatMulOp>(op)) {
    auto left = cast<ShapedType>(op->getOperand(0).getType());
    elements *= static_cast<double>(left.getShape().back());
  }
  return elements;
}

LogicalResult LayerWalk::runOp(Operation *op) {
  auto model = dyn_cast<fxp::ReferenceOpInterface>(op);
  if (!model)
    return success(); // what depends on it stays unknown
  SmallVector<const SampleTensors *> operands;
  for (Value operand : op->getOperands()) {
    operands.push_back(find(operand));
    if (!operands.back())
      return success();
  }
  std::optional<QuickContraction> quick;
  if (QuickContraction::isSupported(op))
    quick.emplace(op, operands[1]->front(), operands[2]->front());
  workDone += countWork(op) * static_cast<double>(samples);
  // Of each result, of all samples.
  std::vector<SampleTensors> results(op->getNumResults(),
                                     SampleTensors(samples));
  // Samples do not see each other: any order gives the same results.
  if (failed(mlir::failableParallelForEachN(
          op->getContext(), 0, samples, [&](size_t i) -> LogicalResult {
            SmallVector<const Tensor *> inputs;
            for (const SampleTensors *operand : operands)
              inputs.push_back(&(*operand)[operand->size() == 1 ? 0 : i]);
            if (quick) {
              results.front()[i] = quick->run(*inputs.front());
              return success();
            }
            SmallVector<Tensor, 1> own;
            for (Type type : op->getResultTypes())
              own.emplace_back(cast<RankedTensorType>(type));
            if (failed(model.evaluate(inputs, own)))
              return failure();
            for (auto [tensors, result] : llvm::zip_equal(results, own))
              tensors[i] = std::move(result);
            return success();
          })))
    return failure();
  for (auto [value, tensors] : llvm::zip_equal(op->getResults(), results))
    values[value] = std::make_shared<SampleTensors>(std::move(tensors));
  return success();
}

void LayerWalk::release(Operation *op) {
  for (Value operand : op->getOperands()) {
    bool needed = llvm::any_of(operand.getUsers(), [&](Operation *user) {
      return user->getBlock() != op->getBlock() || op->isBeforeInBlock(user);
    });
    if (!needed)
      values.erase(operand);
  }
}
