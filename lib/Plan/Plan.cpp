//===- Plan.cpp - entries of a plan ---------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Plan/Plan.h"
#include "mlir/IR/Matchers.h"
#include "narrow/Analysis/FloatFacts.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;

template <typename Entry>
static const Entry *find(const std::vector<Entry> &entries, StringRef name) {
  auto found = llvm::find_if(
      entries, [&](const Entry &entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

template <typename Entry>
static void put(std::vector<Entry> &entries, Entry entry) {
  if (const Entry *old = find(entries, entry.name))
    *const_cast<Entry *>(old) = std::move(entry);
  else
    entries.push_back(std::move(entry));
}

const ValuePlan *Plan::findValue(StringRef name) const {
  return find(values, name);
}

const LayerPlan *Plan::findLayer(StringRef name) const {
  return find(layers, name);
}

void Plan::set(ValuePlan value) { put(values, std::move(value)); }
void Plan::set(LayerPlan layer) { put(layers, std::move(layer)); }
void Plan::set(FloatPlan kept) { put(floats, std::move(kept)); }

std::vector<NamedLayer> narrow::nameLayers(ModuleOp module) {
  std::vector<NamedLayer> layers;
  llvm::StringMap<int> nodes, values;
  module.walk([&](Operation *op) {
    if (!isLayer(op))
      return;
    layers.push_back({op, ""});
    ++nodes[findNodeName(op->getLoc())];
    ++values[findValueName(op->getResult(0))];
  });
  for (auto [index, layer] : llvm::enumerate(layers)) {
    StringRef node = findNodeName(layer.op->getLoc()),
              value = findValueName(layer.op->getResult(0));
    if (!node.empty() && nodes[node] == 1)
      layer.name = node.str();
    else if (!value.empty() && values[value] == 1)
      layer.name = value.str();
    else
      layer.name =
          (layer.op->getName().stripDialect() + ":" + Twine(index)).str();
  }
  return layers;
}

uint64_t narrow::hashGraph(ModuleOp observed) {
  uint64_t hash = 0;
  auto add = [&](const void *data, size_t bytes) {
    // Each part's hash joins those before it.
    uint64_t both[] = {hash, llvm::xxh3_64bits(ArrayRef(
                                 static_cast<const uint8_t *>(data), bytes))};
    hash = llvm::xxh3_64bits(
        ArrayRef(reinterpret_cast<const uint8_t *>(both), sizeof(both)));
  };
  auto addText = [&](StringRef text) { add(text.data(), text.size()); };
  observed.walk<mlir::WalkOrder::PreOrder>([&](Operation *op) {
    addText(op->getName().getStringRef());
    if (auto observe = dyn_cast<fxp::ObserveOp>(op))
      addText(observe.getName());
    ElementsAttr constant;
    if (!mlir::matchPattern(op, mlir::m_Constant(&constant)))
      return;
    if (!isa<FloatType>(constant.getElementType()))
      return;
    SmallVector<float> values = getFloats(constant);
    add(values.data(), values.size() * sizeof(float));
  });
  return hash;
}
