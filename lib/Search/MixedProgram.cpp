//===- MixedProgram.cpp - a mixed integer linear program ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "MixedProgram.h"

#include "narrow/Support/Error.h"
#include "llvm/ADT/STLExtras.h"
#include <coin/Cbc_C_Interface.h>
#include <limits>
#include <memory>

using namespace narrow;
using namespace narrow::search;

/// Long beyond what networks need: hundreds of layers take a second.
static constexpr double kMostSeconds = 60;

unsigned MixedProgram::addColumn(double cost, bool isBinary) {
  costs.push_back(cost);
  binary.push_back(isBinary);
  return costs.size() - 1;
}

void MixedProgram::addRow(double low, double high, std::vector<Entry> entries) {
  rows.push_back({low, high, std::move(entries)});
}

llvm::Expected<std::optional<std::vector<double>>> MixedProgram::solve() const {
  // By columns, as the solver takes them.
  std::vector<std::vector<std::pair<int, double>>> columns(costs.size());
  std::vector<double> low, high;
  for (auto [index, row] : llvm::enumerate(rows)) {
    low.push_back(row.low);
    high.push_back(row.high);
    for (auto [column, value] : row.entries)
      columns[column].emplace_back(static_cast<int>(index), value);
  }
  std::vector<CoinBigIndex> starts{0};
  std::vector<int> indices;
  std::vector<double> values, least(costs.size(), 0), most;
  for (size_t i = 0; i < columns.size(); ++i) {
    for (auto [row, value] : columns[i]) {
      indices.push_back(row);
      values.push_back(value);
    }
    starts.push_back(static_cast<CoinBigIndex>(indices.size()));
    most.push_back(binary[i] ? 1.0 : std::numeric_limits<double>::max());
  }
  std::unique_ptr<Cbc_Model, decltype(&Cbc_deleteModel)> model(Cbc_newModel(),
                                                               Cbc_deleteModel);
  Cbc_setLogLevel(model.get(), 0);
  Cbc_loadProblem(model.get(), static_cast<int>(costs.size()),
                  static_cast<int>(rows.size()), starts.data(), indices.data(),
                  values.data(), least.data(), most.data(), costs.data(),
                  low.data(), high.data());
  for (size_t i = 0; i < binary.size(); ++i)
    if (binary[i])
      Cbc_setInteger(model.get(), static_cast<int>(i));
  Cbc_setAllowableGap(model.get(), 0);
  Cbc_setAllowableFractionGap(model.get(), 0);
  Cbc_setMaximumSeconds(model.get(), kMostSeconds);
  Cbc_solve(model.get());
  if (Cbc_isProvenInfeasible(model.get()))
    return std::nullopt;
  if (!Cbc_isProvenOptimal(model.get()))
    return makeError("expected an optimum of the integer program, found none "
                     "in " +
                     llvm::Twine(static_cast<int>(kMostSeconds)) + " seconds");
  const double *solution = Cbc_getColSolution(model.get());
  return std::vector<double>(solution, solution + costs.size());
}
