//===- JsonFile.cpp - files of JSON ---------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Support/JsonFile.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cmath>

using namespace narrow;

llvm::Expected<std::optional<llvm::json::Value>>
narrow::readJson(llvm::StringRef path) {
  if (!llvm::sys::fs::exists(path))
    return std::nullopt;
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return makeError("cannot read '" + path +
                     "': " + buffer.getError().message());
  auto json = llvm::json::parse((*buffer)->getBuffer());
  if (!json)
    return makeError("'" + path + "': " + llvm::toString(json.takeError()));
  return std::optional<llvm::json::Value>(std::move(*json));
}

llvm::json::Value narrow::toJsonNumber(double value) {
  if (std::isfinite(value))
    return value;
  return nullptr;
}
