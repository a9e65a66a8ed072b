//===- ArtefactInfo.h - an artefact's metadata from its file ---*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_OBJECT_ARTEFACTINFO_H
#define NARROW_OBJECT_ARTEFACTINFO_H

#include "narrow/Object/LoadedModel.h"

namespace narrow {

/// What an artefact says about itself.
struct ArtefactInfo {
  /// What the exported symbols begin with.
  std::string symbolPrefix;
  std::string name, family;
  /// ISA levels held, lowest first.
  std::vector<std::string> levels;
  std::vector<ModelTensor> inputs, outputs;
  uint64_t arenaBytes = 0, constantBytes = 0;
};

/// Reads the metadata of an artefact of any family, `.o`, `.a` or `.so`,
/// without loading it into this process.
llvm::Expected<ArtefactInfo> readArtefactInfo(llvm::StringRef path);

} // namespace narrow

#endif // NARROW_OBJECT_ARTEFACTINFO_H
