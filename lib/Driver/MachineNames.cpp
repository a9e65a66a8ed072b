//===- MachineNames.cpp - levels by family, CPU and triple ----------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What CPUs have is in LLVM's own tables; nothing is listed here but names that
// those do not hold.
//
//===----------------------------------------------------------------------===//

#include "MachineNames.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/TargetParser/Triple.h"

using namespace narrow;

std::optional<Family> narrow::parseFamily(StringRef name) {
  return llvm::StringSwitch<std::optional<Family>>(name)
      .Cases({"x86_64", "x86-64", "amd64", "x64"}, Family::X86_64)
      .Cases({"aarch64", "arm64"}, Family::AArch64)
      .Cases({"riscv64", "rv64gc"}, Family::RiscV64)
      .Default(std::nullopt);
}

SmallVector<const Target *> narrow::getLevels(Family family) {
  SmallVector<const Target *> levels;
  for (const Target &target : getTargets())
    if (target.family == family)
      levels.push_back(&target);
  return levels;
}

static llvm::Error refuse(StringRef name, const Twine &what) {
  return makeError("unsupported target '" + name + "': " + what +
                   "; expected x86_64, aarch64 or riscv64 under Linux, or one "
                   "of their levels or CPUs");
}

/// Returns what LLVM knows of a CPU; null if the triple has none of that name.
static std::unique_ptr<llvm::MCSubtargetInfo> lookupCpu(StringRef triple,
                                                        StringRef cpu) {
  static const bool initialised = [] {
    llvm::InitializeAllTargetInfos();
    llvm::InitializeAllTargetMCs();
    return true;
  }();
  (void)initialised;
  llvm::Triple parsed(triple);
  std::string error;
  const llvm::Target *target =
      llvm::TargetRegistry::lookupTarget(parsed, error);
  if (!target)
    return nullptr;
  // LLVM prints a warning of its own about a CPU that it does not know.
  std::unique_ptr<llvm::MCSubtargetInfo> any(
      target->createMCSubtargetInfo(parsed, "", ""));
  if (!any || !any->isCPUStringValid(cpu))
    return nullptr;
  return std::unique_ptr<llvm::MCSubtargetInfo>(
      target->createMCSubtargetInfo(parsed, cpu, ""));
}

/// Returns the best level that a CPU runs; nothing if LLVM knows no such CPU.
static llvm::Expected<SmallVector<const Target *>>
lookupCpuLevel(StringRef name) {
  // Such are of every family.
  if (name.starts_with("generic"))
    return SmallVector<const Target *>();
  for (Family family : {Family::X86_64, Family::AArch64, Family::RiscV64}) {
    auto cpu = lookupCpu(getTriple(family), name);
    if (!cpu)
      continue;
    if (family != Family::AArch64 && !cpu->checkFeatures("+64bit"))
      return refuse(name, "a 32-bit CPU");
    const Target *best = nullptr;
    for (const Target *level : getLevels(family))
      if (cpu->checkFeatures(level->features))
        best = level;
    if (!best)
      return refuse(name, "a CPU without what " + getFamilyName(family) +
                              ":scalar needs");
    return SmallVector<const Target *>{best};
  }
  if (name.starts_with("cortex-m"))
    return refuse(name, "Cortex-M, a 32-bit Arm CPU");
  if (lookupCpu("armv7-linux-gnueabihf", name))
    return refuse(name, "a 32-bit Arm CPU");
  return SmallVector<const Target *>();
}

static llvm::Expected<SmallVector<const Target *>>
lookupTriple(StringRef name) {
  llvm::Triple triple(llvm::Triple::normalize(name));
  if (triple.isOSWindows())
    return refuse(name, "Windows");
  if (triple.isOSDarwin())
    return refuse(name, "macOS");
  if (triple.isArch32Bit() || triple.isX32())
    return refuse(name, "32 bits");
  std::optional<Family> family =
      parseFamily(triple.getArchTypeName(triple.getArch()));
  if (!family)
    return refuse(name, "another architecture");
  if (!triple.isOSLinux() && triple.getOS() != llvm::Triple::UnknownOS)
    return refuse(name, "another operating system");
  return getLevels(*family);
}

llvm::Expected<SmallVector<const Target *>>
narrow::lookupMachine(StringRef name) {
  if (std::optional<Family> family = parseFamily(name))
    return getLevels(*family);
  llvm::Expected<SmallVector<const Target *>> levels = lookupCpuLevel(name);
  if (!levels || !levels->empty())
    return levels;
  if (llvm::Triple(name.split('-').first).getArch() !=
      llvm::Triple::UnknownArch)
    return lookupTriple(name);
  StringRef system =
      llvm::StringSwitch<StringRef>(name)
          .Cases({"windows", "win32", "win64", "msvc", "mingw"}, "Windows")
          .Cases({"macos", "osx", "darwin", "ios"}, "macOS")
          .Cases({"x86", "ia32", "armhf", "armel"}, "32 bits")
          .Default("");
  if (!system.empty())
    return refuse(name, system);
  return SmallVector<const Target *>();
}
