//===- Targets.cpp - ISA levels by name and by this machine ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Targets.h"

#include "MachineNames.h"
#include "narrow/Object/LevelRunner.h"
#include "narrow/Support/Error.h"
#include "llvm/ADT/StringExtras.h"

using namespace narrow;

SmallVector<const Target *> narrow::getNativeTargets() {
  SmallVector<const Target *> result;
  for (const Target &target : getTargets())
    if (LevelRunner::isNative(target))
      result.push_back(&target);
  return result;
}

const Target *narrow::getBestNativeTarget() {
  // A family's levels are in order.
  SmallVector<const Target *> native = getNativeTargets();
  return native.empty() ? nullptr : native.back();
}

static llvm::Error unknownTarget(StringRef name) {
  SmallVector<std::string> known{"native", "all"};
  for (const Target &target : getTargets())
    known.push_back(target.qualifiedName());
  return makeError("unknown target '" + name + "': expected one of " +
                   llvm::join(known, ", ") +
                   ", a family (x86_64, aarch64, riscv64) or a CPU as LLVM "
                   "calls it");
}

/// Returns what a name stands for that has its meaning alone.
static llvm::Expected<SmallVector<const Target *>> lookupName(StringRef name) {
  if (name == "native") {
    SmallVector<const Target *> native = getNativeTargets();
    if (native.empty())
      return makeError("no target level runs on this machine");
    return SmallVector<const Target *>{native.back()};
  }
  std::string qualified = name.str();
  if (name.contains(':')) {
    auto [prefix, level] = name.split(':');
    std::optional<Family> family = parseFamily(prefix);
    if (!family)
      return unknownTarget(name);
    if (level == "all")
      return getLevels(*family);
    qualified = (getFamilyName(*family) + ":" + level).str();
  }
  if (const Target *target = lookupTarget(qualified);
      target && !target->emulated)
    return SmallVector<const Target *>{target};
  llvm::Expected<SmallVector<const Target *>> levels = lookupMachine(name);
  if (levels && levels->empty())
    return unknownTarget(name);
  return levels;
}

/// `scalar` and `all` are of every family: they go with the others that are
/// named, else with this machine's.
static bool goesWithOthers(StringRef name) {
  return name == "scalar" || name == "all";
}

llvm::Expected<SmallVector<const Target *>>
narrow::parseTargets(ArrayRef<std::string> names) {
  if (names.empty())
    return parseTargets({"native"});
  SmallVector<const Target *> targets;
  auto add = [&](const Target *target) {
    if (!llvm::is_contained(targets, target))
      targets.push_back(target);
  };
  SmallVector<std::string> canonical;
  for (StringRef name : names)
    canonical.push_back(name.trim().lower());
  for (StringRef name : canonical) {
    if (goesWithOthers(name))
      continue;
    llvm::Expected<SmallVector<const Target *>> levels = lookupName(name);
    if (!levels)
      return levels.takeError();
    llvm::for_each(*levels, add);
  }
  for (StringRef name : canonical) {
    if (!goesWithOthers(name))
      continue;
    SmallVector<const Target *> like = targets;
    if (like.empty())
      like = getNativeTargets();
    if (like.empty())
      return makeError("'" + name +
                       "': expected a target that names a family beside it: "
                       "no level runs on this machine");
    for (const Target *target : getLevels(like.front()->family))
      if (name == "all" || target->name == name)
        add(target);
  }
  for (const Target *target : targets)
    if (target->family != targets.front()->family)
      return makeError("expected targets of one family, found " +
                       targets.front()->qualifiedName() + " and " +
                       target->qualifiedName());
  llvm::sort(targets, [](const Target *a, const Target *b) {
    return a->rank < b->rank;
  });
  return targets;
}

llvm::Expected<const Target *> narrow::parseTarget(StringRef name) {
  llvm::Expected<SmallVector<const Target *>> targets =
      parseTargets({name.str()});
  if (!targets)
    return targets.takeError();
  if (targets->size() != 1)
    return makeError("expected one level, found '" + name + "', which is " +
                     Twine(targets->size()));
  return targets->front();
}

std::string narrow::describeReach(ArrayRef<const Target *> targets) {
  const Target &lowest =
      **llvm::min_element(targets, [](const Target *a, const Target *b) {
        return a->rank < b->rank;
      });
  StringRef family;
  switch (lowest.family) {
  case Family::X86_64:
    family = "x86-64";
    break;
  case Family::AArch64:
    family = "64-bit Arm";
    break;
  case Family::RiscV64:
    family = "RV64GC";
    break;
  }
  if (lowest.extension.empty())
    return ("runs on any " + family + " CPU").str();
  return ("runs only on CPUs with " + lowest.extension +
          "; --target all for any " + family)
      .str();
}
