//===- InspectCommand.cpp - narrow inspect --------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Command.h"
#include "narrow/Driver/Inspect.h"

using namespace narrow;
namespace cl = llvm::cl;

static cl::SubCommand command("inspect", "Show what a model, statistics file, "
                                         "array file or artefact holds");
static cl::opt<std::string> path(cl::Positional, cl::Required, cl::desc("FILE"),
                                 cl::sub(command));
static cl::opt<int64_t> batch("batch", cl::desc("Fix open first dimensions"),
                              cl::value_desc("N"), cl::init(0),
                              cl::sub(command));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::sub(command));

static llvm::Error run() {
  ModelOptions options;
  options.path = path;
  if (batch)
    options.batch = batch;
  llvm::Expected<llvm::json::Object> object = inspectFile(options);
  if (!object)
    return object.takeError();
  if (json)
    llvm::outs() << llvm::json::Value(std::move(*object)) << '\n';
  else
    printInspection(*object, llvm::outs());
  return llvm::Error::success();
}

const Command narrow::kInspectCommand = {command, "narrow inspect model.onnx",
                                         run};
