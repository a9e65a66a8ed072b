//===- BuiltKernel.cpp - a kernel given as a closure -----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "BuiltKernel.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;

BuiltKernel::BuiltKernel(StringRef kind, StringRef key,
                         SmallVector<int64_t> bytes, Body body)
    : bytes(std::move(bytes)), body(std::move(body)) {
  std::string whole = key.str();
  for (int64_t size : this->bytes)
    whole += "," + std::to_string(size);
  symbol =
      (kind + "_" + llvm::utohexstr(llvm::xxh3_64bits(whole), true, 16)).str();
}

void BuiltKernel::emitBody(OpBuilder &builder, Location loc,
                           ValueRange arguments, const Target &target) const {
  KernelBuilder kb(builder, loc, target);
  body(kb, arguments);
}

KernelKey &KernelKey::operator<<(const BufferLayout &layout) {
  text += layout.key() + ";";
  return *this;
}

KernelKey &KernelKey::operator<<(const StoredType &type) {
  text += type.key() + "[" + std::to_string(type.lo) + "," +
          std::to_string(type.hi) + "];";
  return *this;
}

KernelKey &KernelKey::operator<<(int64_t value) {
  text += std::to_string(value) + ";";
  return *this;
}

KernelKey &KernelKey::operator<<(ArrayRef<int64_t> values) {
  for (int64_t value : values)
    text += std::to_string(value) + ",";
  text += ";";
  return *this;
}

KernelKey &KernelKey::operator<<(StringRef value) {
  text += value.str() + ";";
  return *this;
}
