//===- ConstantBlob.cpp - weights out of the module -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"

using namespace narrow;
using namespace narrow::floatcode;
namespace memref = mlir::memref;

/// Smaller constants stay in the program, where they can be folded.
constexpr size_t kBlobThresholdBytes = 256;

/// Returns a constant's row-major bytes, one for each bit; those that are not
/// stored so (splats, bits) are put in `storage`.
static std::optional<ArrayRef<char>> getBytes(Attribute value,
                                              std::vector<char> &storage) {
  if (auto resource =
          dyn_cast_or_null<mlir::DenseResourceElementsAttr>(value)) {
    mlir::AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob)
      return std::nullopt;
    return blob->getData();
  }
  auto dense = dyn_cast_or_null<DenseElementsAttr>(value);
  if (!dense)
    return std::nullopt;
  if (dense.getElementType().isInteger(1)) {
    for (bool bit : dense.getValues<bool>())
      storage.push_back(bit);
    return ArrayRef<char>(storage);
  }
  if (!dense.isSplat())
    return dense.getRawData();
  for (int64_t i = 0, e = dense.getNumElements(); i < e; ++i)
    llvm::append_range(storage, dense.getRawData());
  return ArrayRef<char>(storage);
}

ResourceSet floatcode::collectResources(ModuleOp module) {
  ResourceSet resources;
  module.walk([&](Operation *op) {
    op->getAttrDictionary().walk(
        [&](mlir::DenseResourceElementsAttr attr) { resources.insert(attr); });
  });
  return resources;
}

LogicalResult floatcode::moveConstantsToBlob(ModuleOp module,
                                             mlir::func::FuncOp entry,
                                             const ResourceSet &kept, bool all,
                                             std::vector<uint8_t> &blob) {
  // The blob's size is part of its type, so offsets come first.
  DenseMap<mlir::StringAttr, size_t> offsets;
  for (auto global : module.getOps<memref::GlobalOp>()) {
    std::vector<char> storage;
    std::optional<ArrayRef<char>> bytes =
        getBytes(global.getInitialValueAttr(), storage);
    // Splats, too, are better folded.
    if (!bytes ||
        (!all && (bytes->size() < kBlobThresholdBytes || !storage.empty())))
      continue;
    blob.resize(llvm::alignTo(blob.size(), kBufferAlignment));
    offsets[global.getSymNameAttr()] = blob.size();
    blob.insert(blob.end(), bytes->begin(), bytes->end());
  }
  // The context would hold the lowering's own resources as long as it lives.
  for (mlir::DenseResourceElementsAttr resource : collectResources(module))
    if (!kept.contains(resource))
      if (mlir::AsmResourceBlob *contents = resource.getRawHandle().getBlob())
        *contents = mlir::AsmResourceBlob();

  OpBuilder b(module.getContext());
  auto type = mlir::MemRefType::get({int64_t(blob.size())}, b.getI8Type());
  unsigned position = entry.getNumArguments();
  if (failed(entry.insertArgument(position, type, b.getDictionaryAttr({}),
                                  entry.getLoc())))
    return failure();
  Value argument = entry.getArgument(position);
  SmallVector<memref::GetGlobalOp> uses;
  entry.walk([&](memref::GetGlobalOp op) { uses.push_back(op); });
  for (memref::GetGlobalOp op : uses) {
    auto found = offsets.find(op.getNameAttr().getAttr());
    if (found == offsets.end())
      continue;
    b.setInsertionPoint(op);
    Value offset =
        mlir::arith::ConstantIndexOp::create(b, op.getLoc(), found->second);
    auto view = memref::ViewOp::create(b, op.getLoc(), op.getType(), argument,
                                       offset, ValueRange{});
    op.replaceAllUsesWith(view.getResult());
    op.erase();
  }
  for (auto global :
       llvm::make_early_inc_range(module.getOps<memref::GlobalOp>()))
    if (offsets.contains(global.getSymNameAttr()))
      global.erase();
  return success();
}
