//===- Target.cpp - the table of ISA levels -------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Target/Target.h"

using namespace narrow;

// Tuning: the cores for which the prototypes' tiles were counted or measured
// not to spill; it changes instruction order, never results.
static const Target targets[] = {
    // name, family, features, tune, extension, bytes, registers, dot, signed,
    // rank
    {"scalar", Family::X86_64, "", "", "", 4, 16, DotKind::Generic, false, 0},
    {"x86-64", Family::X86_64, "+sse2", "", "", 16, 16, DotKind::PMaddWd, false,
     1},
    {"avx2", Family::X86_64, "+avx2", "haswell", "AVX2", 32, 16,
     DotKind::PMaddUbs, false, 2},
    {"avxvnni", Family::X86_64, "+avx2,+avxvnni", "alderlake", "AVX-VNNI", 32,
     16, DotKind::VpDpBusd, false, 3},
    {"avx512vnni", Family::X86_64,
     "+avx2,+bmi,+bmi2,+fma,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl,+"
     "avx512vnni",
     "znver4", "AVX512-VNNI", 64, 32, DotKind::VpDpBusd, false, 4},
    {"amx", Family::X86_64,
     "+avx2,+bmi,+bmi2,+fma,+avx512f,+avx512bw,+avx512cd,+avx512dq,+avx512vl,+"
     "avx512vnni,+amx-tile,+amx-int8",
     "sapphirerapids", "AMX-INT8", 64, 32, DotKind::VpDpBusd, false, 5,
     /*emulated=*/false, /*matrixUnit=*/true},

    {"scalar", Family::AArch64, "", "", "", 4, 31, DotKind::Generic, false, 0},
    {"neon", Family::AArch64, "+neon", "cortex-a53", "", 16, 32, DotKind::SMull,
     true, 1},
    {"dotprod", Family::AArch64, "+neon,+dotprod", "neoverse-v1", "DotProd", 16,
     32, DotKind::SDot, true, 2},
    {"i8mm", Family::AArch64, "+neon,+dotprod,+i8mm", "neoverse-v1", "I8MM", 16,
     32, DotKind::UsMmla, false, 3},

    {"scalar", Family::RiscV64, "+m,+a,+f,+d,+c", "", "", 4, 31,
     DotKind::Generic, false, 0},
};

// Plain vector arithmetic on what every CPU of the last ten years has.
static const Target emulatedTargets[] = {
    {"avxvnni-emulated", Family::X86_64, "+avx2", "haswell", "AVX2", 32, 16,
     DotKind::VpDpBusd, false, 3, /*emulated=*/true},
    {"amx-emulated", Family::X86_64, "+avx2", "haswell", "AVX2", 64, 32,
     DotKind::VpDpBusd, false, 5, /*emulated=*/true, /*matrixUnit=*/true},
};

ArrayRef<Target> narrow::getTargets() { return targets; }

StringRef narrow::getFamilyName(Family family) {
  switch (family) {
  case Family::X86_64:
    return "x86_64";
  case Family::AArch64:
    return "aarch64";
  case Family::RiscV64:
    return "riscv64";
  }
  llvm_unreachable("unknown family");
}

StringRef narrow::getTriple(Family family) {
  switch (family) {
  case Family::X86_64:
    return "x86_64-unknown-linux-gnu";
  case Family::AArch64:
    return "aarch64-unknown-linux-gnu";
  case Family::RiscV64:
    return "riscv64-unknown-linux-gnu";
  }
  llvm_unreachable("unknown family");
}

std::string Target::qualifiedName() const {
  unsigned count =
      llvm::count_if(targets, [&](const Target &t) { return t.name == name; });
  return count <= 1 ? name.str() : (getFamilyName(family) + ":" + name).str();
}

const Target *narrow::getEmulated(const Target &target) {
  for (const Target &row : emulatedTargets)
    if (row.family == target.family &&
        row.name == target.name.str() + "-emulated")
      return &row;
  return nullptr;
}

const Target *narrow::lookupTarget(StringRef name) {
  for (const Target &row : emulatedTargets)
    if (row.name == name)
      return &row;
  auto [family, level] = name.split(':');
  bool qualified = name.contains(':');
  for (const Target &target : targets) {
    if (target.name != (qualified ? level : name))
      continue;
    if (!qualified || getFamilyName(target.family) == family)
      return &target;
  }
  return nullptr;
}
