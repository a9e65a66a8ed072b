//===- BiasWalk.h - biases corrected on the way of a walk ------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_BIASWALK_H
#define NARROW_REPAIR_BIASWALK_H

#include "narrow/Simulate/FloatTaps.h"
#include "narrow/Simulate/LayerWalk.h"

namespace narrow {

/// Corrects the biases of modules made from one float model, each while it is
/// walked over the same few samples, so that one walk corrects and shows what
/// comes of it. Nothing judges that and nothing is undone: for trials that look
/// for something, not for what is compiled. The float model is run once.
class BiasWalk {
public:
  /// Runs `original` on the first `samples` samples.
  static llvm::Expected<std::unique_ptr<BiasWalk>>
  create(ModuleOp original, int64_t samples, GetSample getSample,
         GetExecutor getExecutor);
  ~BiasWalk();

  /// Whether `op` is a contraction whose bias may be corrected.
  static bool wants(Operation *op);
  /// Corrects the bias of `op`, which a walk over those samples has come to;
  /// leaves it where nothing says what it was made from.
  void correct(Operation *op, LayerWalk &walk) const;

private:
  struct Means;
  explicit BiasWalk(std::unique_ptr<Means> means);

  std::unique_ptr<Means> means;
};

} // namespace narrow

#endif // NARROW_REPAIR_BIASWALK_H
