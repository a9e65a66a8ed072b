//===- Avx2.h - loops that are compiled for AVX2 too ------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_SUPPORT_AVX2_H
#define NARROW_SUPPORT_AVX2_H

namespace narrow {

/// Whether this CPU runs what is marked NARROW_AVX2.
#if defined(__x86_64__)
#define NARROW_AVX2 __attribute__((target("avx2")))
inline bool hasAvx2() {
  static const bool has = __builtin_cpu_supports("avx2");
  return has;
}
#else
#define NARROW_AVX2
inline bool hasAvx2() { return false; }
#endif

} // namespace narrow

#endif // NARROW_SUPPORT_AVX2_H
