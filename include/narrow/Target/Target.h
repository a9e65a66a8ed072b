//===- Target.h - the table of ISA levels ----------------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One row per ISA level. A row is data: what differs between levels and cannot
// be said here is in the level's lowering of the tile ops.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_TARGET_TARGET_H
#define NARROW_TARGET_TARGET_H

#include "narrow/Support/LLVM.h"
#include <string>

namespace narrow {

/// CPU families: one object file serves one family.
enum class Family { X86_64, AArch64, RiscV64 };

/// How a level multiplies four bytes by four bytes into a 32-bit lane.
enum class DotKind {
  Generic,  ///< Widening multiplies that LLVM legalises for any CPU.
  PMaddWd,  ///< Even and odd bytes widened to 16 bits; two PMADDWD (SSE2,
            ///< without VPMADDUBSW).
  PMaddUbs, ///< VPMADDUBSW and VPMADDWD where pairs of products cannot saturate
            ///< 16 bits, as PMaddWd elsewhere (AVX2).
  VpDpBusd, ///< VPDPBUSD, u8 x s8.
  SMull,    ///< NEON SMULL, SMLAL, SADALP on s8.
  SDot,     ///< Arm SDOT, s8 x s8.
  UsMmla,   ///< Arm USMMLA on 2x8 by 8x2 bytes, USDOT elsewhere; u8 x s8.
};

/// One ISA level.
struct Target {
  StringRef name; ///< As in --target, --isa and reports; `scalar` exists in
                  ///< every family.
  Family family;
  StringRef features;       ///< LLVM target-features of the level's functions.
  StringRef tuneCpu;        ///< LLVM tune-cpu, or empty.
  StringRef extension;      ///< What a CPU must have beyond the family's base,
                            ///< in its vendor's words; empty for nothing.
  unsigned vectorBytes;     ///< Bytes of the widest vector the level uses.
  unsigned vectorRegisters; ///< Registers of that width.
  DotKind dot;
  bool signedActivations; ///< The dot product reads s8: u8 activations are
                          ///< xor-ed with 0x80.
  unsigned rank; ///< Order inside the family; the resolver takes the highest
                 ///< that runs.
  /// A stand-in for a level that this CPU may lack, for tests: its kernels,
  /// tiles and packed weights, with plain vector arithmetic in place of its
  /// instructions.
  bool emulated = false;
  /// Has a unit that multiplies matrices (tile.matrix_block); what does not
  /// suit it takes the dot product.
  bool matrixUnit = false;

  /// 32-bit lanes of a vector.
  unsigned lanes() const { return vectorBytes / 4; }

  /// Whether the level's vectors gather bytes by a vector of indices: PSHUFB
  /// (which SSE2 lacks), TBL.
  bool shufflesBytes() const {
    return vectorBytes >= (family == Family::X86_64 ? 32u : 16u);
  }

  /// Returns the level that a CPU must run in order to run this one's code.
  StringRef requiredLevel() const { return emulated ? "avx2" : name; }

  /// Returns the name, with its family in front where several families have a
  /// level of that name: "avx2", "riscv64:scalar".
  std::string qualifiedName() const;
};

/// Returns all levels, grouped by family, lowest rank first.
ArrayRef<Target> getTargets();

/// Returns the stand-in for `target` (`avxvnni-emulated`), or null if it has
/// none. Stand-ins are not among getTargets().
const Target *getEmulated(const Target &target);

/// Returns the level or stand-in called `name`, or null. A family and a colon
/// may stand in front ("riscv64:scalar"); without them `scalar` is that of
/// x86_64.
const Target *lookupTarget(StringRef name);

/// Returns the name of a family: "x86_64", "aarch64", "riscv64".
StringRef getFamilyName(Family family);

/// Returns LLVM's triple of a family, e.g. "x86_64-unknown-linux-gnu".
StringRef getTriple(Family family);

} // namespace narrow

#endif // NARROW_TARGET_TARGET_H
