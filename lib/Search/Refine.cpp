//===- Refine.cpp - scores corrected by whole plans -----------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A linear model with normal errors: the noises s of the choices are N(s0, C),
// C = diag((own * u)^2) + (shared * s0)(shared * s0)^T, and a plan's noise is
// the sum of its choices' up to a small error. The mean given the plans is
// s0 + C A^T (A C A^T + R)^-1 (m - A s0); only as many unknowns as plans.
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/Scores.h"

#include "llvm/ADT/STLExtras.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;

/// Standard deviations relative to a noise: of its own factor, of the one that
/// all share, and of what a plan gives; the last grows with the noise.
static constexpr double kOwn = 0.5, kShared = 0.5, kPlan = 0.02, kLoud = 0.2;
/// What a noise may be off at the least, relative to the whole network's.
static constexpr double kLeast = 1e-3;
/// What remains of a noise at the least.
static constexpr double kRemains = 0.1;

/// Solves a x = b for a symmetric positive definite matrix by Cholesky's
/// factors.
static std::vector<double> solve(std::vector<std::vector<double>> a,
                                 std::vector<double> b) {
  size_t n = b.size();
  for (size_t i = 0; i < n; ++i)
    for (size_t j = 0; j <= i; ++j) {
      double sum = a[i][j];
      for (size_t k = 0; k < j; ++k)
        sum -= a[i][k] * a[j][k];
      a[i][j] = i == j ? std::sqrt(std::max(sum, 1e-300)) : sum / a[j][j];
    }
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < i; ++k)
      b[i] -= a[i][k] * b[k];
    b[i] /= a[i][i];
  }
  for (size_t i = n; i-- > 0;) {
    for (size_t k = i + 1; k < n; ++k)
      b[i] -= a[k][i] * b[k];
    b[i] /= a[i][i];
  }
  return b;
}

static void refinePart(ChoiceTable &table, ArrayRef<Observation> observations,
                       size_t part) {
  size_t count = observations.size();
  auto getNoise = [&](size_t layer, unsigned choice) {
    return table.layers[layer].choices[choice].noise[part];
  };
  // The variance of a choice's own error; the first is exact.
  auto getVariance = [&](size_t layer, unsigned choice) {
    if (choice == 0)
      return 0.0;
    double size =
        kOwn * (std::abs(getNoise(layer, choice)) + kLeast * table.noise[part]);
    return size * size;
  };
  std::vector<double> sums(count), missing(count);
  for (size_t a = 0; a < count; ++a) {
    for (auto [layer, choice] : llvm::enumerate(observations[a].choices))
      sums[a] += getNoise(layer, choice);
    missing[a] = observations[a].noise[part] - table.noise[part] - sums[a];
  }
  std::vector<std::vector<double>> matrix(count, std::vector<double>(count));
  for (size_t a = 0; a < count; ++a)
    for (size_t b = 0; b < count; ++b) {
      double sum = kShared * kShared * sums[a] * sums[b];
      for (auto [layer, pair] : llvm::enumerate(llvm::zip_equal(
               observations[a].choices, observations[b].choices)))
        if (std::get<0>(pair) == std::get<1>(pair))
          sum += getVariance(layer, std::get<0>(pair));
      if (a == b)
        sum += std::pow((kPlan + kLoud * observations[a].noise[part]) *
                            observations[a].noise[part],
                        2) +
               1e-300;
      matrix[a][b] = sum;
    }
  std::vector<double> x = solve(std::move(matrix), std::move(missing));
  double shared = 0;
  for (size_t a = 0; a < count; ++a)
    shared += kShared * kShared * sums[a] * x[a];
  for (auto [layer, entry] : llvm::enumerate(table.layers))
    for (unsigned choice = 1; choice < entry.choices.size(); ++choice) {
      double old = getNoise(layer, choice), noise = old * (1 + shared);
      for (size_t a = 0; a < count; ++a)
        if (observations[a].choices[layer] == choice)
          noise += getVariance(layer, choice) * x[a];
      if (old > 0)
        noise = std::max(noise, kRemains * old);
      entry.choices[choice].noise[part] = noise;
    }
}

void narrow::search::refine(ChoiceTable &table,
                            ArrayRef<Observation> observations) {
  if (observations.empty())
    return;
  for (size_t part = 0; part < table.noise.size(); ++part)
    refinePart(table, observations, part);
}
