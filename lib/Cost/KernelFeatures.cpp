//===- KernelFeatures.cpp - what a kernel's time depends on ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Cost/KernelFeatures.h"

#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/xxhash.h"

using namespace narrow;
using namespace narrow::cost;

/// Writes `1x8x8x16:u8`; constants of rank 1 (biases) are none of the work.
static std::string describeType(Type type) {
  std::string text;
  llvm::raw_string_ostream os(text);
  auto tensor = cast<ShapedType>(type);
  llvm::interleave(tensor.getShape(), os, "x");
  os << ':';
  if (auto quantized =
          dyn_cast<mlir::quant::QuantizedType>(tensor.getElementType()))
    os << (quantized.isSigned() ? 'i' : 'u')
       << quantized.getStorageTypeIntegralWidth();
  else
    os << tensor.getElementType();
  return text;
}

static int64_t countBytes(Type type) {
  auto tensor = cast<ShapedType>(type);
  Type element = tensor.getElementType();
  unsigned bits = 32;
  if (auto quantized = dyn_cast<mlir::quant::QuantizedType>(element))
    bits = quantized.getStorageTypeIntegralWidth();
  else if (element.isIntOrFloat())
    bits = element.getIntOrFloatBitWidth();
  return tensor.getNumElements() * llvm::divideCeil(bits, 8);
}

/// Bytes of an operand; weights that name a code take its bits.
static int64_t countBytes(Value operand) {
  fxp::WeightStorage code = fxp::getStorage(operand);
  if (code == fxp::WeightStorage::I8)
    return countBytes(operand.getType());
  int64_t weights = cast<ShapedType>(operand.getType()).getNumElements();
  int64_t bits = weights * fxp::getStoredBits(code);
  // Four bits of multiplier a block.
  if (int64_t block = fxp::getBlock(operand))
    bits += 4 * llvm::divideCeil(weights, block);
  return llvm::divideCeil(bits, 8);
}

/// Writes the attributes that shape loops: integers, arrays of them, flags.
/// Tables, rescaling factors and clamps only fill registers.
static void describeAttributes(Operation *op, raw_ostream &os) {
  bool isFirst = true;
  for (NamedAttribute named : op->getAttrs()) {
    // Notes that passes leave have a dialect's name in front.
    if (named.getName().strref().contains('.'))
      continue;
    std::string value;
    llvm::raw_string_ostream text(value);
    if (auto array = dyn_cast<mlir::DenseI64ArrayAttr>(named.getValue()))
      llvm::interleave(array.asArrayRef(), text, ",");
    else if (auto integer = dyn_cast<mlir::IntegerAttr>(named.getValue());
             integer && integer.getType().isSignlessInteger(64))
      text << integer.getInt();
    else if (isa<mlir::UnitAttr>(named.getValue()))
      text << "true";
    else
      continue;
    os << (isFirst ? " {" : " ") << named.getName().strref() << '=' << value;
    isFirst = false;
  }
  if (!isFirst)
    os << '}';
}

/// Channels and runs padded as the weights are packed.
static int64_t padMacs(Operation *op, int64_t macs) {
  auto pad = [&](int64_t outputs, int64_t inputs) {
    double grown = double(llvm::alignTo(outputs, 16)) / double(outputs) *
                   double(llvm::alignTo(inputs, 4)) / double(inputs);
    return int64_t(double(macs) * grown);
  };
  auto weightShape = [](Value weights) {
    return cast<ShapedType>(weights.getType()).getShape();
  };
  if (auto conv = dyn_cast<fxp::Conv2DOp>(op)) {
    ArrayRef<int64_t> shape = weightShape(conv.getWeights());
    int64_t groups = conv.getGroups();
    // Kernel rows are contiguous in memory and padded together.
    if (groups == 1)
      return pad(shape[0], shape[2] * shape[3]);
    if (groups == shape[0])
      return pad(shape[0], shape[1] * shape[2]);
    return pad(shape[0] / groups, shape[2] * shape[3]);
  }
  if (auto linear = dyn_cast<fxp::FullyConnectedOp>(op)) {
    ArrayRef<int64_t> shape = weightShape(linear.getWeights());
    return pad(shape[0], shape[1]);
  }
  return macs;
}

static bool isWide(Type type) {
  auto quantized = dyn_cast<mlir::quant::QuantizedType>(
      cast<ShapedType>(type).getElementType());
  return quantized && quantized.getStorageTypeIntegralWidth() > 8;
}

/// Results of 16 bits have another epilogue, and half as many a vector.
static std::string withWidth(StringRef family, Operation *op) {
  return (family + (llvm::any_of(op->getResultTypes(), isWide) ? ".16" : ""))
      .str();
}

