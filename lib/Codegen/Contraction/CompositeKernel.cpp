//===- CompositeKernel.cpp - kernels one after the other ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CompositeKernel.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::codegen;

KernelCall CompositeKernel::join(ArrayRef<KernelCall> calls) {
  if (calls.size() == 1)
    return calls.front();
  std::vector<std::shared_ptr<const Kernel>> parts;
  std::vector<KernelArgument> arguments{calls.front().arguments.front()};
  for (const KernelCall &call : calls) {
    parts.push_back(call.kernel);
    llvm::append_range(arguments,
                       ArrayRef(call.arguments).drop_front().drop_back());
  }
  arguments.push_back(calls.front().arguments.back());
  return {std::make_shared<CompositeKernel>(std::move(parts)),
          std::move(arguments)};
}

std::string CompositeKernel::name() const {
  std::string text;
  for (const auto &part : parts)
    text += part->name();
  return "composite_" +
         llvm::utohexstr(llvm::xxh3_64bits(text), /*LowerCase=*/true);
}

SmallVector<int64_t> CompositeKernel::argumentBytes() const {
  SmallVector<int64_t> bytes{parts.front()->argumentBytes().front()};
  for (const auto &part : parts) {
    SmallVector<int64_t> own = part->argumentBytes();
    llvm::append_range(bytes, ArrayRef(own).drop_front().drop_back());
  }
  bytes.push_back(parts.front()->argumentBytes().back());
  return bytes;
}

bool CompositeKernel::hasSmallerTile(const Target &target) const {
  return llvm::any_of(
      parts, [&](const auto &part) { return part->hasSmallerTile(target); });
}

void CompositeKernel::emitBody(OpBuilder &builder, Location loc,
                               ValueRange arguments,
                               const Target &target) const {
  size_t next = 1;
  for (const auto &part : parts) {
    SmallVector<Value> own{arguments.front()};
    for (size_t i = 2; i < part->argumentBytes().size(); ++i)
      own.push_back(arguments[next++]);
    own.push_back(arguments.back());
    part->emitBody(builder, loc, own, target);
  }
}
