//===- BuiltKernel.h - a kernel given as a closure -------------------*- C++
//-*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_EMIT_BUILTKERNEL_H
#define NARROW_LIB_CODEGEN_EMIT_BUILTKERNEL_H

#include "KernelBuilder.h"
#include <functional>

namespace narrow::codegen {

/// A kernel whose body is a closure. The closure must depend on `key` alone
/// (besides the target): it is what makes two kernels equal.
class BuiltKernel : public Kernel {
public:
  using Body = std::function<void(KernelBuilder &, ValueRange)>;

  /// `kind` is readable ("add"); `key` says everything the code depends on and
  /// is hashed into the name.
  BuiltKernel(StringRef kind, StringRef key, SmallVector<int64_t> bytes,
              Body body);

  std::string name() const override { return symbol; }
  SmallVector<int64_t> argumentBytes() const override { return bytes; }
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

private:
  std::string symbol;
  SmallVector<int64_t> bytes;
  Body body;
};

/// Accumulates the text that identifies a kernel.
class KernelKey {
public:
  KernelKey &operator<<(const BufferLayout &layout);
  KernelKey &operator<<(const StoredType &type);
  KernelKey &operator<<(int64_t value);
  KernelKey &operator<<(ArrayRef<int64_t> values);
  KernelKey &operator<<(StringRef value);
  StringRef str() const { return text; }

private:
  std::string text;
};

/// The bytes of 32-bit (`T` = int32_t) or other constants, as an argument.
template <typename T>
std::vector<char> toBytes(ArrayRef<T> values) {
  auto *data = reinterpret_cast<const char *>(values.data());
  return std::vector<char>(data, data + values.size() * sizeof(T));
}

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_EMIT_BUILTKERNEL_H
