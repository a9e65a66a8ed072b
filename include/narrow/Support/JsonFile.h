//===- JsonFile.h - files of JSON ------------------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_JSONFILE_H
#define NARROW_SUPPORT_JSONFILE_H

#include "narrow/Support/Error.h"
#include "llvm/Support/JSON.h"
#include <optional>

namespace narrow {

/// Reads a file of JSON; there is nothing to read where it is missing. Errors
/// name the path.
llvm::Expected<std::optional<llvm::json::Value>> readJson(llvm::StringRef path);

/// The same, and makes of it what `T::fromJson` returns, whose errors get the
/// path in front.
template <typename T>
llvm::Expected<std::optional<T>> readJsonAs(llvm::StringRef path) {
  auto json = readJson(path);
  if (!json)
    return json.takeError();
  if (!*json)
    return std::nullopt;
  llvm::Expected<T> read = T::fromJson(**json);
  if (!read)
    return makeError("'" + path + "': " + llvm::toString(read.takeError()));
  return std::optional<T>(std::move(*read));
}

/// Returns a number; JSON has neither infinities nor what is no number: those
/// are null.
llvm::json::Value toJsonNumber(double value);

} // namespace narrow

#endif // NARROW_SUPPORT_JSONFILE_H
