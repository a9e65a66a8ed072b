//===- LayerWalk.h - a network layer after layer ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs a quantised function one operation after another, each on all samples at
// once, and lets a visitor look at every layer, and change it, before it runs:
// what a repair, a comparison or a study of sensitivity needs.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SIMULATE_LAYERWALK_H
#define NARROW_SIMULATE_LAYERWALK_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/HostTensor.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <vector>

namespace narrow {

/// Fills `inputs` with the float function's inputs of one sample.
using GetSample =
    function_ref<llvm::Error(int64_t sample, std::vector<HostTensor> &inputs)>;

/// A value's tensors, one for each sample; a constant has one for all.
using SampleTensors = std::vector<reference::Tensor>;

class LayerWalk;

/// Sees the operations of a walk.
class LayerVisitor {
public:
  virtual ~LayerVisitor();

  /// Whether the walk has to come to `op`. It ends behind the last such
  /// operation.
  virtual bool wants(Operation *op) = 0;
  /// Called with each wanted operation before it runs. Its operands are known
  /// to the walk unless they depend on what it cannot run; the constants among
  /// them may be replaced.
  virtual llvm::Error visit(Operation *op, LayerWalk &walk) = 0;
};

/// A function of one block, run on what is at hand: the reference semantics of
/// fixed-point operations, quick forms of 8-bit contractions (at most one step
/// from the defined result), compiled code for what stayed in float. Only
/// tensors that are still read are held.
class LayerWalk {
public:
  explicit LayerWalk(mlir::func::FuncOp function) : function(function) {}

  /// Runs `numSamples` samples. Inputs whose elements are not the function's
  /// and cannot be cast to them are unknown, and so is what depends on them.
  /// Fails where an operation cannot be run.
  llvm::Error run(int64_t numSamples, GetSample getSample,
                  LayerVisitor &visitor);

  /// Runs `op` and what is behind it once more, on what is known in front of
  /// it, as `run` does: for a visitor that stands before `op` and has changed
  /// it. The walk itself stays as it is, and goes on with what `op` is then.
  llvm::Error runFrom(Operation *op, LayerVisitor &visitor);

  int64_t getNumSamples() const { return samples; }
  /// Returns a value's tensors, or null where they are not known.
  const SampleTensors *find(Value value);
  /// Returns the products and elements that all walks of this thread have
  /// computed: a measure of time that is the same on every machine and in every
  /// run.
  static double getWork();
  /// Drops what is known of a constant that has changed or is to be erased.
  void forget(Value value) { values.erase(value); }

private:
  llvm::Error readInputs(GetSample getSample);
  /// Runs from `first` on.
  llvm::Error walkFrom(Operation *first, LayerVisitor &visitor);
  LogicalResult runOp(Operation *op);
  /// Runs neighbouring operations that stayed in float.
  llvm::Error runFloat(ArrayRef<Operation *> ops);
  /// Frees tensors that nothing later reads.
  void release(Operation *op);

  mlir::func::FuncOp function;
  /// Each in a place of its own, where it stays when others are added; walks
  /// that start on the way share them.
  DenseMap<Value, std::shared_ptr<SampleTensors>> values;
  /// Compiled regions in float, by their first operation, of all these walks;
  /// null as long as each is run once.
  struct FloatRegions;
  std::shared_ptr<FloatRegions> regions;
  int64_t samples = 0;
};

} // namespace narrow

#endif // NARROW_SIMULATE_LAYERWALK_H
