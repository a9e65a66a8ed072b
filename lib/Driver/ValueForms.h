//===- ValueForms.h - values of 16 bits in the place of 8 -------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_DRIVER_VALUEFORMS_H
#define NARROW_LIB_DRIVER_VALUEFORMS_H

#include "narrow/Driver/SearchPlan.h"
#include "narrow/Search/Sensitivity.h"

namespace narrow {

/// The forms of values.
inline constexpr llvm::StringLiteral kPlainForm = "a8", kWideForm = "a16";

/// A value that may have 16 bits, and the network where it has them, and with
/// it those that only movement separates from it. Biases are corrected as they
/// are in the 8-bit network.
struct ValueForm {
  std::string name;
  OwningOpRef<ModuleOp> module;
  Plan plan;
};

/// Returns what a table of choices calls the entry of a value: layers are
/// called by the value that they make.
std::string getValueEntry(StringRef value);

/// Plans 16 bits for a value.
void setWide(StringRef value, Plan &plan);

/// Quantises the network with 16 bits for these values, without repairs.
llvm::Expected<QuantizedModel>
quantizeWidened(const SearchInputs &inputs, const QuantizationOptions &options,
                ArrayRef<StringRef> values);

/// Returns the values of `base`, one of each type group, that have 8 bits and
/// can have 16: those with which no operation more stays in float. Adds the
/// number of networks that were quantised to `quantizations`.
llvm::Expected<std::vector<ValueForm>>
findValueForms(const SearchInputs &inputs, const QuantizationOptions &options,
               const QuantizedModel &base, int64_t &quantizations);

} // namespace narrow

#endif // NARROW_LIB_DRIVER_VALUEFORMS_H
