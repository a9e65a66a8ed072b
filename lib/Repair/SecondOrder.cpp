//===- SecondOrder.cpp - weights by second moments ------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Repair/SecondOrder.h"

#include "narrow/Support/Avx2.h"
#include "llvm/ADT/STLExtras.h"
#include <Eigen/Cholesky>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace narrow;
using Eigen::MatrixXd;
using Rows =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

double Covariance::getMeanVariance() const {
  double sum = 0;
  for (int64_t i = 0; i < size; ++i)
    sum += get(i, i);
  return size ? sum / static_cast<double>(size) : 0;
}

/// Factors a covariance, with rows and columns in `order`, damped.
static std::optional<Eigen::LLT<MatrixXd>>
factorize(const Covariance &inputs, ArrayRef<int64_t> order, double damping) {
  int64_t size = inputs.size;
  MatrixXd matrix = MatrixXd::Zero(size, size);
  for (int64_t j = 0; j < size; ++j)
    for (int64_t i = j; i < size; ++i)
      matrix(i, j) = inputs.get(order[i], order[j]);
  matrix.diagonal().array() += damping;
  // A sum that is not finite shows on the diagonal, which is never compared.
  if (!(damping > 0) || !matrix.diagonal().allFinite())
    return std::nullopt;
  Eigen::LLT<MatrixXd> factors(matrix);
  if (factors.info() != Eigen::Success || !factors.matrixLLT().allFinite())
    return std::nullopt;
  return factors;
}

std::vector<double> narrow::getRest(const Covariance &inputs,
                                    ArrayRef<double> weights,
                                    ArrayRef<double> cross) {
  int64_t size = inputs.size;
  auto rows = static_cast<int64_t>(weights.size()) / size;
  Eigen::Map<const Rows> w(weights.data(), rows, size),
      c(cross.data(), rows, size);
  Eigen::Map<const Rows> h(inputs.values.data(), size, size);
  // Small, so that rounding is as well.
  std::vector<double> result(weights.size());
  Eigen::Map<MatrixXd>(result.data(), size, rows) = (c - w * h).transpose();
  return result;
}

FailureOr<std::vector<double>> narrow::fitWeights(const Covariance &inputs,
                                                  ArrayRef<double> weights,
                                                  ArrayRef<double> cross,
                                                  double damping) {
  return fitRest(inputs, weights, getRest(inputs, weights, cross), damping);
}

FailureOr<std::vector<double>> narrow::fitRest(const Covariance &inputs,
                                               ArrayRef<double> weights,
                                               ArrayRef<double> rest,
                                               double damping) {
  int64_t size = inputs.size;
  auto rows = static_cast<int64_t>(weights.size()) / size;
  std::vector<int64_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  auto factors = factorize(inputs, order, damping);
  if (!factors)
    return failure();
  Eigen::Map<const Rows> w(weights.data(), rows, size);
  MatrixXd change = Eigen::Map<const MatrixXd>(rest.data(), size, rows);
  factors->solveInPlace(change);
  std::vector<double> result(weights.size());
  Eigen::Map<Rows>(result.data(), rows, size) = w + change.transpose();
  if (!llvm::all_of(result, [](double v) { return std::isfinite(v); }))
    return failure();
  return result;
}

std::vector<double> narrow::getExcess(const Covariance &inputs,
                                      ArrayRef<double> weights,
                                      ArrayRef<double> cross,
                                      ArrayRef<double> others) {
  int64_t size = inputs.size;
  auto rows = static_cast<int64_t>(weights.size()) / size;
  Eigen::Map<const Rows> w(weights.data(), rows, size),
      c(cross.data(), rows, size), v(others.data(), rows, size),
      h(inputs.values.data(), size, size);
  // (v - w) H (v + w)' - 2 c (v - w)'.
  Rows change = v - w;
  Eigen::VectorXd excess =
      ((v + w) * h - 2 * c).cwiseProduct(change).rowwise().sum();
  return std::vector<double>(excess.data(), excess.data() + rows);
}

