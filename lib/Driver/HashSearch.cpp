//===- HashSearch.cpp - what a scored network depends on ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KnownNetwork.h"

#include "mlir/Bytecode/BytecodeWriter.h"
#include "narrow/Driver/KernelTimes.h"
#include "narrow/Plan/PlanFile.h"
#include "narrow/Support/Error.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;

namespace {
/// Texts, lists and numbers as one text in which none runs into the next.
class KeyText {
public:
  template <typename... Parts>
  void add(const Parts &...parts) {
    (addOne(parts), ...);
  }
  /// A file's contents; nothing where it is missing.
  llvm::Error addFile(StringRef path) {
    if (path.empty() || !llvm::sys::fs::exists(path)) {
      add(StringRef("-"));
      return llvm::Error::success();
    }
    auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                              /*RequiresNullTerminator=*/false);
    if (!buffer)
      return makeError("cannot read '" + path +
                       "': " + StringRef(buffer.getError().message()).lower());
    addHash((*buffer)->getBuffer());
    return llvm::Error::success();
  }
  void addHash(StringRef bytes) {
    add(llvm::xxh3_64bits(llvm::arrayRefFromStringRef(bytes)));
  }
  uint64_t getHash() const {
    return llvm::xxh3_64bits(llvm::arrayRefFromStringRef(text));
  }

private:
  void addOne(StringRef part) {
    text += std::to_string(part.size()) + ":" + part.str();
  }
  void addOne(const std::string &part) { addOne(StringRef(part)); }
  void addOne(double value) { addOne(StringRef(printShortest(value))); }
  template <typename Number>
  std::enable_if_t<std::is_integral_v<Number> || std::is_enum_v<Number>>
  addOne(Number value) {
    addOne(StringRef(std::to_string(static_cast<uint64_t>(value))));
  }
  template <typename Element>
  void addOne(const std::vector<Element> &list) {
    addOne(list.size());
    for (const Element &element : list)
      addOne(element);
  }
  template <typename Value>
  void addOne(const std::optional<Value> &value) {
    addOne(value.has_value());
    if (value)
      addOne(*value);
  }

  std::string text;
};
} // namespace

static void addOptions(const QuantizationOptions &options, KeyText &key) {
  // A new option does not compile until it has its place here.
  const auto &[estimator, percentile, bits, weightBits, edgeWeightBits,
               weightBlock, isSymmetric, usePow2Scales, isPerTensor,
               useFullRange, arePairsSafe, hasPlainCasts, isIntegerOnly,
               keepFloat, ranges, roomy, headroom, types, plan, planPath,
               holdsAccuracy, floors, heldBack, residualBits,
               residualStreamBits, pruneShare, biasSamples, repair,
               alignsInputs, isEstimatorOpen, isRepairOpen, areStreamsOpen,
               scheme, requant, isOnnxRuntimeExact, givenFlag, rangedFlag] =
      options;
  key.add(estimator, percentile, bits, weightBits, edgeWeightBits, weightBlock,
          isSymmetric, usePow2Scales, isPerTensor, useFullRange, arePairsSafe,
          hasPlainCasts, isIntegerOnly, keepFloat, ranges, types, holdsAccuracy,
          residualBits, residualStreamBits, pruneShare, biasSamples, repair,
          alignsInputs, isEstimatorOpen, isRepairOpen, areStreamsOpen, scheme,
          requant, isOnnxRuntimeExact);
  // Samples say how many are held back; paths and flags are for messages.
  (void)heldBack, (void)planPath, (void)givenFlag, (void)rangedFlag;
  key.add(printPlan(plan));
  const auto &[sqnr, agreement, perplexity, needsSqnr, needsAgreement,
               inPlaceOfDecisions] = floors;
  // Found by trials.
  (void)inPlaceOfDecisions, (void)roomy, (void)headroom;
  key.add(sqnr, agreement, perplexity, needsSqnr, needsAgreement);
}

llvm::Expected<uint64_t>
narrow::hashSearch(ModuleOp observed, const CalibrationOptions &calibration,
                   StringRef statistics,
                   const QuantizationOptions &quantization,
                   const BudgetOptions &budget) {
  KeyText key;
  // Another build may score otherwise, whatever its version is.
  if (llvm::Error error =
          key.addFile(llvm::sys::fs::getMainExecutable(nullptr, nullptr)))
    return std::move(error);
  std::string bytecode;
  llvm::raw_string_ostream stream(bytecode);
  if (failed(mlir::writeBytecodeToFile(observed, stream)))
    return makeError("the prepared model cannot be written as bytecode");
  key.addHash(bytecode);
  if (llvm::Error error = key.addFile(calibration.samplesPath))
    return std::move(error);
  key.add(calibration.limit);
  key.addHash(statistics);
  addOptions(quantization, key);
  for (const WeightWidth &width : budget.weightWidths)
    key.add(width.bits, width.block);
  for (std::optional<Scheme> scheme : budget.schemes)
    key.add(scheme);
  key.add(budget.widensValues, budget.timesKernels);
  for (const Target *target : budget.targets)
    key.add(target->qualifiedName());
  if (llvm::Error error =
          key.addFile(budget.timesPath.empty() ? getDefaultKernelTimesPath()
                                               : budget.timesPath))
    return std::move(error);
  return key.getHash();
}
