//===- KernelBuilder.h - emits the body of a kernel ------------------*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Kernels are written with the vector dialect in widths that are powers of two;
// LLVM splits or legalises what a level has no registers for, so nothing here
// depends on the ISA but the number of lanes.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_KERNELBUILDER_H
#define NARROW_LIB_CODEGEN_EMIT_KERNELBUILDER_H

#include "narrow/Codegen/Kernel.h"

namespace narrow::codegen {

/// How the elements of a tensor are stored.
struct StoredType {
  unsigned bytes = 1;
  bool isSigned = false;
  bool isFloat = false;
  int64_t lo = 0, hi = 255;        ///< The storage range.
  int64_t zeroPoint = 0;           ///< Of channel 0.
  double scale = 1;                ///< Of channel 0.
  SmallVector<int64_t> zeroPoints; ///< Per channel; empty for per-tensor types.
  SmallVector<double> scales;      ///< Per channel; empty for per-tensor types.
  int64_t axis = -1;

  /// Of the element type of `type`: quantised, f32, or a signless integer.
  static StoredType get(Type type);
  bool isPerAxis() const { return axis >= 0; }
  /// Returns a short text such as "u8" for kernel names.
  std::string key() const;
};

/// Returns the bytes of a tensor without halo or slack.
int64_t getDenseBytes(Value tensor);

/// A kernel argument seen as elements of one width.
struct TypedBuffer {
  Value memref;
  unsigned bytes = 1;
  bool isSigned = false;
  bool isFloat = false;
};

/// Emits arithmetic, loads, stores and loops. Integer values are vectors of
/// signless integers unless said otherwise; indices are of type `index`.
/// The channels that lanes belong to: neighbours from `first` on, or one
/// channel for all of them.
struct LaneChannels {
  Value first;
  bool same = false;
};

class KernelBuilder {
public:
  using LoopBody = function_ref<void(Value)>;
  using CarriedBody = function_ref<SmallVector<Value>(Value, ArrayRef<Value>)>;

  KernelBuilder(OpBuilder &builder, Location loc, const Target &target)
      : builder(builder), loc(loc), target(target) {}

  OpBuilder &getBuilder() { return builder; }
  Location getLoc() const { return loc; }
  const Target &getTarget() const { return target; }
  /// Elements worked on at once where the widest type in play has 32 bits:
  /// four vectors of 32-bit lanes, so that bytes fill a vector.
  unsigned chunk() const { return std::max(4u, target.vectorBytes); }

  // Indices.
  Value index(int64_t value);
  Value add(Value lhs, Value rhs);
  Value add(Value lhs, int64_t rhs) { return rhs ? add(lhs, index(rhs)) : lhs; }
  Value mul(Value lhs, int64_t rhs);

  // Memory. Offsets are in elements.
  TypedBuffer view(Value argument, const StoredType &type);
  TypedBuffer view(Value argument, unsigned bytes, bool isSigned,
                   bool isFloat = false);
  /// Loads `lanes` elements as they are stored.
  Value load(const TypedBuffer &buffer, Value offset, unsigned lanes);
  /// Loads `lanes` elements and widens them to i32.
  Value loadWide(const TypedBuffer &buffer, Value offset, unsigned lanes);
  /// Loads one element into all lanes, widened to i32.
  Value loadSplatWide(const TypedBuffer &buffer, Value offset, unsigned lanes);
  /// Loads a parameter of each lane's channel; `row` is the offset of channel
  /// 0's.
  Value loadParameter(const TypedBuffer &buffer, int64_t row,
                      const LaneChannels &channels, unsigned lanes);
  void store(Value vector, const TypedBuffer &buffer, Value offset);
  /// Truncates i32 (or wider) lanes to the buffer's width and stores them.
  void storeNarrow(Value vector, const TypedBuffer &buffer, Value offset);

  // Vectors.
  Value splat(int64_t value, unsigned lanes, unsigned bits = 32);
  Value splatFloat(float value, unsigned lanes);
  Value broadcast(Value scalar, unsigned lanes);
  Value extend(Value vector, unsigned bits, bool isSigned);
  Value truncate(Value vector, unsigned bits);
  Value addi(Value lhs, Value rhs);
  Value subi(Value lhs, Value rhs);
  Value muli(Value lhs, Value rhs);
  Value shrs(Value vector, int64_t amount);
  /// Clamps signed lanes; bounds that the lanes cannot pass emit nothing.
  Value clamp(Value vector, int64_t lo, int64_t hi);
  static unsigned lanesOf(Value vector);
  static unsigned bitsOf(Value vector);

  // Loops.
  void loop(int64_t count, LoopBody body) { loop(0, count, 1, body); }
  void loop(int64_t from, int64_t to, int64_t step, LoopBody body);
  SmallVector<Value> loop(int64_t from, int64_t to, int64_t step,
                          ArrayRef<Value> carried, CarriedBody body);
  /// Covers [0, count) by pieces of `width` lanes, then of smaller powers of
  /// two; nothing outside is touched.
  void run(int64_t count, unsigned width,
           function_ref<void(Value, unsigned)> body);

private:
  OpBuilder &builder;
  Location loc;
  const Target &target;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_KERNELBUILDER_H
