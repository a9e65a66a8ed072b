//===- StateFeed.cpp - outputs that are inputs of the next step -----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Driver/StateFeed.h"
#include "narrow/Support/Error.h"

using namespace narrow;

llvm::Error narrow::parseState(StringRef text, StateOptions &options) {
  auto [output, input] = text.split('=');
  if (output.empty() || input.empty())
    return makeError("expected --state OUT=IN with the names of an output and "
                     "an input, found '" +
                     text + "'");
  options.pairs.push_back({output.str(), input.str()});
  return llvm::Error::success();
}

/// Returns the place of the value called `name`, or an error.
static llvm::Expected<size_t> findByName(StringRef name, StringRef kind,
                                         ArrayRef<ValueSpec> specs) {
  std::string names;
  for (auto [index, spec] : llvm::enumerate(specs)) {
    if (spec.name == name)
      return index;
    names += (index ? ", '" : "'") + spec.name + "'";
  }
  return makeError("expected '" + name + "' of --state to be an " + kind +
                   ", one of " + names);
}

static std::string describe(const ValueSpec &spec) {
  std::string text = getElementName(spec.kind).str() + " [";
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(spec.shape, os);
  return text + "]";
}

llvm::Expected<StateFeed> StateFeed::find(const StateOptions &options,
                                          ArrayRef<ValueSpec> inputs,
                                          ArrayRef<ValueSpec> outputs) {
  StateFeed feed;
  feed.steps = options.steps;
  for (const StatePair &pair : options.pairs) {
    llvm::Expected<size_t> output = findByName(pair.output, "output", outputs);
    if (!output)
      return output.takeError();
    llvm::Expected<size_t> input = findByName(pair.input, "input", inputs);
    if (!input)
      return input.takeError();
    if (feed.takesState(*input))
      return makeError("expected one --state for input '" + pair.input +
                       "', found several");
    const ValueSpec &from = outputs[*output], &to = inputs[*input];
    if (from.kind != to.kind || from.shape != to.shape)
      return makeError("expected both ends of --state " + pair.output + "=" +
                       pair.input + " to be alike, found " + describe(from) +
                       " and " + describe(to));
    feed.links.push_back({*output, *input});
  }
  if (feed.links.size() == inputs.size() && !inputs.empty())
    return makeError("expected an input that is no state, found none: every "
                     "input is one of --state");
  return feed;
}

bool StateFeed::takesState(size_t input) const {
  return llvm::any_of(links, [&](Link link) { return link.input == input; });
}

void StateFeed::feed(int64_t step, ArrayRef<HostTensor> before,
                     std::vector<HostTensor> &inputs) const {
  if (isFirst(step))
    return;
  for (Link link : links)
    inputs[link.input].bytes = before[link.output].bytes;
}

std::vector<HostTensor> StateFeed::pick(ArrayRef<HostTensor> inputs) const {
  std::vector<HostTensor> state;
  for (Link link : links)
    state.push_back(inputs[link.input]);
  return state;
}
