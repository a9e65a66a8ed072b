//===- PanelScratch.cpp - packed weights, unpacked once -------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PanelScratch.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::codegen;

PanelScratch::PanelScratch(TileEmitter &e, int64_t bytes)
    : e(e), buffer(mlir::memref::AllocaOp::create(
                e.b, mlir::MemRefType::get({bytes}, e.b.getI8Type()),
                e.b.getI64IntegerAttr(64))) {}

void PanelScratch::unpack(const TiledShape &shape, const WeightStorage &storage,
                          const Target &target, Value w, Value table, Value at,
                          int64_t stepBytes, int64_t channels) {
  int64_t perByte = storage.stepsPerByte(), steps = shape.steps();
  int64_t ownStepBytes = channels * shape.group;
  int64_t vectorBytes = std::min<int64_t>(target.vectorBytes, ownStepBytes);
  auto storedStep = [&](Value from, Value to, int64_t count) {
    for (int64_t byte = 0; byte < ownStepBytes; byte += vectorBytes) {
      Value packed = e.load(w, e.add(from, byte), vectorBytes, e.b.getI8Type());
      for (int64_t step = 0; step < count; ++step)
        e.store(storage.unpack(e.b, target, packed, step, table), vectorBytes,
                buffer, e.add(to, step * ownStepBytes + byte));
    }
  };
  e.loop(0, shape.runs(), 1, [&](Value run) {
    Value from = e.add(at, e.mul(run, storage.storedSteps(steps) * stepBytes));
    Value to = e.mul(run, steps * ownStepBytes);
    int64_t whole = steps / perByte;
    e.loop(0, whole, 1, [&](Value i) {
      storedStep(e.add(from, e.mul(i, stepBytes)),
                 e.add(to, e.mul(i, perByte * ownStepBytes)), perByte);
    });
    if (steps % perByte)
      storedStep(e.add(from, whole * stepBytes),
                 e.add(to, whole * perByte * ownStepBytes), steps % perByte);
  });
}
