//===- KernelBuilder.cpp - emits the body of a kernel ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelBuilder.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"

using namespace narrow;
using namespace narrow::codegen;
namespace arith = mlir::arith;
namespace memref = mlir::memref;
namespace vector = mlir::vector;
using mlir::MemRefType;
using mlir::VectorType;

//===----------------------------------------------------------------------===//
// StoredType
//===----------------------------------------------------------------------===//

static unsigned storageBytes(unsigned bits) {
  return bits <= 8 ? 1 : bits <= 16 ? 2 : bits <= 32 ? 4 : 8;
}

StoredType StoredType::get(Type type) {
  StoredType stored;
  Type element = mlir::getElementTypeOrSelf(type);
  if (fxp::QuantView view(element); view) {
    stored.bytes = view.getContainerBits() / 8;
    stored.isSigned = view.isSigned();
    stored.lo = view.getStorageRange().lo;
    stored.hi = view.getStorageRange().hi;
    stored.zeroPoint = view.getZeroPoint();
    stored.scale = view.getScale();
    stored.axis = view.getAxis();
    if (view.isPerAxis()) {
      stored.zeroPoints = llvm::to_vector(view.getZeroPoints());
      stored.scales = llvm::to_vector(view.getScales());
    }
  } else if (element.isF32()) {
    stored.bytes = 4;
    stored.isFloat = true;
  } else if (auto integer = dyn_cast<IntegerType>(element)) {
    stored.bytes = storageBytes(integer.getWidth());
    stored.isSigned = true;
  }
  return stored;
}

int64_t codegen::getDenseBytes(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getNumElements() *
         StoredType::get(tensor.getType()).bytes;
}

std::string StoredType::key() const {
  return (Twine(isFloat ? "f" : isSigned ? "i" : "u") + Twine(bytes * 8)).str();
}

//===----------------------------------------------------------------------===//
// Indices and memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

Value KernelBuilder::add(Value lhs, Value rhs) {
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

Value KernelBuilder::mul(Value lhs, int64_t rhs) {
  if (rhs == 1)
    return lhs;
  return arith::MulIOp::create(builder, loc, lhs, index(rhs));
}

TypedBuffer KernelBuilder::view(Value argument, const StoredType &type) {
  return view(argument, type.bytes, type.isSigned, type.isFloat);
}

TypedBuffer KernelBuilder::view(Value argument, unsigned bytes, bool isSigned,
                                bool isFloat) {
  Type element = isFloat ? Type(builder.getF32Type())
                         : Type(builder.getIntegerType(bytes * 8));
  auto type = cast<MemRefType>(argument.getType());
  auto typed = MemRefType::get({type.getDimSize(0) / bytes}, element);
  Value memref = argument;
  if (typed != type)
    memref = memref::ViewOp::create(builder, loc, typed, argument, index(0),
                                    ValueRange{});
  return {memref, bytes, isSigned, isFloat};
}

Value KernelBuilder::load(const TypedBuffer &buffer, Value offset,
                          unsigned lanes) {
  Type element = cast<MemRefType>(buffer.memref.getType()).getElementType();
  return vector::LoadOp::create(builder, loc,
                                VectorType::get({int64_t(lanes)}, element),
                                buffer.memref, ValueRange{offset});
}

Value KernelBuilder::loadWide(const TypedBuffer &buffer, Value offset,
                              unsigned lanes) {
  return extend(load(buffer, offset, lanes), 32, buffer.isSigned);
}

Value KernelBuilder::loadSplatWide(const TypedBuffer &buffer, Value offset,
                                   unsigned lanes) {
  Value scalar =
      memref::LoadOp::create(builder, loc, buffer.memref, ValueRange{offset});
  return extend(broadcast(scalar, lanes), 32, buffer.isSigned);
}

Value KernelBuilder::loadParameter(const TypedBuffer &buffer, int64_t row,
                                   const LaneChannels &channels,
                                   unsigned lanes) {
  Value at = add(channels.first, row);
  return channels.same ? loadSplatWide(buffer, at, lanes)
                       : loadWide(buffer, at, lanes);
}

void KernelBuilder::store(Value vector, const TypedBuffer &buffer,
                          Value offset) {
  vector::StoreOp::create(builder, loc, vector, buffer.memref,
                          ValueRange{offset});
}

void KernelBuilder::storeNarrow(Value vector, const TypedBuffer &buffer,
                                Value offset) {
  store(truncate(vector, buffer.bytes * 8), buffer, offset);
}

//===----------------------------------------------------------------------===//
// Vectors
//===----------------------------------------------------------------------===//

unsigned KernelBuilder::lanesOf(Value vector) {
  return cast<VectorType>(vector.getType()).getNumElements();
}

unsigned KernelBuilder::bitsOf(Value vector) {
  return mlir::getElementTypeOrSelf(vector.getType()).getIntOrFloatBitWidth();
}

Value KernelBuilder::splat(int64_t value, unsigned lanes, unsigned bits) {
  auto type = VectorType::get({int64_t(lanes)}, builder.getIntegerType(bits));
  llvm::APInt bitsOfValue(bits, value, /*isSigned=*/true,
                          /*implicitTrunc=*/true);
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, bitsOfValue));
}

