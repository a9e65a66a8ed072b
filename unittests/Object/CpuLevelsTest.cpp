//===- CpuLevelsTest.cpp - which levels run on which x86 CPU --------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

extern "C" {
#include "../../runtime/cpu_x86.h"
}
#include "gtest/gtest.h"
#include <string>
#include <vector>

namespace {

int requests; ///< For AMX's registers.
int grant() { return ++requests, 1; }
int refuse() { return ++requests, 0; }

constexpr uint32_t kYmm = 0x6, kZmm = 0xe6, kTiles = 0x60000;

/// A CPU with every instruction that some level needs.
narrow_x86_cpu makeWhole() {
  narrow_x86_cpu cpu{};
  cpu.leaf1_ecx = NARROW_BIT(12) | NARROW_BIT(27) | NARROW_BIT(28);
  cpu.leaf7_ebx = NARROW_BIT(3) | NARROW_BIT(5) | NARROW_BIT(8) |
                  NARROW_BIT(16) | NARROW_BIT(17) | NARROW_BIT(28) |
                  NARROW_BIT(30) | NARROW_BIT(31);
  cpu.leaf7_ecx = NARROW_BIT(11);
  cpu.leaf7_edx = NARROW_BIT(24) | NARROW_BIT(25);
  cpu.leaf7_1_eax = NARROW_BIT(4);
  cpu.saved_state = kZmm | kTiles;
  cpu.may_use_amx = grant;
  return cpu;
}

std::vector<std::string> getLevels(const narrow_x86_cpu &cpu) {
  std::vector<std::string> levels;
  requests = 0;
  for (const char *level :
       {"scalar", "x86-64", "avx2", "avxvnni", "avx512vnni", "amx", "neon"})
    if (narrow_x86_runs(level, &cpu))
      levels.push_back(level);
  return levels;
}

using Levels = std::vector<std::string>;

TEST(CpuLevelsTest, AllThatTheCpuHas) {
  EXPECT_EQ(getLevels(makeWhole()), (Levels{"scalar", "x86-64", "avx2",
                                            "avxvnni", "avx512vnni", "amx"}));
  EXPECT_EQ(requests, 1);
}

TEST(CpuLevelsTest, RefusedTilesLeaveTheVectors) {
  narrow_x86_cpu cpu = makeWhole();
  cpu.may_use_amx = refuse;
  EXPECT_EQ(getLevels(cpu),
            (Levels{"scalar", "x86-64", "avx2", "avxvnni", "avx512vnni"}));
  EXPECT_EQ(requests, 1);
}

TEST(CpuLevelsTest, TilesThatNobodySavesAreNotAskedFor) {
  narrow_x86_cpu cpu = makeWhole();
  cpu.saved_state = kZmm;
  EXPECT_EQ(getLevels(cpu),
            (Levels{"scalar", "x86-64", "avx2", "avxvnni", "avx512vnni"}));
  EXPECT_EQ(requests, 0);
}

TEST(CpuLevelsTest, TilesOfFloatsAloneAreNotEnough) {
  narrow_x86_cpu cpu = makeWhole();
  cpu.leaf7_edx = NARROW_BIT(24) | NARROW_BIT(22);
  EXPECT_EQ(getLevels(cpu).back(), "avx512vnni");
  EXPECT_EQ(requests, 0);
}

TEST(CpuLevelsTest, AnOldSystemSavesNarrowRegistersAlone) {
  narrow_x86_cpu cpu = makeWhole();
  cpu.saved_state = kYmm;
  EXPECT_EQ(getLevels(cpu), (Levels{"scalar", "x86-64", "avx2", "avxvnni"}));
  cpu.saved_state = 0x2;
  EXPECT_EQ(getLevels(cpu), (Levels{"scalar", "x86-64"}));
  cpu.saved_state = 0;
  EXPECT_EQ(getLevels(cpu), (Levels{"scalar", "x86-64"}));
}

TEST(CpuLevelsTest, EveryBitOfALevelCounts) {
  const narrow_x86_cpu whole = makeWhole();
  for (unsigned bit : {3, 8, 16, 17, 28, 30, 31}) {
    narrow_x86_cpu cpu = whole;
    cpu.leaf7_ebx &= ~NARROW_BIT(bit);
    EXPECT_EQ(getLevels(cpu), (Levels{"scalar", "x86-64", "avx2", "avxvnni"}))
        << "without bit " << bit;
  }
  narrow_x86_cpu cpu = whole;
  cpu.leaf7_ecx = 0;
  EXPECT_EQ(getLevels(cpu).back(), "avxvnni");
  cpu = whole;
  cpu.leaf7_1_eax = 0;
  EXPECT_EQ(getLevels(cpu),
            (Levels{"scalar", "x86-64", "avx2", "avx512vnni", "amx"}));
  cpu = whole;
  cpu.leaf7_ebx &= ~NARROW_BIT(5);
  EXPECT_EQ(getLevels(cpu), (Levels{"scalar", "x86-64"}));
}

} // namespace
