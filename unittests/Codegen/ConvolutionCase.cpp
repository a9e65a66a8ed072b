//===- ConvolutionCase.cpp - a random convolution and its oracle ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ConvolutionCase.h"
#include "narrow/Codegen/Contraction.h"
#include "gtest/gtest.h"
#include <chrono>
#include <cmath>
#include <cstring>

using namespace narrow;
using namespace narrow::test;
using fxp::RequantMode;

ConvolutionData::ConvolutionData(const ConvolutionCase &config) : c(config) {
  std::mt19937 random(c.seed);
  auto uniform = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  int64_t span = (int64_t(1) << c.inputBits) - 1;
  int64_t lowIn = c.inputSigned ? -(span + 1) / 2 : 0, lowOut = 0,
          highOut = 255;
  if (c.outputBits == 16)
    lowOut = -32768, highOut = 32767;
  else if (c.outputSigned)
    lowOut = -128, highOut = 127;
  inputZero = uniform(lowIn, lowIn + span);
  outputZero = c.outputBits == 16 ? 0 : uniform(lowOut, highOut);
  int64_t depth = c.kh * c.kw * c.cin / c.groups;
  auto draw = [&](int64_t low, int64_t high) {
    if (c.extreme)
      return uniform(0, 3) ? (uniform(0, 1) ? low : high) : uniform(low, high);
    return uniform(low, high);
  };
  input.resize(c.h * c.w * c.cin);
  for (int32_t &v : input)
    v = draw(lowIn, lowIn + span);
  weights.resize(c.cout * depth);
  for (int32_t &v : weights)
    v = c.weightZero ? draw(-c.weightZero, 255 - c.weightZero)
                     : draw(-128, 127);
  for (int64_t i = 0; c.extreme && i < int64_t(weights.size()); ++i)
    if (i / depth % 2)
      weights[i] = -128;
  for (int64_t o = 0; o < c.cout; ++o) {
    double scale =
        40.0 / std::sqrt(double(depth)) / 4000.0 * (1 + uniform(0, 100) / 50.0);
    if (c.outputBits == 16)
      scale *= 100;
    if (c.inputBits == 16)
      scale /= 256;
    bias.push_back(uniform(-20000, 20000));
    int exponent;
    double fraction = std::frexp(scale, &exponent);
    switch (c.mode) {
    case RequantMode::Q15: {
      int s = std::max(0, -4 - exponent);
      shift.push_back(s);
      multiplier.push_back(
          std::min<int64_t>(32767, std::lround(scale * std::ldexp(1, 15 + s))));
      offset.push_back(std::lround(outputZero / scale) +
                       (s ? 1 << (s - 1) : 0));
      break;
    }
    case RequantMode::Q31:
    case RequantMode::Q31Double:
      shift.push_back(31 - exponent);
      multiplier.push_back(
          std::min<int64_t>(INT32_MAX, std::llround(fraction * 2147483648.0)));
      break;
    case RequantMode::F32: {
      float m = scale;
      int32_t bits;
      std::memcpy(&bits, &m, 4);
      multiplier.push_back(bits);
      break;
    }
    case RequantMode::Pow2:
      shift.push_back(std::max(0, -exponent));
      break;
    }
    low.push_back(c.bounds ? uniform(lowOut, lowOut + 60) : lowOut);
    high.push_back(c.bounds ? uniform(highOut - 60, highOut) : highOut);
  }
  buildOp();
  computeExpected();
}