/// Contractions multiply inputs of 16 bits in another form, and unpack weights
/// in each code in its own way.
static std::string findFamily(Operation *op) {
  auto layer = dyn_cast<fxp::WeightedOpInterface>(op);
  if (!layer)
    return withWidth(op->getName().stripDialect(), op);
  StringRef name = op->getName().stripDialect();
  bool readsPacked = true;
  if (auto conv = dyn_cast<fxp::Conv2DOp>(op)) {
    auto weights = cast<ShapedType>(conv.getWeights().getType());
    if (conv.getGroups() > 1 && weights.getDimSize(3) == 1) {
      name = "depthwise";
      readsPacked = false;
    }
  }
  std::string family = name.str();
  bool readsWords = isWide(layer.getInput().getType());
  if (readsWords)
    family += ".words";
  if (fxp::WeightStorage code = fxp::getStorage(layer.getWeights());
      code != fxp::WeightStorage::I8 && readsPacked && !readsWords)
    family += "." + fxp::stringifyWeightStorage(code).str();
  return withWidth(family, op);
}

KernelFeatures cost::describeKernel(Operation *op, ArrayRef<Value> operands) {
  KernelFeatures result;
  result.family = findFamily(op);
  if (auto fixedPoint = dyn_cast<fxp::FixedPointOpInterface>(op))
    result.macs = fixedPoint.getMacs();
  result.paddedMacs = padMacs(op, result.macs);
  llvm::raw_string_ostream os(result.key);
  os << op->getName().stripDialect();
  for (NamedAttribute named : op->getAttrs())
    if (auto requant = dyn_cast<fxp::RequantAttr>(named.getValue()))
      os << '[' << fxp::stringifyRequantMode(requant.getMode()) << ']';
  os << '(';
  bool isFirst = true;
  for (Value operand : operands) {
    result.bytes += countBytes(operand);
    bool isConstant =
        llvm::isa_and_nonnull<fxp::ConstantOp>(operand.getDefiningOp());
    if (isConstant && cast<ShapedType>(operand.getType()).getRank() < 2)
      continue;
    os << (isFirst ? "" : ", ") << describeType(operand.getType());
    if (fxp::WeightStorage code = fxp::getStorage(operand);
        code != fxp::WeightStorage::I8)
      os << " as " << fxp::stringifyWeightStorage(code);
    if (int64_t block = fxp::getBlock(operand))
      os << " in " << block << "s";
    isFirst = false;
  }
  os << ") -> ";
  llvm::interleave(
      op->getResultTypes(), os, [&](Type type) { os << describeType(type); },
      ", ");
  for (Type type : op->getResultTypes()) {
    result.bytes += countBytes(type);
    result.elements += cast<ShapedType>(type).getNumElements();
  }
  describeAttributes(op, os);
  return result;
}

KernelFeatures cost::describeFused(Operation *contraction, Operation *last,
                                   ArrayRef<Value> operands) {
  KernelFeatures result = describeKernel(contraction, operands);
  Type type = last->getResult(0).getType();
  std::string name = last->getName().stripDialect().str();
  result.family += "+" + withWidth(name, last);
  llvm::raw_string_ostream os(result.key);
  os << " + " << name;
  // A table for each channel is another loop than one for all.
  if (auto lookup = dyn_cast<fxp::LookupOp>(last);
      lookup && cast<ShapedType>(lookup.getTable().getType()).getRank() == 2)
    os << "[channels]";
  os << " -> " << describeType(type);
  // What the contraction makes is not stored.
  result.bytes +=
      countBytes(type) - countBytes(contraction->getResult(0).getType());
  return result;
}

KernelFeatures cost::describeIsland(mlir::TypeRange operands,
                                    mlir::TypeRange results, int64_t macs,
                                    int64_t constantBytes, StringRef code) {
  KernelFeatures result;
  result.family = "island";
  result.macs = result.paddedMacs = macs;
  result.bytes = constantBytes;
  llvm::raw_string_ostream os(result.key);
  auto describe = [&](Type type) {
    result.bytes += countBytes(type);
    os << describeType(type);
  };
  os << "island(";
  llvm::interleave(operands, os, describe, ", ");
  os << ") -> ";
  llvm::interleave(results, os, describe, ", ");
  for (Type type : results)
    result.elements += cast<ShapedType>(type).getNumElements();
  os << " {code="
     << llvm::utohexstr(llvm::xxh3_64bits(llvm::arrayRefFromStringRef(code)),
                        /*LowerCase=*/true)
     << '}';
  return result;
}
