//===- RuntimeBitcode.cpp - the runtime, compiled for each family ---------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "RuntimeBitcode.h"
#include "RuntimeBitcode.inc"

using namespace narrow;

SmallVector<ArrayRef<unsigned char>> object::getRuntimeBitcode(Family family) {
  switch (family) {
  case Family::X86_64:
    return {artefact_x86_64, cpu_x86_64};
  case Family::AArch64:
    return {artefact_aarch64, cpu_aarch64};
  case Family::RiscV64:
    return {artefact_riscv64, cpu_riscv64};
  }
  llvm_unreachable("unknown family");
}

StringRef object::getInterfaceText() {
  return StringRef(reinterpret_cast<const char *>(interface_text),
                   sizeof(interface_text));
}

ArrayRef<unsigned char> object::getFreestandingRunner(Family family) {
  switch (family) {
  case Family::X86_64:
    return runner_x86_64;
  case Family::AArch64:
    return runner_aarch64;
  case Family::RiscV64:
    return runner_riscv64;
  }
  llvm_unreachable("unknown family");
}
