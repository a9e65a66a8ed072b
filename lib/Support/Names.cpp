//===- Names.cpp - what nodes and values are called -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/Names.h"
#include "mlir/IR/Location.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace narrow;

bool narrow::anyNodeName(Location loc,
                         llvm::function_ref<bool(StringRef)> visit) {
  if (auto name = dyn_cast<mlir::NameLoc>(loc))
    return visit(name.getName());
  if (auto fused = dyn_cast<mlir::FusedLoc>(loc))
    return llvm::any_of(fused.getLocations(), [&](Location part) {
      return anyNodeName(part, visit);
    });
  return false;
}

StringRef narrow::findNodeName(Location loc) {
  StringRef found;
  anyNodeName(loc, [&](StringRef name) {
    found = name;
    return !name.empty();
  });
  return found;
}

std::string narrow::getNodeName(Operation *op) {
  StringRef name = findNodeName(op->getLoc());
  return name.empty() ? op->getName().getStringRef().str() : name.str();
}

Location narrow::addNodeNames(Location loc, Location merged) {
  llvm::SmallSetVector<Attribute, 8> known;
  SmallVector<Location> parts{loc};
  anyNodeName(loc, [&](StringRef name) {
    known.insert(mlir::StringAttr::get(loc.getContext(), name));
    return false;
  });
  anyNodeName(merged, [&](StringRef name) {
    auto attr = mlir::StringAttr::get(loc.getContext(), name);
    if (known.insert(attr))
      parts.push_back(mlir::NameLoc::get(attr));
    return false;
  });
  return parts.size() == 1 ? loc : mlir::FusedLoc::get(loc.getContext(), parts);
}

StringRef narrow::findValueName(Value value) {
  mlir::StringAttr name;
  if (Operation *op = value.getDefiningOp()) {
    // One name serves one tensor.
    if (cast<mlir::OpResult>(value).getResultNumber() == 0)
      name = op->getAttrOfType<mlir::StringAttr>(kNameAttr);
  } else {
    auto argument = cast<mlir::BlockArgument>(value);
    if (auto function = dyn_cast_or_null<mlir::FunctionOpInterface>(
            argument.getOwner()->getParentOp()))
      name = function.getArgAttrOfType<mlir::StringAttr>(
          argument.getArgNumber(), kNameAttr);
  }
  return name ? name.getValue() : StringRef();
}
