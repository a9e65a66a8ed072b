//===- ExportC.cpp - fixed point as arrays in C ---------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Export/ExportC.h"
#include "C/Arithmetic.h"
#include "C/ArrayWriter.h"
#include "narrow/Dialect/Fxp/IR/BlockCode.h"
#include "narrow/Dialect/Fxp/IR/QuantView.h"
#include "narrow/Dialect/Fxp/IR/StorageCode.h"
#include "narrow/Reference/Tensor.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/Names.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace narrow;
using namespace narrow::exporting;
using fxp::QuantView;

static constexpr llvm::StringLiteral kNotation =
    "Arithmetic. Integers are exact, i64 is wide enough for every sum and "
    "product. >> floors; rne rounds to the nearest integer, ties to even; "
    "sat16 limits to -32768...32767. A stored integer q of a value means scale "
    "* (q - zero_point), one of each or one for each place along scale_axis; z "
    "is a zero point. clamp limits to the arrays min and max of an operation, "
    "one number or one for each channel, or else to the array storage of its "
    "result: the lowest and the highest integer. c is the place on the last "
    "axis where an array has more than one number. Where a requantisation is "
    "given, scales are unknown and said to be 1. round is 2^(shift - 1), 0 "
    "for a shift of 0. Arrays are row-major, images [n][y][x][channel], "
    "weights [o][ky][kx][i].";

namespace {
class Exporter {
public:
  Exporter(StringRef prefix, raw_ostream &os, bool packed)
      : arrays(prefix, os), packed(packed) {}

  LogicalResult checkOps(mlir::func::FuncOp function);
  void explain(mlir::func::FuncOp function);
  void addValue(Value value);
  void addOp(Operation *op);
  StringRef getName(Value value) { return names[value]; }

private:
  void addConstant(fxp::ConstantOp op);
  void addPacked(ArrayRef<int64_t> weights, fxp::WeightStorage code,
                 StringRef name);
  void addAttribute(Operation *op, StringRef name, Attribute value);

  ArrayWriter arrays;
  bool packed;
  DenseMap<Value, std::string> names;
};
} // namespace

LogicalResult Exporter::checkOps(mlir::func::FuncOp function) {
  for (Operation &op : function.getBody().front().without_terminator())
    if (!llvm::isa_and_present<fxp::FxpDialect>(op.getDialect()) ||
        (!isa<fxp::ConstantOp>(op) &&
         getFormula(op.getName().stripDialect()).empty()))
      return op.emitError("expected operations in fixed point, found '")
             << op.getName() << "' [no-c-form]";
  return success();
}

void Exporter::explain(mlir::func::FuncOp function) {
  arrays.addComment(kNotation);
  llvm::SetVector<StringRef> ops;
  llvm::SmallSetVector<fxp::RequantMode, 4> modes;
  for (Operation &op : function.getBody().front().without_terminator()) {
    if (isa<fxp::ConstantOp>(op))
      continue;
    ops.insert(op.getName().stripDialect());
    for (NamedAttribute attribute : op.getAttrs())
      if (auto requant = dyn_cast<fxp::RequantAttr>(attribute.getValue()))
        modes.insert(requant.getMode());
  }
  for (fxp::RequantMode mode : modes)
    arrays.addComment(
        (fxp::stringifyRequantMode(mode) + ": " + getFormula(mode)).str());
  for (StringRef op : ops)
    arrays.addComment((op + ": " + getFormula(op)).str());
}

static std::string getValueName(Value value) {
  StringRef name = findValueName(value);
  if (!name.empty())
    return name.str();
  Operation *op = value.getDefiningOp();
  return op ? getNodeName(op) : "value";
}

/// The C type of integers.
static std::string getIntegerType(unsigned bits, bool isSigned = true) {
  return (Twine(isSigned ? "int" : "uint") + Twine(bits) + "_t").str();
}

