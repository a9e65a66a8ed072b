//===- Targets.cpp - ISA levels by name and by this machine ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Targets.h"

#include "narrow/Object/LevelRunner.h"
#include "narrow/Support/OutputFile.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

using namespace narrow;

SmallVector<const Target *> narrow::getNativeTargets() {
  SmallVector<const Target *> result;
  for (const Target &target : getTargets())
    if (LevelRunner::isNative(target))
      result.push_back(&target);
  return result;
}

static llvm::Error unknownTarget(StringRef name) {
  SmallVector<std::string> known{"native", "all"};
  for (const Target &target : getTargets())
    known.push_back(target.qualifiedName());
  return makeError("unknown target '" + name + "': expected one of " +
                   llvm::join(known, ", "));
}

llvm::Expected<SmallVector<const Target *>>
narrow::parseTargets(ArrayRef<std::string> names) {
  SmallVector<const Target *> targets;
  auto add = [&](const Target *target) {
    if (!llvm::is_contained(targets, target))
      targets.push_back(target);
  };
  // `scalar` and `all` are of every family: they go with the others that are
  // named, else with this machine's.
  const Target *first = nullptr;
  for (StringRef name : names)
    if (name != "native" && name != "scalar" && name != "all")
      if (const Target *target = lookupTarget(name); target && !first)
        first = target;
  for (StringRef name : names) {
    if (name == "native") {
      SmallVector<const Target *> native = getNativeTargets();
      if (native.empty())
        return makeError("no target level runs on this machine");
      add(native.back());
      continue;
    }
    auto [family, level] = name.split(':');
    if (name == "all" || level == "all") {
      const Target *like =
          name == "all" ? first : lookupTarget((family + ":scalar").str());
      if (name == "all" && !like && !getNativeTargets().empty())
        like = getNativeTargets().front();
      if (!like)
        return unknownTarget(name);
      for (const Target &target : getTargets())
        if (target.family == like->family)
          add(&target);
      continue;
    }
    std::string qualified = name.str();
    if (name == "scalar" && first)
      qualified = (getFamilyName(first->family) + ":scalar").str();
    const Target *target = lookupTarget(qualified);
    if (!target || target->emulated)
      return unknownTarget(name);
    add(target);
  }
  if (names.empty())
    return parseTargets({"native"});
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