void ConvolutionData::buildOp() {
  MLIRContext &context = getContext();
  OpBuilder b(&context);
  Location loc = b.getUnknownLoc();
  module = ModuleOp::create(loc);
  b.setInsertionPointToEnd(module->getBody());
  auto quant = [&](unsigned bits, bool isSigned, int64_t zero) -> Type {
    int64_t low = isSigned ? -(1 << (bits - 1)) : 0;
    return mlir::quant::UniformQuantizedType::get(
        isSigned, b.getIntegerType(bits), b.getF32Type(), 0.5, zero, low,
        low + (1 << bits) - 1);
  };
  Type inType = quant(c.inputBits, c.inputSigned, inputZero);
  Type weightType = quant(8, c.weightZero == 0, c.weightZero);
  Type outType =
      quant(c.outputBits, c.outputSigned || c.outputBits == 16, outputZero);
  int64_t perGroup = c.cin / c.groups;
  SmallVector<int64_t> inShape{1, c.h, c.w, c.cin},
      weightShape{c.cout, c.kh, c.kw, perGroup};
  SmallVector<int64_t> outShape{1, c.oh(), c.ow(), c.cout};
  if (c.fullyConnected) {
    inShape = {c.w, c.cin};
    weightShape = {c.cout, c.cin};
    outShape = {c.w, c.cout};
  }
  auto function = mlir::func::FuncOp::create(
      b, loc, "f",
      b.getFunctionType(RankedTensorType::get(inShape, inType), {}));
  b.setInsertionPointToStart(function.addEntryBlock());
  std::vector<int8_t> bytes;
  for (int32_t w : weights)
    bytes.push_back(int8_t(w + c.weightZero));
  Value w = fxp::ConstantOp::create(
      b, loc, RankedTensorType::get(weightShape, weightType),
      DenseElementsAttr::get(RankedTensorType::get(weightShape, b.getI8Type()),
                             ArrayRef(bytes)));
  auto biasType =
      RankedTensorType::get({c.cout}, b.getIntegerType(c.wide ? 64 : 32));
  SmallVector<llvm::APInt> biases;
  for (int32_t v : bias)
    biases.push_back(llvm::APInt(c.wide ? 64 : 32, v, /*isSigned=*/true));
  Value biasValue = fxp::ConstantOp::create(
      b, loc, biasType, DenseElementsAttr::get(biasType, biases));
  auto array = [&](ArrayRef<int32_t> values) {
    return b.getDenseI32ArrayAttr(values);
  };
  auto requant = fxp::RequantAttr::get(
      &context, c.mode, array(multiplier), array(shift), array(offset),
      array(c.bounds ? ArrayRef(low) : ArrayRef<int32_t>()),
      array(c.bounds ? ArrayRef(high) : ArrayRef<int32_t>()));
  Type result = RankedTensorType::get(outShape, outType);
  Value x = function.getArgument(0);
  if (c.fullyConnected)
    op =
        fxp::FullyConnectedOp::create(b, loc, result, x, w, biasValue, requant);
  SmallVector<int64_t> strides(2, c.stride), pads(4, c.pad),
      dilations(2, c.dilation);
  if (c.transposed)
    op = fxp::TransposedConv2DOp::create(b, loc, result, x, w, biasValue,
                                         requant, strides, pads, dilations,
                                         c.groups);
  else if (!c.fullyConnected)
    op = fxp::Conv2DOp::create(b, loc, result, x, w, biasValue, requant,
                               strides, pads, dilations, c.groups);
}

int64_t ConvolutionData::requant(int64_t a, int64_t o) const {
  int64_t y = 0;
  switch (c.mode) {
  case RequantMode::Q15: {
    int64_t v = std::clamp<int64_t>((a + offset[o]) >> shift[o], -32768, 32767);
    y = (v * multiplier[o] + 16384) >> 15;
    break;
  }
  case RequantMode::Q31:
  case RequantMode::Q31Double: {
    __int128 rounding = __int128(1) << (shift[o] - 1);
    if (c.mode == RequantMode::Q31Double && shift[o] > 31)
      rounding += a < 0 ? -(1 << 30) : 1 << 30;
    y = int64_t((__int128(a) * multiplier[o] + rounding) >> shift[o]) +
        outputZero;
    break;
  }
  case RequantMode::F32: {
    float m;
    std::memcpy(&m, &multiplier[o], 4);
    y = int64_t(std::nearbyintf(float(a) * m)) + outputZero;
    break;
  }
  case RequantMode::Pow2:
    y = ((a + (shift[o] ? int64_t(1) << (shift[o] - 1) : 0)) >> shift[o]) +
        outputZero;
    break;
  }
  return std::clamp<int64_t>(y, low[o], high[o]);
}