void Exporter::addValue(Value value) {
  std::string &name = names[value];
  name = arrays.makeName(getValueName(value));
  auto type = cast<RankedTensorType>(value.getType());
  arrays.addIntegers("int32_t", name + "_shape", type.getShape());
  QuantView view(type);
  if (!view)
    return;
  SmallVector<double> scales(view.getScales());
  SmallVector<int64_t> zeroPoints(view.getZeroPoints());
  if (view.isPerAxis())
    arrays.addIntegers("int32_t", name + "_scale_axis", view.getAxis());
  arrays.addReals("double", name + "_scale", scales);
  arrays.addIntegers("int32_t", name + "_zero_point", zeroPoints);
  fxp::IntegerRange storage = view.getStorageRange();
  arrays.addIntegers("int32_t", name + "_storage", {storage.lo, storage.hi});
}

/// Weights of fewer bits than a byte, the first in the lowest bits; of tables,
/// places in the table, and zeros behind the last weight.
void Exporter::addPacked(ArrayRef<int64_t> weights, fxp::WeightStorage code,
                         StringRef name) {
  unsigned bits = fxp::getStoredBits(code);
  SmallVector<int64_t> table, bytes((weights.size() * bits + 7) / 8, 0);
  if (fxp::isTable(code)) {
    table = fxp::listWeights(weights);
    arrays.addIntegers("int8_t", (name + "_table").str(), table);
  }
  for (auto [place, weight] : llvm::enumerate(weights)) {
    int64_t stored =
        table.empty() ? weight : llvm::find(table, weight) - table.begin();
    bytes[place * bits / 8] |= (stored & ((1 << bits) - 1))
                               << (place * bits % 8);
  }
  arrays.addIntegers("uint8_t", (name + "_packed").str(), bytes);
}

void Exporter::addConstant(fxp::ConstantOp op) {
  addValue(op.getResult());
  const std::string &name = names[op.getResult()];
  auto type = cast<RankedTensorType>(op.getType());
  QuantView view(type);
  if (!view) {
    arrays.addIntegers(getIntegerType(type.getElementTypeBitWidth()), name,
                       getIntegers(op.getValue()));
    return;
  }
  reference::Tensor data = reference::Tensor::fromElements(type, op.getValue());
  SmallVector<int64_t> values(data.stored().begin(), data.stored().end());
  fxp::WeightStorage code = fxp::getStorage(op.getResult());
  // Blocks have a multiplier beside them, which this code has no place for.
  bool hasBlocks = fxp::getBlock(op.getResult()) != 0;
  if (packed && hasBlocks)
    op.emitRemark("weights in blocks are written one a byte [c-unpacked]");
  if (packed && fxp::getStoredBits(code) < 8 && !hasBlocks) {
    arrays.addComment(
        (fxp::stringifyWeightStorage(code) + ", " +
         Twine(fxp::getStoredBits(code)) +
         " bits a weight, the first in the lowest bits of a byte" +
         (fxp::isTable(code) ? ": places in the table" : ""))
            .str());
    addPacked(values, code, name);
    return;
  }
  arrays.addIntegers(getIntegerType(view.getContainerBits(), view.isSigned()),
                     name, values);
}

