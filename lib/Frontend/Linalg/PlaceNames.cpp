//===- PlaceNames.cpp - what layers of a module in MLIR are called --------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "LinalgImporter.h"
#include "narrow/Support/Names.h"

#include "mlir/IR/Location.h"
#include "llvm/Support/Path.h"

using namespace narrow;
using namespace narrow::frontend;

/// Returns the line that a location tells most with: of a call, the caller's,
/// since the callee's is a line of a framework's module for every layer alike.
static mlir::FileLineColLoc findLine(Location loc) {
  if (auto call = dyn_cast<mlir::CallSiteLoc>(loc)) {
    if (auto line = findLine(call.getCaller()))
      return line;
    return findLine(call.getCallee());
  }
  if (auto fused = dyn_cast<mlir::FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (auto line = findLine(part))
        return line;
  return dyn_cast<mlir::FileLineColLoc>(loc);
}

std::string frontend::getPlaceName(Operation *op) {
  StringRef name = findNodeName(op->getLoc());
  if (!name.empty())
    return name.str();
  // A loop nest is called after the last that it computes.
  StringRef what = op->getName().stripDialect();
  if (isa<mlir::linalg::GenericOp>(op))
    if (Operation *last = op->getRegion(0).front().back().getPrevNode())
      what = last->getName().stripDialect();
  mlir::FileLineColLoc line = findLine(op->getLoc());
  if (!line || line.getLine() == 0)
    return what.str();
  return (llvm::sys::path::filename(line.getFilename().getValue()) + ":" +
          Twine(line.getLine()) + "/" + what)
      .str();
}
