//===- NormalizeTest.cpp - N45 beside the real functions ------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "narrow/Dialect/Fxp/IR/Parameters.h"
#include "narrow/Reference/Interpreter.h"
#include "narrow/Support/ConstantData.h"
#include "gtest/gtest.h"
#include <cmath>
#include <random>

using namespace narrow;
using namespace narrow::reference;

namespace {

/// Rows of one drawn kind.
struct Rows {
  unsigned inBits, outBits;
  int64_t length;
  bool centred;
  /// In steps of the input.
  double mean, deviation;
  double epsilon = 1e-5;
};

class NormalizeTest : public ::testing::Test {
protected:
  NormalizeTest() {
    mlir::DialectRegistry registry;
    registry.insert<fxp::FxpDialect, mlir::func::FuncDialect>();
    registerReferenceModels(registry);
    context.appendDialectRegistry(registry);
    context.loadDialect<fxp::FxpDialect, mlir::func::FuncDialect>();
  }

  Type makeType(unsigned bits, double scale) {
    return mlir::quant::UniformQuantizedType::get(
        mlir::quant::QuantizationFlags::Signed,
        IntegerType::get(&context, bits), mlir::Float32Type::get(&context),
        scale, 0, llvm::minIntN(bits), llvm::maxIntN(bits));
  }

  /// Returns the largest distance between the interpreter's results and the
  /// real ones, in steps, where these do not saturate.
  double getError(const Rows &rows);

  MLIRContext context;
  std::mt19937_64 engine{7};
};

} // namespace

double NormalizeTest::getError(const Rows &rows) {
  constexpr int64_t kRows = 20;
  int64_t n = rows.length;
  double inScale = 0.02;
  // Results of up to five deviations, times a scale of up to 1.5.
  double outScale = 8.0 / double(llvm::maxIntN(rows.outBits));
  Type in = makeType(rows.inBits, inScale),
       out = makeType(rows.outBits, outScale);
  std::uniform_real_distribution<float> factor(0.1f, 1.5f), shift(-1.f, 1.f);
  std::vector<float> scale(n), offset(n);
  for (int64_t i = 0; i < n; ++i) {
    scale[i] = factor(engine);
    offset[i] = shift(engine);
  }
  auto p = fxp::chooseNormalize(in, out, n, rows.centred, rows.epsilon, scale,
                                offset);
  EXPECT_TRUE(succeeded(p));
  std::normal_distribution<double> normal(rows.mean, rows.deviation);
  std::vector<int64_t> stored(kRows * n);
  for (int64_t &value : stored)
    value = std::clamp<int64_t>(std::llrint(normal(engine)),
                                llvm::minIntN(rows.inBits),
                                llvm::maxIntN(rows.inBits));

  OpBuilder b(&context);
  OwningOpRef<ModuleOp> module = ModuleOp::create(b.getUnknownLoc());
  b.setInsertionPointToEnd(module->getBody());
  auto inType = RankedTensorType::get({kRows, n}, in),
       outType = RankedTensorType::get({kRows, n}, out);
  auto func = mlir::func::FuncOp::create(b, b.getUnknownLoc(), "main",
                                         b.getFunctionType({}, {outType}));
  b.setInsertionPointToEnd(func.addEntryBlock());
  Value x = fxp::ConstantOp::create(
      b, b.getUnknownLoc(), inType,
      makeConstant(
          RankedTensorType::get({kRows, n}, b.getIntegerType(rows.inBits)),
          stored));
  Value y = fxp::NormalizeOp::create(
      b, b.getUnknownLoc(), outType, x,
      makeConstant(RankedTensorType::get({1, n}, b.getI32Type()), p->scale),
      makeConstant(RankedTensorType::get({1, n}, b.getI64Type()), p->offset),
      ArrayRef<int64_t>{1}, rows.centred, p->epsilon, p->spreadShift,
      p->inputShift, p->multiplierBits, p->fractionBits, p->shift);
  mlir::func::ReturnOp::create(b, b.getUnknownLoc(), y);
  SmallVector<Tensor> results;
  EXPECT_TRUE(succeeded(run(func, {}, results)));

  double worst = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    double mean = 0, squares = 0;
    for (int64_t i = 0; rows.centred && i < n; ++i)
      mean += stored[row * n + i] * inScale / n;
    for (int64_t i = 0; i < n; ++i)
      squares += std::pow(stored[row * n + i] * inScale - mean, 2) / n;
    double root = std::sqrt(squares + rows.epsilon);
    for (int64_t i = 0; i < n; ++i) {
      double real = ((stored[row * n + i] * inScale - mean) / root * scale[i] +
                     offset[i]) /
                    outScale;
      if (std::abs(real) < double(llvm::maxIntN(rows.outBits)))
        worst =
            std::max(worst, std::abs(results[0].stored()[row * n + i] - real));
    }
  }
  return worst;
}

TEST_F(NormalizeTest, EightBitResultsAreRoundedReals) {
  for (unsigned bits : {8u, 16u})
    for (int64_t n : {1, 2, 7, 64, 384, 4096})
      for (bool centred : {true, false})
        for (double deviation : {0.4, 3.0, 30.0}) {
          double error = getError(
              {bits, 8, n, centred, bits == 8 ? 9.3 : 200.3, deviation});
          // Means are rounded to a 128th of a step, which rows that vary by
          // less than one feel.
          EXPECT_LE(error, deviation < 1 ? 0.75 : 0.54)
              << bits << " bits, " << n << ", " << centred << ", " << deviation;
        }
  // Rows far from zero, and an epsilon that counts.
  EXPECT_LE(getError({8, 8, 128, true, 100, 2}), 0.54);
  EXPECT_LE(getError({16, 8, 128, true, -30000, 500}), 0.54);
  EXPECT_LE(getError({8, 8, 128, true, 0, 5, 0.01}), 0.54);
}

TEST_F(NormalizeTest, SixteenBitResultsAreNearlyRoundedReals) {
  for (unsigned bits : {8u, 16u})
    for (int64_t n : {1, 2, 7, 64, 384, 4096})
      for (bool centred : {true, false})
        for (double deviation : {3.0, 30.0}) {
          double error = getError(
              {bits, 16, n, centred, bits == 8 ? 9.3 : 200.3, deviation});
          EXPECT_LE(error, 0.6)
              << bits << " bits, " << n << ", " << centred << ", " << deviation;
        }
  EXPECT_LE(getError({16, 16, 384, true, -20000, 3000}), 0.6);
}