void Exporter::addAttribute(Operation *op, StringRef name, Attribute value) {
  auto addAll = [&](StringRef part, auto list) {
    arrays.addIntegers("int32_t", (name + "_" + part).str(),
                       SmallVector<int64_t>(list.begin(), list.end()));
  };
  llvm::TypeSwitch<Attribute>(value)
      .Case([&](fxp::RequantAttr requant) {
        addAll("multiplier", requant.getMultiplier().asArrayRef());
        addAll("shift", requant.getShift().asArrayRef());
        addAll("offset", requant.getOffset().asArrayRef());
        addAll("min", requant.getMin().asArrayRef());
        addAll("max", requant.getMax().asArrayRef());
      })
      .Case([&](ElementsAttr elements) {
        unsigned bits = elements.getElementType().getIntOrFloatBitWidth();
        SmallVector<int64_t> values = getIntegers(elements);
        // Tables hold results, unsigned ones as the same bits.
        QuantView result(op->getResult(0).getType());
        bool isSigned = !isa<fxp::LookupOp>(op) || result.isSigned();
        if (!isSigned)
          for (int64_t &entry : values)
            entry &= llvm::maskTrailingOnes<uint64_t>(bits);
        arrays.addIntegers("int32_t", (name + "_shape").str(),
                           elements.getShapedType().getShape());
        arrays.addIntegers(getIntegerType(bits, isSigned), name, values);
      })
      .Case([&](mlir::DenseI32ArrayAttr list) {
        arrays.addIntegers("int32_t", name,
                           SmallVector<int64_t>(list.asArrayRef().begin(),
                                                list.asArrayRef().end()));
      })
      .Case([&](mlir::DenseI64ArrayAttr list) {
        arrays.addIntegers("int64_t", name, list.asArrayRef());
      })
      .Case([&](mlir::DenseF32ArrayAttr list) {
        arrays.addReals("float", name,
                        SmallVector<double>(list.asArrayRef().begin(),
                                            list.asArrayRef().end()));
      })
      .Case([&](mlir::IntegerAttr number) {
        arrays.addIntegers(
            getIntegerType(number.getType().isInteger(64) ? 64 : 32), name,
            number.getInt());
      })
      .Case([&](mlir::UnitAttr) { arrays.addIntegers("int32_t", name, 1); });
}

void Exporter::addOp(Operation *op) {
  if (auto constant = dyn_cast<fxp::ConstantOp>(op)) {
    addConstant(constant);
    return;
  }
  for (Value result : op->getResults())
    addValue(result);
  auto list = [&](mlir::ValueRange values) {
    return llvm::join(
        llvm::map_range(values, [&](Value value) { return names[value]; }),
        ", ");
  };
  std::string mode;
  if (auto combine = dyn_cast<fxp::CombineOp>(op))
    mode = (" [" + fxp::stringifyCombineKind(combine.getKind()) + "]").str();
  for (NamedAttribute attribute : op->getAttrs())
    if (auto requant = dyn_cast<fxp::RequantAttr>(attribute.getValue()))
      mode += (", " + attribute.getName().getValue() + " " +
               fxp::stringifyRequantMode(requant.getMode()) +
               (requant.getGiven() ? " given" : ""))
                  .str();
  arrays.addComment(list(op->getResults()) + " = " +
                    op->getName().stripDialect().str() + "(" +
                    list(op->getOperands()) + ")" + mode);
  for (NamedAttribute attribute : op->getAttrs()) {
    StringRef name = attribute.getName();
    if (name.contains('.'))
      continue;
    // Parts of the requantisation have names of their own.
    std::string place = names[op->getResult(0)];
    if (name != "requant")
      place += "_" + name.str();
    addAttribute(op, place, attribute.getValue());
  }
}

FailureOr<std::string> narrow::exportC(mlir::func::FuncOp function,
                                       StringRef prefix, bool packed) {
  std::string text;
  llvm::raw_string_ostream os(text);
  Exporter exporter(prefix, os, packed);
  if (failed(exporter.checkOps(function)))
    return failure();
  std::string guard =
      "NARROW_" + StringRef(toIdentifier(prefix)).upper() + "_H";
  os << "/* Arrays of a network in fixed point, made by narrow. */\n#ifndef "
     << guard << "\n#define " << guard << "\n\n#include <stdint.h>\n\n";
  exporter.explain(function);
  os << "\n/* Inputs. */\n";
  Block &body = function.getBody().front();
  for (Value argument : body.getArguments())
    exporter.addValue(argument);
  for (Operation &op : body.without_terminator()) {
    os << '\n';
    exporter.addOp(&op);
  }
  os << "\n/* Results:";
  for (Value value : body.getTerminator()->getOperands())
    os << ' ' << exporter.getName(value);
  os << " */\n\n#endif /* " << guard << " */\n";
  return text;
}