Value KernelBuilder::splatFloat(float value, unsigned lanes) {
  auto type = VectorType::get({int64_t(lanes)}, builder.getF32Type());
  return arith::ConstantOp::create(builder, loc,
                                   DenseElementsAttr::get(type, value));
}

Value KernelBuilder::broadcast(Value scalar, unsigned lanes) {
  return vector::BroadcastOp::create(
      builder, loc, VectorType::get({int64_t(lanes)}, scalar.getType()),
      scalar);
}

Value KernelBuilder::extend(Value vector, unsigned bits, bool isSigned) {
  if (bitsOf(vector) >= bits)
    return vector;
  auto type =
      VectorType::get({int64_t(lanesOf(vector))}, builder.getIntegerType(bits));
  if (isSigned)
    return arith::ExtSIOp::create(builder, loc, type, vector);
  return arith::ExtUIOp::create(builder, loc, type, vector);
}

Value KernelBuilder::truncate(Value vector, unsigned bits) {
  if (bitsOf(vector) <= bits)
    return vector;
  auto type =
      VectorType::get({int64_t(lanesOf(vector))}, builder.getIntegerType(bits));
  return arith::TruncIOp::create(builder, loc, type, vector);
}

Value KernelBuilder::addi(Value lhs, Value rhs) {
  return arith::AddIOp::create(builder, loc, lhs, rhs);
}

Value KernelBuilder::subi(Value lhs, Value rhs) {
  return arith::SubIOp::create(builder, loc, lhs, rhs);
}

Value KernelBuilder::muli(Value lhs, Value rhs) {
  return arith::MulIOp::create(builder, loc, lhs, rhs);
}

Value KernelBuilder::shrs(Value vector, int64_t amount) {
  if (amount == 0)
    return vector;
  return arith::ShRSIOp::create(builder, loc, vector,
                                splat(amount, lanesOf(vector), bitsOf(vector)));
}

Value KernelBuilder::clamp(Value vector, int64_t lo, int64_t hi) {
  unsigned lanes = lanesOf(vector), bits = bitsOf(vector);
  int64_t least = llvm::minIntN(bits), most = llvm::maxIntN(bits);
  if (lo > least)
    vector =
        arith::MaxSIOp::create(builder, loc, vector, splat(lo, lanes, bits));
  if (hi < most)
    vector =
        arith::MinSIOp::create(builder, loc, vector, splat(hi, lanes, bits));
  return vector;
}

//===----------------------------------------------------------------------===//
// Loops
//===----------------------------------------------------------------------===//

void KernelBuilder::loop(int64_t from, int64_t to, int64_t step,
                         LoopBody body) {
  loop(from, to, step, {}, [&](Value iv, ArrayRef<Value>) {
    body(iv);
    return SmallVector<Value>();
  });
}

SmallVector<Value> KernelBuilder::loop(int64_t from, int64_t to, int64_t step,
                                       ArrayRef<Value> carried,
                                       CarriedBody body) {
  if (from >= to)
    return llvm::to_vector(carried);
  if (from + step >= to)
    return body(index(from), carried);
  auto op = mlir::scf::ForOp::create(builder, loc, index(from), index(to),
                                     index(step), carried);
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(op.getBody());
  SmallVector<Value> arguments(op.getRegionIterArgs());
  SmallVector<Value> results = body(op.getInductionVar(), arguments);
  // Without results the builder has already placed the terminator.
  if (!carried.empty())
    mlir::scf::YieldOp::create(builder, loc, results);
  return llvm::to_vector(ValueRange(op.getResults()));
}

void KernelBuilder::run(int64_t count, unsigned width,
                        function_ref<void(Value, unsigned)> body) {
  int64_t done = count / width * width;
  loop(0, done, width, [&](Value offset) { body(offset, width); });
  while (done < count) {
    unsigned lanes = llvm::bit_floor(uint64_t(count - done));
    body(index(done), lanes);
    done += lanes;
  }
}
