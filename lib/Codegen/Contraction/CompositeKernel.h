//===- CompositeKernel.h - kernels one after the other ---------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_LIB_CODEGEN_CONTRACTION_COMPOSITEKERNEL_H
#define NARROW_LIB_CODEGEN_CONTRACTION_COMPOSITEKERNEL_H

#include "narrow/Codegen/Kernel.h"

namespace narrow::codegen {

/// Kernels of the form (A, constants..., O) that share A and O and together
/// write all of O. Arguments: A, the constants of the first part, of the
/// second, ..., O.
class CompositeKernel : public Kernel {
public:
  explicit CompositeKernel(std::vector<std::shared_ptr<const Kernel>> parts)
      : parts(std::move(parts)) {}

  /// Returns one call for several parts' calls.
  static KernelCall join(ArrayRef<KernelCall> calls);

  std::string name() const override;
  SmallVector<int64_t> argumentBytes() const override;
  bool hasSmallerTile(const Target &target) const override;
  void emitBody(OpBuilder &builder, Location loc, ValueRange arguments,
                const Target &target) const override;

private:
  std::vector<std::shared_ptr<const Kernel>> parts;
};

} // namespace narrow::codegen

#endif // NARROW_LIB_CODEGEN_CONTRACTION_COMPOSITEKERNEL_H
