//===- ImportModel.cpp - ONNX, TOSA and linalg files as float modules -----===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Frontend/ImportModel.h"

#include "NewerBytecode.h"
#include "Onnx/CutGraph.h"
#include "Onnx/GraphImporter.h"
#include "Onnx/ModelLoader.h"
#include "WideFloats.h"
#include "narrow/Dialect/Nn/IR/NnOps.h"
#include "narrow/Frontend/ImportLinalg.h"
#include "narrow/Support/ConstantData.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/Names.h"
#include "narrow/Support/Text.h"

#include "mlir/Bytecode/BytecodeReader.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlowOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MLProgram/IR/MLProgram.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Quant/IR/Quant.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Tosa/IR/TosaOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Parser/Parser.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace narrow;

OwningOpRef<ModuleOp> narrow::importOnnx(StringRef path, MLIRContext &context,
                                         const ImportOptions &options) {
  auto model = frontend::loadModel(path);
  if (!model) {
    emitError(mlir::UnknownLoc::get(&context))
        << llvm::toString(model.takeError());
    return nullptr;
  }
  if (!options.inputs.empty() || !options.outputs.empty()) {
    auto describe = [&](StringRef tensor) {
      return frontend::describeTensor(**model, tensor, path, context, options);
    };
    if (llvm::Error error = frontend::cutGraph(**model, options, describe)) {
      emitError(mlir::FileLineColLoc::get(&context, path, 0, 0))
          << llvm::toString(std::move(error));
      return nullptr;
    }
  }
  return frontend::importModelProto(**model, path, path, context, options);
}

bool narrow::isFixedPoint(ModuleOp module) {
  return module
      .walk([](Operation *op) {
        return op->getName().getDialectNamespace() == "fxp" &&
                       op->getName().stripDialect() != "observe"
                   ? mlir::WalkResult::interrupt()
                   : mlir::WalkResult::advance();
      })
      .wasInterrupted();
}

/// Finds the function of a model in MLIR's text and checks its interface.
static mlir::func::FuncOp findMain(ModuleOp module) {
  mlir::func::FuncOp main = getMainFunction(module);
  if (!main || main.isExternal()) {
    emitError(module.getLoc())
        << "expected a function 'main', or one function alone";
    return {};
  }
  bool isFixed = isFixedPoint(module);
  auto check = [&](mlir::Type type, StringRef what) -> LogicalResult {
    auto tensor = dyn_cast<RankedTensorType>(type);
    if (tensor && tensor.hasStaticShape() &&
        (tensor.getElementType().isF32() ||
         tensor.getElementType().isSignlessInteger() ||
         (isFixed && isa<mlir::quant::QuantizedType>(tensor.getElementType()))))
      return mlir::success();
    return emitError(main.getLoc())
           << "expected " << what
           << "s that are f32 or integer tensors of static shape, found "
           << type;
  };
  for (mlir::Type type : main.getArgumentTypes())
    if (failed(check(type, "argument")))
      return {};
  for (mlir::Type type : main.getResultTypes())
    if (failed(check(type, "result")))
      return {};
  return main;
}

OwningOpRef<ModuleOp> narrow::parseModule(StringRef path,
                                          MLIRContext &context) {
  constexpr unsigned kMaxDepth = 256;
  if (auto file = llvm::MemoryBuffer::getFile(path))
    if (!mlir::isBytecode((*file)->getMemBufferRef()) &&
        nestsDeeper((*file)->getBuffer(), Brackets::Mlir, kMaxDepth)) {
      emitError(mlir::FileLineColLoc::get(&context, path, 0, 0))
          << "expected a module in MLIR's text, found brackets more than "
          << kMaxDepth << " deep";
      return nullptr;
    }
  // MLIR's parser refuses some attributes without a word.
  bool hasReason = false;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        hasReason |=
            diagnostic.getSeverity() == mlir::DiagnosticSeverity::Error;
        return failure();
      });
  mlir::ParserConfig config(&context);
  frontend::readNewerAttributes(config.getBytecodeReaderConfig());
  OwningOpRef<ModuleOp> module = mlir::parseSourceFile<ModuleOp>(path, config);
  if (!module && !hasReason)
    emitError(mlir::FileLineColLoc::get(&context, path, 0, 0))
        << "expected a module in MLIR's text";
  return module;
}

