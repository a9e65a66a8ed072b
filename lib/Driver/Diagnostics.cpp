//===- Diagnostics.cpp - from MLIR's diagnostics to error lines -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/Diagnostics.h"

#include "mlir/IR/Location.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/StringExtras.h"

using namespace narrow;

static std::string describeRaw(Location location) {
  if (auto name = dyn_cast<mlir::NameLoc>(location))
    return "node '" + name.getName().str() + "'";
  if (auto file = dyn_cast<mlir::FileLineColLoc>(location)) {
    // Binary files have no lines.
    if (file.getLine() == 0)
      return ("'" + file.getFilename().strref() + "'").str();
    return (file.getFilename().strref() + ":" + llvm::Twine(file.getLine()) +
            ":" + llvm::Twine(file.getColumn()))
        .str();
  }
  if (auto fused = dyn_cast<mlir::FusedLoc>(location))
    for (Location part : fused.getLocations())
      if (std::string text = describeRaw(part); !text.empty())
        return text;
  if (auto call = dyn_cast<mlir::CallSiteLoc>(location))
    return describeRaw(call.getCallee());
  return "";
}

std::string narrow::describeLocation(Location location) {
  return escapeControls(describeRaw(location));
}

/// Joins the place and the message, without naming the same place twice.
static std::string describe(const mlir::Diagnostic &diagnostic) {
  std::string text = elideLists(escapeControls(diagnostic.str()));
  std::string where = describeLocation(diagnostic.getLocation());
  if (where.empty() || StringRef(text).contains(where))
    return text;
  return where + ": " + text;
}

DiagnosticCollector::DiagnosticCollector(MLIRContext &context)
    : handler(&context, [this](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error) {
          messages.push_back({diagnostic.getSeverity(),
                              describeLocation(diagnostic.getLocation()),
                              elideLists(escapeControls(diagnostic.str()))});
          return success();
        }
        std::string text = describe(diagnostic);
        for (mlir::Diagnostic &note : diagnostic.getNotes())
          // MLIR adds the op itself as a note; users know nodes, not ops.
          if (!StringRef(note.str()).starts_with("see current operation"))
            text += "\nnote: " + describe(note);
        errors.push_back(std::move(text));
        return success();
      }) {}

llvm::Error DiagnosticCollector::takeError(StringRef path) {
  if (errors.empty())
    return makeError("'" + path + "': failed without saying why");
  std::string text = llvm::join(errors, "\nnote: ");
  errors.clear();
  // Errors about the file itself name it already.
  if (StringRef(text).split('\n').first.contains(escapeControls(path)))
    return makeError(text);
  return makeError("'" + path + "': " + text);
}

void narrow::printMessages(ArrayRef<Message> messages, raw_ostream &os,
                           bool withRemarks) {
  for (const Message &message : messages) {
    bool isWarning = message.severity == mlir::DiagnosticSeverity::Warning;
    if (!isWarning && !withRemarks)
      continue;
    os << (isWarning ? "warning: " : "remark: ");
    // Texts that begin with the node's name do not need it twice.
    StringRef name = message.where;
    if (name.consume_front("node ") &&
        StringRef(message.text).starts_with(name.str() + ": "))
      os << "node ";
    else if (!message.where.empty())
      os << message.where << ": ";
    os << message.text << '\n';
  }
}
