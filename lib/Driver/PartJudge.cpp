//===- PartJudge.cpp - how far parts of the results are off ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/PartJudge.h"

#include "mlir/IR/IRMapping.h"
#include "narrow/Simulate/Taps.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"

using namespace narrow;

PartJudge::PartJudge(ModuleOp observed, const ModelSamples &samples,
                     int64_t heldBack, GetExecutor getExecutor)
    : observed(observed), samples(samples), getExecutor(getExecutor),
      begin(samples.getCount() - heldBack), count(heldBack) {
  if (count)
    return;
  // As many as time allows: each trial runs all of them.
  count = std::min<int64_t>(samples.getCount(), 8);
  begin = 0;
}

llvm::Expected<OwningOpRef<ModuleOp>>
PartJudge::makeJudged(ModuleOp quantized) {
  SmallVector<ValuePair> parts = findParts(observed, quantized);
  SmallVector<Value> values;
  for (ValuePair pair : parts)
    values.push_back(pair.second);
  std::vector<std::string> found;
  for (auto [index, pair] : llvm::enumerate(parts)) {
    // What only moves a value is called like that value.
    Value named = pair.first;
    while (findValueName(named).empty() && named.getDefiningOp() &&
           named.getDefiningOp()->getNumOperands())
      named = named.getDefiningOp()->getOperand(0);
    StringRef name = findValueName(named);
    found.push_back(name.empty() ? "part " + std::to_string(index)
                                 : name.str());
  }
  if (wanted.empty() || found != names) {
    names = found;
    SmallVector<Value> originals;
    for (ValuePair pair : parts)
      originals.push_back(pair.first);
    llvm::Expected<PartElements> made =
        runParts(observed, originals, count, getFetch(), getExecutor);
    if (!made)
      return made.takeError();
    wanted = std::move(*made);
  }
  mlir::IRMapping mapping;
  OwningOpRef<ModuleOp> copy(cast<ModuleOp>(quantized->clone(mapping)));
  for (Value &value : values)
    value = mapping.lookup(value);
  returnValues(*copy, values);
  return copy;
}

llvm::Expected<PartErrors> PartJudge::judge(ModuleOp quantized) {
  llvm::Expected<OwningOpRef<ModuleOp>> judged = makeJudged(quantized);
  if (!judged)
    return judged.takeError();
  return measureParts(getMainFunction(**judged), wanted, getFetch());
}
