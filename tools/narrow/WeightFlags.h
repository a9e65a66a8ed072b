//===- WeightFlags.h - flags that say how weights are stored ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TOOLS_NARROW_WEIGHTFLAGS_H
#define NARROW_TOOLS_NARROW_WEIGHTFLAGS_H

#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Driver/Pipeline.h"
#include "narrow/Support/Error.h"
#include "llvm/Support/CommandLine.h"

#include <functional>

namespace narrow {

/// How weights are stored, unless a plan says it.
struct WeightFlags {
  explicit WeightFlags(llvm::cl::SubCommand &command)
      : weightBits("weight-bits",
                   llvm::cl::desc("Width of weights, 2 to 16 (default 8)"),
                   llvm::cl::value_desc("N"), llvm::cl::init(8),
                   llvm::cl::sub(command)),
        edgeWeightBits(
            "edge-weight-bits",
            llvm::cl::desc("Width of the weights of first and last "
                           "layers (default: that of --weight-bits)"),
            llvm::cl::value_desc("N"), llvm::cl::init(0),
            llvm::cl::sub(command)),
        weightBlock("weight-block",
                    llvm::cl::desc("Weights of 4 bits that share a multiplier: "
                                   "32, 64 or 128 (default: none)"),
                    llvm::cl::value_desc("N"), llvm::cl::init(0),
                    llvm::cl::sub(command)),
        perTensor("per-tensor",
                  llvm::cl::desc("One weight scale a tensor instead of one a "
                                 "channel"),
                  llvm::cl::sub(command)),
        fullRange("full-range",
                  llvm::cl::desc("Weights in [-128, 127] instead of "
                                 "[-127, 127]"),
                  llvm::cl::sub(command)),
        pairSafe("pair-safe",
                 llvm::cl::desc("Weights whose pairs of products fit 16 bits: "
                                "faster on avx2, a little less accurate"),
                 llvm::cl::sub(command)) {}

  /// Fails where the flags contradict each other.
  llvm::Error apply(QuantizationOptions &options) const {
    if (weightBits < 2 || weightBits > 16)
      return makeError("expected --weight-bits of 2 to 16, found " +
                       llvm::Twine(weightBits));
    options.weightBits = weightBits;
    if (edgeWeightBits.getNumOccurrences() &&
        (edgeWeightBits < 2 || edgeWeightBits > 16))
      return makeError("expected --edge-weight-bits of 2 to 16, found " +
                       llvm::Twine(edgeWeightBits));
    options.edgeWeightBits = edgeWeightBits;
    if (llvm::Error error = checkBlock())
      return error;
    options.weightBlock = weightBlock;
    options.isPerTensor = perTensor;
    options.useFullRange = fullRange;
    options.arePairsSafe = pairSafe;
    return llvm::Error::success();
  }

  /// Fails where one of the flags says nothing of the weights of a scheme.
  llvm::Error checkScheme(Scheme scheme) const {
    auto refuse = [&](const char *why,
                      std::initializer_list<
                          std::reference_wrapper<const llvm::cl::Option>>
                          flags) -> llvm::Error {
      for (const llvm::cl::Option &flag : flags)
        if (flag.getNumOccurrences())
          return makeError("expected no --" + flag.ArgStr + " with --scheme " +
                           getName(scheme) + ", whose weights " + why);
      return llvm::Error::success();
    };
    switch (scheme) {
    case Scheme::Static:
      return llvm::Error::success();
    case Scheme::WeightF16:
    case Scheme::WeightBF16:
      return refuse("are floats of 16 bits",
                    {weightBits, edgeWeightBits, weightBlock, perTensor,
                     fullRange, pairSafe});
    case Scheme::Dynamic:
    case Scheme::DynamicRow:
    case Scheme::WeightOnly:
      for (unsigned bits : {weightBits.getValue(), edgeWeightBits.getValue()})
        if (bits > 8)
          return makeError("expected weights of at most 8 bits with --scheme " +
                           getName(scheme) + ", found " + llvm::Twine(bits));
      return refuse("have neither blocks nor safe pairs",
                    {weightBlock, pairSafe});
    }
    llvm_unreachable("unknown scheme");
  }

  llvm::cl::opt<unsigned> weightBits, edgeWeightBits, weightBlock;
  llvm::cl::opt<bool> perTensor, fullRange, pairSafe;

private:
  llvm::Error checkBlock() const {
    if (!weightBlock.getNumOccurrences())
      return llvm::Error::success();
    if (!fxp::isBlockSize(weightBlock))
      return makeError("expected --weight-block of 32, 64 or 128, found " +
                       llvm::Twine(weightBlock));
    if (weightBits != 4 && edgeWeightBits != 4)
      return makeError("expected weights of 4 bits with --weight-block, found "
                       "--weight-bits " +
                       llvm::Twine(weightBits));
    if (perTensor || fullRange)
      return makeError(
          "expected no --per-tensor or --full-range with "
          "--weight-block, found --" +
          llvm::Twine(perTensor ? perTensor.ArgStr : fullRange.ArgStr));
    return llvm::Error::success();
  }
};

} // namespace narrow

#endif // NARROW_TOOLS_NARROW_WEIGHTFLAGS_H