/// Checks what an ONNX model's tensors are held to as well: ranks, sizes, and
/// constants that are much larger than the text that stands for them.
static LogicalResult checkSizes(ModuleOp module) {
  using namespace frontend;
  auto result = module.walk([](Operation *op) {
    for (mlir::Type type : op->getResultTypes()) {
      auto tensor = dyn_cast<RankedTensorType>(type);
      if (!tensor)
        continue;
      if (tensor.getRank() > kMaxRank) {
        op->emitError() << "expected tensors of rank " << kMaxRank
                        << " at most, found rank " << tensor.getRank();
        return mlir::WalkResult::interrupt();
      }
      mlir::DenseElementsAttr elements;
      bool isSplat = mlir::matchPattern(op, mlir::m_Constant(&elements)) &&
                     elements.isSplat();
      int64_t limit = isSplat ? kMaxComputed : kMaxElements;
      int64_t count = 1;
      for (int64_t size : tensor.getShape()) {
        if (mlir::ShapedType::isDynamic(size) || size == 0)
          continue;
        if (count > limit / size) {
          op->emitError() << "a tensor of shape " << toString(tensor.getShape())
                          << " is too large";
          return mlir::WalkResult::interrupt();
        }
        count *= size;
      }
    }
    return mlir::WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Calls what makes a result by the result's name, as an ONNX tensor is called.
static void nameMakers(mlir::func::FuncOp main) {
  Operation *end = main.getBody().back().getTerminator();
  for (auto [i, value] : llvm::enumerate(end->getOperands())) {
    Operation *maker = value.getDefiningOp();
    bool isFloatLevel = maker && isa<mlir::tosa::TosaDialect, nn::NnDialect>(
                                     maker->getDialect());
    if (isFloatLevel && maker->getNumResults() == 1 &&
        !maker->hasAttr(kNameAttr))
      maker->setAttr(kNameAttr, main.getResultAttr(i, kNameAttr));
  }
}

static OwningOpRef<ModuleOp> importMlir(StringRef path, MLIRContext &context) {
  context.loadDialect<mlir::func::FuncDialect, mlir::tosa::TosaDialect,
                      mlir::tensor::TensorDialect, mlir::quant::QuantDialect,
                      nn::NnDialect, mlir::arith::ArithDialect,
                      mlir::cf::ControlFlowDialect, mlir::linalg::LinalgDialect,
                      mlir::math::MathDialect,
                      mlir::ml_program::MLProgramDialect>();
  OwningOpRef<ModuleOp> module = parseModule(path, context);
  if (!module || failed(checkSizes(*module)) ||
      failed(verifyConstants(*module)))
    return nullptr;
  mlir::func::FuncOp main = findMain(*module);
  if (!main || (hasLinalg(main) && failed(importLinalg(main))))
    return nullptr;
  frontend::narrowWideFloats(main, frontend::remarkWideFloats);
  main.setName("main");
  OpBuilder builder(&context);
  for (unsigned i = 0; i < main.getNumArguments(); ++i)
    if (!main.getArgAttr(i, kNameAttr))
      main.setArgAttr(i, kNameAttr, builder.getStringAttr("input" + Twine(i)));
  for (unsigned i = 0; i < main.getNumResults(); ++i)
    if (!main.getResultAttr(i, kNameAttr))
      main.setResultAttr(i, kNameAttr,
                         builder.getStringAttr("output" + Twine(i)));
  nameMakers(main);
  return module;
}

bool narrow::isModuleFile(StringRef path) {
  return path.ends_with(".mlir") || path.ends_with(".mlirbc");
}

OwningOpRef<ModuleOp> narrow::importModel(StringRef path, MLIRContext &context,
                                          const ImportOptions &options) {
  if (isModuleFile(path)) {
    if (options.inputs.empty() && options.outputs.empty())
      return importMlir(path, context);
    emitError(mlir::FileLineColLoc::get(&context, path, 0, 0))
        << "expected an ONNX model for --inputs and --outputs, found a module "
           "of MLIR";
    return nullptr;
  }
  OwningOpRef<ModuleOp> module = importOnnx(path, context, options);
  if (mlir::func::FuncOp main = module ? getMainFunction(*module) : nullptr)
    frontend::narrowWideFloats(main, [](Location loc) {
      mlir::emitRemark(loc)
          << "[f64-as-f32] the scale is only known at run time: the quotient "
             "is computed in f32, which may round halves to the next integer";
    });
  return module;
}
