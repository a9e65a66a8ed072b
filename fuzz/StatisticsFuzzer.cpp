//===- StatisticsFuzzer.cpp - statistics files -===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads what is drawn; what was read must be written and read again.
//
//===----------------------------------------------------------------------===//

#include "InputFile.h"
#include "narrow/Calibration/Statistics.h"

using namespace narrow;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto statistics = Statistics::parseJson(
      llvm::StringRef(reinterpret_cast<const char *>(data), size));
  if (!statistics) {
    fuzz::expectReason(statistics.takeError());
    return 0;
  }
  std::string text = statistics->toJson();
  auto again = Statistics::parseJson(text);
  if (!again || again->toJson() != text)
    llvm::report_fatal_error("written statistics read back differ");
  return 0;
}