void ConvolutionData::computeTransposed() {
  int64_t perGroup = c.cin / c.groups, outPerGroup = c.cout / c.groups;
  std::vector<int64_t> sums;
  for (int64_t i = 0; i < c.oh() * c.ow(); ++i)
    sums.insert(sums.end(), bias.begin(), bias.end());
  for (int64_t y = 0; y < c.h; ++y)
    for (int64_t x = 0; x < c.w; ++x)
      for (int64_t o = 0; o < c.cout; ++o)
        for (int64_t ky = 0; ky < c.kh; ++ky)
          for (int64_t kx = 0; kx < c.kw; ++kx) {
            int64_t oy = y * c.stride + ky * c.dilation - c.pad;
            int64_t ox = x * c.stride + kx * c.dilation - c.pad;
            if (oy < 0 || oy >= c.oh() || ox < 0 || ox >= c.ow())
              continue;
            for (int64_t i = 0; i < perGroup; ++i)
              sums[(oy * c.ow() + ox) * c.cout + o] +=
                  int64_t(input[(y * c.w + x) * c.cin +
                                o / outPerGroup * perGroup + i] -
                          inputZero) *
                  weights[((o * c.kh + ky) * c.kw + kx) * perGroup + i];
          }
  for (size_t i = 0; i < sums.size(); ++i)
    expected.push_back(requant(sums[i], i % c.cout));
}

void ConvolutionData::computeExpected() {
  if (c.transposed)
    return computeTransposed();
  int64_t perGroup = c.cin / c.groups, outPerGroup = c.cout / c.groups;
  for (int64_t y = 0; y < c.oh(); ++y)
    for (int64_t x = 0; x < c.ow(); ++x)
      for (int64_t o = 0; o < c.cout; ++o) {
        int64_t sum = bias[o];
        for (int64_t ky = 0; ky < c.kh; ++ky)
          for (int64_t kx = 0; kx < c.kw; ++kx) {
            int64_t iy = y * c.stride + ky * c.dilation - c.pad;
            int64_t ix = x * c.stride + kx * c.dilation - c.pad;
            if (iy < 0 || iy >= c.h || ix < 0 || ix >= c.w)
              continue;
            for (int64_t i = 0; i < perGroup; ++i)
              sum += int64_t(input[(iy * c.w + ix) * c.cin +
                                   o / outPerGroup * perGroup + i] -
                             inputZero) *
                     weights[((o * c.kh + ky) * c.kw + kx) * perGroup + i];
          }
        expected.push_back(requant(sum, o));
      }
}

namespace {
/// The buffers of a call.
struct Call {
  codegen::KernelCall call;
  codegen::BufferLayout in, out;
  std::vector<Buffer> buffers;
  SmallVector<void *> pointers;
  unsigned output = 0;
};
} // namespace

static constexpr uint8_t kUntouched = 0xA5;

