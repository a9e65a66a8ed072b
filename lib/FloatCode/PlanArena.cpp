//===- PlanArena.cpp - all temporary buffers in one block -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Fresh memory costs more page faults than a small network costs arithmetic, so
// that temporary buffers share one block which is kept from run to run.
//
//===----------------------------------------------------------------------===//

#include "Internals.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace narrow;
using namespace narrow::floatcode;
namespace memref = mlir::memref;

namespace {
/// A buffer that lives from one operation of the entry block to another.
struct Buffer {
  memref::AllocOp alloc;
  memref::DeallocOp dealloc;
  int64_t bytes, offset;
};
} // namespace

/// Half a page follows whole pages: at equal places of two such images side by
/// side the low address bits would be the same, by which a core takes the
/// result that it just stored for the input that it loads next.
static int64_t getBytes(mlir::MemRefType type) {
  constexpr int64_t kPage = 4096;
  unsigned bits = type.getElementTypeBitWidth();
  int64_t bytes = llvm::alignTo(
      type.getNumElements() * llvm::divideCeil(bits, 8), kBufferAlignment);
  return bytes % kPage ? bytes : bytes + kPage / 2 + kBufferAlignment;
}

/// Finds the buffers and gives each the lowest offset that is free while it
/// lives. Returns the bytes needed.
static int64_t placeBuffers(mlir::func::FuncOp entry,
                            std::vector<Buffer> &buffers) {
  // Buffers alive at the current operation, by offset.
  std::vector<Buffer> alive;
  int64_t total = 0;
  for (Operation &op : entry.getBody().front()) {
    if (auto dealloc = dyn_cast<memref::DeallocOp>(op)) {
      llvm::erase_if(alive, [&](const Buffer &buffer) {
        return buffer.dealloc == dealloc;
      });
      continue;
    }
    auto alloc = dyn_cast<memref::AllocOp>(op);
    if (!alloc || !alloc.getType().hasStaticShape() ||
        !alloc.getType().getLayout().isIdentity() ||
        !alloc.getType().getElementType().isIntOrFloat())
      continue;
    Buffer buffer{alloc, nullptr, getBytes(alloc.getType()), 0};
    for (Operation *user : alloc->getUsers())
      if (auto dealloc = dyn_cast<memref::DeallocOp>(user))
        if (dealloc->getBlock() == op.getBlock())
          buffer.dealloc = dealloc;
    if (!buffer.dealloc)
      continue;
    auto position = alive.begin();
    for (; position != alive.end(); ++position) {
      if (buffer.offset + buffer.bytes <= position->offset)
        break;
      buffer.offset = position->offset + position->bytes;
    }
    alive.insert(position, buffer);
    total = std::max(total, buffer.offset + buffer.bytes);
    buffers.push_back(buffer);
  }
  return total;
}

LogicalResult floatcode::planArena(mlir::func::FuncOp entry,
                                   int64_t &arenaBytes) {
  std::vector<Buffer> buffers;
  arenaBytes = placeBuffers(entry, buffers);
  OpBuilder b(entry.getContext());
  unsigned position = entry.getNumArguments();
  if (failed(entry.insertArgument(
          position, mlir::MemRefType::get({arenaBytes}, b.getI8Type()),
          b.getDictionaryAttr({}), entry.getLoc())))
    return failure();
  Value arena = entry.getArgument(position);
  for (Buffer &buffer : buffers) {
    b.setInsertionPoint(buffer.alloc);
    Location loc = buffer.alloc.getLoc();
    Value offset = mlir::arith::ConstantIndexOp::create(b, loc, buffer.offset);
    Value view = memref::ViewOp::create(b, loc, buffer.alloc.getType(), arena,
                                        offset, ValueRange{});
    buffer.dealloc.erase();
    buffer.alloc.replaceAllUsesWith(view);
    buffer.alloc.erase();
  }
  return success();
}