FailureOr<SecondOrderRounding>
SecondOrderRounding::create(const Covariance &inputs, double damping) {
  SecondOrderRounding result;
  result.size = inputs.size;
  result.order.resize(inputs.size);
  std::iota(result.order.begin(), result.order.end(), 0);
  llvm::sort(result.order, [&](int64_t i, int64_t j) {
    return std::pair(inputs.get(i, i), i) < std::pair(inputs.get(j, j), j);
  });
  auto factors = factorize(inputs, result.order, damping);
  if (!factors)
    return failure();
  result.factor.resize(inputs.size * inputs.size);
  Eigen::Map<MatrixXd> factor(result.factor.data(), inputs.size, inputs.size);
  factor = factors->matrixLLT();
  for (int64_t j = 0; j < inputs.size; ++j) {
    result.diagonal.push_back(factor(j, j));
    factor.col(j).tail(inputs.size - j) /= result.diagonal.back();
  }
  return result;
}

/// A number for each of the rows that are rounded together.
using Lanes =
    double __attribute__((vector_size(8 * SecondOrderRounding::kRows)));
/// Columns whose sums hide each other's latency.
static constexpr int64_t kColumns = 4;

/// Adds `column[i] * rows[i]` for i in [begin, end) to the sums of each of
/// `count` columns, `size` apart; rows and sums of `kRows` lanes. Each sum adds
/// up in the order of i, whatever the CPU has.
template <int64_t count>
static __attribute__((always_inline)) inline void
addProductsOf(const double *columns, int64_t size, const double *rows,
              int64_t begin, int64_t end, double *sums) {
  Lanes own[count];
  std::memcpy(own, sums, sizeof(own));
  for (int64_t i = begin; i < end; ++i) {
    Lanes row;
    std::memcpy(&row, rows + i * SecondOrderRounding::kRows, sizeof(row));
    for (int64_t k = 0; k < count; ++k)
      own[k] += columns[k * size + i] * row;
  }
  std::memcpy(sums, own, sizeof(own));
}
template <int64_t count>
NARROW_AVX2 static void addProductsWide(const double *columns, int64_t size,
                                        const double *rows, int64_t begin,
                                        int64_t end, double *sums) {
  addProductsOf<count>(columns, size, rows, begin, end, sums);
}
template <int64_t count>
static void addProducts(const double *columns, int64_t size, const double *rows,
                        int64_t begin, int64_t end, double *sums) {
  if (hasAvx2())
    addProductsWide<count>(columns, size, rows, begin, end, sums);
  else
    addProductsOf<count>(columns, size, rows, begin, end, sums);
}

void SecondOrderRounding::round(ArrayRef<double> weights,
                                ArrayRef<double> multipliers, int64_t low,
                                int64_t high,
                                MutableArrayRef<double> rounded) const {
  // With H = L L', e H e' = |L' e|^2, whose element j holds no weight in front
  // of j: from the last on, each is rounded to where its element is least,
  // given those behind it. (That is GPTQ's order and result, without H's
  // inverse.) Errors are [size, kRows].
  std::vector<double> errors(size * kRows);
  for (int64_t j = size; j-- > 0;) {
    double shift[kRows] = {};
    addProducts<1>(factor.data() + j * size, size, errors.data(), j + 1, size,
                   shift);
    for (int64_t row = 0; row < kRows; ++row) {
      int64_t place = row * size + order[j];
      double unit = multipliers.empty() ? 1 : multipliers[place];
      rounded[place] =
          unit *
          std::clamp(std::nearbyint((weights[place] + shift[row]) / unit),
                     static_cast<double>(low), static_cast<double>(high));
      errors[j * kRows + row] = weights[place] - rounded[place];
    }
  }
}

std::vector<double> SecondOrderRounding::project(ArrayRef<double> rows) const {
  std::vector<double> sorted(size * kRows), result(size * kRows);
  for (int64_t row = 0; row < kRows; ++row)
    for (int64_t j = 0; j < size; ++j)
      sorted[j * kRows + row] = rows[row * size + order[j]];
  for (int64_t first = 0; first < size; first += kColumns) {
    int64_t count = std::min(kColumns, size - first);
    const double *columns = factor.data() + first * size;
    double sums[kColumns * kRows] = {};
    // What not all of the columns have, and then the rest.
    for (int64_t k = 0; k < count; ++k)
      addProducts<1>(columns + k * size, size, sorted.data(), first + k,
                     first + count, sums + k * kRows);
    if (count == kColumns)
      addProducts<kColumns>(columns, size, sorted.data(), first + count, size,
                            sums);
    for (int64_t k = 0; k < count; ++k)
      for (int64_t row = 0; row < kRows; ++row)
        result[row * size + first + k] =
            diagonal[first + k] * sums[k * kRows + row];
  }
  return result;
}