/// Selects the kernel of `op` and lays its input out.
static Call prepare(Operation *op, const ConvolutionCase &c,
                    ArrayRef<int32_t> input, int64_t inputZero,
                    const Target &target) {
  using codegen::BufferLayout;
  Call result;
  auto shapeOf = [](Value v) {
    return cast<RankedTensorType>(v.getType()).getShape();
  };
  codegen::Halo halo = codegen::getContractionHalo(op, 0);
  ArrayRef<int64_t> inShape = shapeOf(op->getOperand(0)),
                    outShape = shapeOf(op->getResult(0));
  int64_t extra = c.extraHalo, outside = c.outputHalo;
  unsigned inBytes = c.inputBits / 8;
  result.in = c.fullyConnected
                  ? BufferLayout::dense(inShape, inBytes)
                  : BufferLayout::withHalo(
                        inShape, inBytes, halo.top + extra, halo.left + extra,
                        halo.bottom + extra, halo.right + extra);
  unsigned outBytes = c.outputBits / 8;
  result.out = c.fullyConnected
                   ? BufferLayout::dense(outShape, outBytes)
                   : BufferLayout::withHalo(outShape, outBytes, outside,
                                            outside, outside, outside);
  SmallVector<BufferLayout> operands(op->getNumOperands());
  operands[0] = result.in;
  FailureOr<codegen::KernelCall> call =
      codegen::selectContractionKernel(op, operands, {result.out}, target);
  if (failed(call)) {
    ADD_FAILURE() << "no kernel";
    std::abort();
  }
  result.call = *call;

  Buffer a(result.in.bufferBytes);
  for (int64_t i = 0; i < result.in.bufferBytes / inBytes; ++i)
    std::memcpy(a.data() + i * inBytes, &inputZero, inBytes);
  for (int64_t y = 0; y < c.h; ++y)
    for (int64_t x = 0; x < c.w; ++x)
      for (int64_t i = 0; i < c.cin; ++i) {
        int64_t at = c.fullyConnected
                         ? x * c.cin + i
                         : result.in.origin + y * result.in.rowStride +
                               x * result.in.pixelStride + i;
        std::memcpy(a.data() + at * inBytes, &input[(y * c.w + x) * c.cin + i],
                    inBytes);
      }
  SmallVector<int64_t> sizes = result.call.kernel->argumentBytes();
  for (auto [i, argument] : llvm::enumerate(result.call.arguments)) {
    switch (argument.kind) {
    case codegen::KernelArgument::Kind::Operand:
      result.buffers.push_back(a);
      break;
    case codegen::KernelArgument::Kind::Constant:
      result.buffers.emplace_back(ArrayRef<char>(argument.bytes));
      break;
    case codegen::KernelArgument::Kind::Result:
      result.output = i;
      result.buffers.emplace_back(result.out.bufferBytes, kUntouched);
      break;
    case codegen::KernelArgument::Kind::Scratch:
      ADD_FAILURE() << "contractions take no scratch memory";
      break;
    }
    EXPECT_EQ(result.buffers.back().size(), sizes[i]) << "argument " << i;
  }
  for (Buffer &buffer : result.buffers)
    result.pointers.push_back(buffer.data());
  return result;
}

int64_t ConvolutionData::countDifferences(const Target &target) {
  Call call = prepare(op, c, input, inputZero, target);
  CompiledKernel kernel(*call.call.kernel, target);
  kernel(call.pointers);
  Buffer want(call.out.bufferBytes, kUntouched);
  unsigned size = c.outputBits / 8;
  for (int64_t y = 0; y < c.oh(); ++y)
    for (int64_t x = 0; x < c.ow(); ++x)
      for (int64_t o = 0; o < c.cout; ++o) {
        int64_t at = c.fullyConnected
                         ? x * c.cout + o
                         : call.out.origin + y * call.out.rowStride +
                               x * call.out.pixelStride + o;
        std::memcpy(want.data() + at * size,
                    &expected[(y * c.ow() + x) * c.cout + o], size);
      }
  int64_t different = 0;
  for (int64_t i = 0; i < want.size(); ++i)
    different += want.data()[i] != call.buffers[call.output].data()[i];
  return different;
}

double ConvolutionData::time(const Target &target) {
  Call call = prepare(op, c, input, inputZero, target);
  CompiledKernel kernel(*call.call.kernel, target);
  using Clock = std::chrono::steady_clock;
  double least = 1e30;
  int64_t repeats = 1;
  auto end = Clock::now() + std::chrono::milliseconds(400);
  while (Clock::now() < end) {
    auto start = Clock::now();
    for (int64_t i = 0; i < repeats; ++i)
      kernel(call.pointers);
    double ns =
        std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    least = std::min(least, ns / repeats);
    if (ns < 50000)
      repeats *= 2;
  }
  return least;
}
