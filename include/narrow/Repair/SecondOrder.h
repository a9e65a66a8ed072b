//===- SecondOrder.h - weights by second moments ---------------*- C++ -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What a channel of a contraction loses by other weights, e, is e H e' with the
// covariance H of what it reads. That makes two problems small: the best real
// weights for inputs that are not quite those of the float model, and the best
// integers for real weights. The latter after Frantar et al., GPTQ: Accurate
// Post-Training Quantization for Generative Pre-trained Transformers, 2022
// (from Optimal Brain Compression of the same authors): weights are rounded one
// after the other, and those that are left make up for each one's error.
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_REPAIR_SECONDORDER_H
#define NARROW_REPAIR_SECONDORDER_H

#include "narrow/Support/LLVM.h"
#include <vector>

namespace narrow {

/// A symmetric matrix [size, size], row-major.
struct Covariance {
  int64_t size = 0;
  std::vector<double> values;

  double get(int64_t row, int64_t column) const {
    return values[row * size + column];
  }
  /// The mean of the diagonal.
  double getMeanVariance() const;
};

/// Returns the real weights that bring a layer closest to its targets: of each
/// row w of `weights` [rows, size] and c of `cross` [rows, size], the
/// covariance of the target with the inputs, the v that minimises
/// `v H v' - 2 c v' + damping |v - w|^2`. Fails where H is not finite, or not
/// positive definite with `damping` on its diagonal.
FailureOr<std::vector<double>> fitWeights(const Covariance &inputs,
                                          ArrayRef<double> weights,
                                          ArrayRef<double> cross,
                                          double damping);

/// Returns what weights leave of the targets, `c - w H`, transposed: [size,
/// rows].
std::vector<double> getRest(const Covariance &inputs, ArrayRef<double> weights,
                            ArrayRef<double> cross);
/// The same as `fitWeights`, by what the weights leave: for several dampings.
FailureOr<std::vector<double>> fitRest(const Covariance &inputs,
                                       ArrayRef<double> weights,
                                       ArrayRef<double> rest, double damping);

/// Returns how much further from their targets other weights take each row than
/// `weights`: `v H v' - 2 c v'` less the same of w; all [rows, size].
std::vector<double> getExcess(const Covariance &inputs,
                              ArrayRef<double> weights, ArrayRef<double> cross,
                              ArrayRef<double> others);

/// Rounds rows of weights so that e H e', with the damped H, becomes small.
class SecondOrderRounding {
public:
  /// Rows that are rounded at once.
  static constexpr int64_t kRows = 8;

  /// Prepares for `inputs` with `damping` on its diagonal. Fails as
  /// `fitWeights` does.
  static FailureOr<SecondOrderRounding> create(const Covariance &inputs,
                                               double damping);

  /// Rounds rows of [kRows, size] real weights, each in units of its own step,
  /// to integers in [low, high], or to such multiples of `multipliers`, as many
  /// as weights, where these are not empty.
  void round(ArrayRef<double> weights, ArrayRef<double> multipliers,
             int64_t low, int64_t high, MutableArrayRef<double> rounded) const;
  /// Returns L' w of rows [kRows, size] where H = L L': vectors whose products
  /// are those of the rows by H.
  std::vector<double> project(ArrayRef<double> rows) const;

private:
  int64_t size = 0;
  /// Places of the weights, by rising variance: rounded from the last on.
  std::vector<int64_t> order;
  /// The Cholesky factor of the covariance in that order, column-major, each
  /// column divided by its diagonal element, and those elements.
  std::vector<double> factor, diagonal;
};

} // namespace narrow

#endif // NARROW_REPAIR_SECONDORDER_H
