//===- Compile.cpp - levels, constants and entries into a file ------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Object/Compile.h"
#include "Artefact.h"
#include "TileSearch.h"
#include "narrow/Codegen/LevelModule.h"
#include "narrow/Codegen/RowStrips.h"
#include "narrow/Dialect/Fxp/Transforms/Passes.h"
#include "narrow/Dialect/Fxp/Transforms/RowStrips.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "narrow/Support/OutputFile.h"

#include "mlir/Target/LLVMIR/Dialect/All.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/Linker/Linker.h"

using namespace narrow;
using namespace narrow::object;
using mlir::func::FuncOp;

/// Returns the name of a call's node, or another place in the source.
static std::string findNode(Location loc) {
  if (auto name = dyn_cast<mlir::NameLoc>(loc))
    return name.getName().str();
  if (auto fused = dyn_cast<mlir::FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (std::string name = findNode(part); !name.empty())
        return name;
  // A model in MLIR's text has lines for names.
  if (auto file = dyn_cast<mlir::FileLineColLoc>(loc); file && file.getLine())
    return ("line " + Twine(file.getLine())).str();
  return "";
}

/// Says which additions and lookups other kernels do.
static void reportFusions(FuncOp function, const codegen::FusionPlan &plan) {
  llvm::DenseSet<mlir::Attribute> layers; // Those in strips are named once.
  for (Operation &op : function.getBody().front()) {
    const codegen::FusedOp *fusion = plan.find(&op);
    auto origin = fxp::getStripOrigin(op.getLoc());
    if (!fusion || (origin && !layers.insert(origin->layer).second))
      continue;
    bool isAdd = isa<fxp::AddOp>(op);
    emitRemark(op.getLoc())
        << (isAdd ? "added" : "looked up") << " in the kernel of the "
        << fusion->contraction->getName() << " at "
        << findNode(fusion->contraction->getLoc())
        << (isAdd ? " [fused-add]" : " [fused-lookup]");
  }
}

static llvm::Error checkOptions(const CompileOptions &options) {
  StringRef name = options.name;
  if (name.empty() || llvm::isDigit(name[0]) ||
      !llvm::all_of(name, [](char c) { return llvm::isAlnum(c) || c == '_'; }))
    return makeError("expected a C identifier as the model's name, found '" +
                     name + "'");
  if (options.targets.empty())
    return makeError("expected at least one target");
  assert((!options.isProfiled || options.targets.size() == 1) &&
         "one level is profiled at a time");
  for (const Target *target : options.targets)
    if (target->family != options.targets.front()->family)
      return makeError("expected targets of one CPU family, found '" +
                       options.targets.front()->qualifiedName() + "' and '" +
                       target->qualifiedName() + "'");
  return llvm::Error::success();
}

/// What kernels can work on: static tensors, one block.
static llvm::Error checkFunction(FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody()))
    return makeError("expected a function of one block");
  auto bad = [](Type type) {
    auto tensor = dyn_cast<RankedTensorType>(type);
    return !tensor || !tensor.hasStaticShape() ||
           llvm::is_contained(tensor.getShape(), 0);
  };
  // What the metadata has a type for.
  auto isKnown = [](Type type) {
    Type element = mlir::getElementTypeOrSelf(type);
    auto integer = dyn_cast<IntegerType>(element);
    return element.isF32() || isa<mlir::quant::QuantizedType>(element) ||
           (integer &&
            llvm::is_contained({1u, 8u, 16u, 32u, 64u}, integer.getWidth()));
  };
  for (Block &block : function.getBody()) {
    if (llvm::any_of(block.getArgumentTypes(), bad))
      return makeError("expected inputs to be static tensors");
    for (Type type : llvm::concat<const Type>(function.getArgumentTypes(),
                                              function.getResultTypes()))
      if (!isKnown(type)) {
        std::string text;
        llvm::raw_string_ostream(text) << type;
        return makeError("expected inputs and outputs of f32, integers, bits "
                         "or fixed point, found " +
                         text);
      }
    for (Operation &op : block)
      if (llvm::any_of(op.getResultTypes(), bad)) {
        op.emitError("expected results to be static tensors of one or more "
                     "elements");
        return makeError("cannot compile the model");
      }
  }
  return llvm::Error::success();
}

/// Removes ops whose results are not used, last first.
static void removeDeadOps(FuncOp function) {
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.getBody().front())))
    if (mlir::isOpTriviallyDead(&op))
      op.erase();
}

/// Defines the constants that the levels declare.
static void defineConstants(llvm::Module &module, ArrayRef<char> bytes) {
  llvm::GlobalVariable *global =
      module.getGlobalVariable(codegen::kConstantsName, true);
  if (!global)
    return;
  llvm::Constant *data = llvm::ConstantDataArray::getRaw(
      StringRef(bytes.data(), bytes.size()), bytes.size(),
      llvm::Type::getInt8Ty(module.getContext()));
  global->setInitializer(data);
  global->setLinkage(llvm::GlobalValue::PrivateLinkage);
  global->setConstant(true);
  global->setAlignment(llvm::Align(Artefact::kArenaAlign));
}

namespace {
/// Binds the kernels of all levels and makes a file of them.
class ArtefactBuilder {
public:
  ArtefactBuilder(FuncOp function, const codegen::MemoryPlan &plan,
                  const codegen::Islands &islands, Artefact &artefact,
                  const CompileOptions &options, llvm::TargetMachine &machine)
      : function(function), plan(plan), islands(islands), artefact(artefact),
        options(options), machine(machine) {}

  /// Returns the file's contents. Tiles that may well spill are tried before;
  /// where others do, which is rare, all is made once more.
  llvm::Expected<std::string> run();
  /// Binds the kernels as they are before a spill is known, and generates
  /// nothing.
  llvm::Error bindAlone() {
    steps.resize(artefact.levels.size());
    return bind();
  }

  /// The calls of the lowest level.
  const std::vector<codegen::BoundCall> &getCalls() const {
    return calls.front();
  }
  /// Distinct kernels, summed over levels.
  size_t countKernels() const { return kernels.size(); }

private:
  llvm::Error bind();
  /// Adds to the steps; returns whether there are new ones.
  llvm::Expected<bool> search(const HotLoops *loops);
  llvm::Expected<std::string> build(HotLoops &loops);

  FuncOp function;
  const codegen::MemoryPlan &plan;
  const codegen::Islands &islands;
  Artefact &artefact;
  const CompileOptions &options;
  llvm::TargetMachine &machine;
  codegen::ConstantPool pool;
  std::vector<std::vector<codegen::BoundCall>> calls; ///< Of each level.
  std::vector<codegen::TileSteps> steps;              ///< Of each level.
  llvm::StringSet<> kernels;
};
} // namespace

/// All levels are bound first: the size of the constants is in their code.
llvm::Error ArtefactBuilder::bind() {
  pool = codegen::ConstantPool();
  calls.clear();
  for (auto [level, levelSteps] : llvm::zip_equal(artefact.levels, steps)) {
    auto bound =
        codegen::bindKernels(function, plan, islands, *level, pool, levelSteps);
    if (failed(bound))
      return makeError("cannot compile the model for '" +
                       level->qualifiedName() + "'");
    calls.push_back(std::move(*bound));
  }
  artefact.constantBytes = pool.finish().size();
  return llvm::Error::success();
}

llvm::Expected<std::string> ArtefactBuilder::run() {
  steps.resize(artefact.levels.size());
  if (llvm::Error error = bind())
    return std::move(error);
  auto bindAgain = [&]() -> llvm::Error {
    MutedRemarks mute(function.getContext());
    return bind();
  };
  llvm::Expected<bool> isChanged = search(nullptr);
  if (!isChanged)
    return isChanged.takeError();
  if (*isChanged)
    if (llvm::Error error = bindAgain())
      return std::move(error);
  HotLoops loops;
  auto contents = build(loops);
  if (!contents || loops.empty())
    return contents;
  isChanged = search(&loops);
  if (!isChanged)
    return isChanged.takeError();
  if (!*isChanged)
    return contents;
  if (llvm::Error error = bindAgain())
    return std::move(error);
  return build(loops);
}

llvm::Expected<bool> ArtefactBuilder::search(const HotLoops *loops) {
  bool isChanged = false;
  for (auto [level, levelCalls, levelSteps] :
       llvm::zip_equal(artefact.levels, calls, steps)) {
    auto found = searchTiles(function, plan, islands, *level, levelCalls, loops,
                             machine);
    if (!found)
      return found.takeError();
    for (const auto &entry : *found)
      isChanged |= levelSteps.try_emplace(entry.first(), entry.second).second;
  }
  return isChanged;
}

llvm::Expected<std::string> ArtefactBuilder::build(HotLoops &loops) {
  llvm::LLVMContext context;
  countSpills(context, loops);
  llvm::Module linked(artefact.name, context);
  linked.setTargetTriple(machine.getTargetTriple());
  linked.setDataLayout(machine.createDataLayout());
  kernels.clear();
  artefact.sharedKernels.clear();
  SmallVector<codegen::PeakKernel> peaks;
  for (auto [level, levelCalls] : llvm::zip_equal(artefact.levels, calls)) {
    if (options.verifiesKernelNames &&
        failed(codegen::verifyKernelNames(levelCalls, *level)))
      return makeError("kernels of one name differ");
    OwningOpRef<ModuleOp> levelModule = codegen::emitLevelModule(
        function, plan, levelCalls, *level, artefact.constantBytes,
        /*withSteps=*/options.isProfiled);
    if (options.isProfiled)
      peaks = codegen::emitPeakKernels(*levelModule, *level);
    auto translated = translateLevel(*levelModule, *level, context, machine);
    if (!translated)
      return translated.takeError();
    if (llvm::Linker::linkModules(linked, std::move(*translated)))
      return makeError("cannot link the kernels of '" + level->qualifiedName() +
                       "'");
    for (const codegen::BoundCall &call : levelCalls) {
      std::string name = codegen::getKernelName(*level, *call.kernel);
      kernels.insert(name);
      if (int64_t units = call.kernel->parallelUnits(*level); units > 1)
        artefact.sharedKernels[codegen::getSharedName(*level, *call.kernel)] = {
            name, units};
    }
  }
  addMetadata(linked, artefact);
  addLevelFunctions(linked, artefact);
  if (options.isProfiled)
    addProfile(linked, artefact, calls.front().size(), peaks);
  defineSharedKernels(linked, artefact);
  if (llvm::Error error = linkRuntime(linked, artefact))
    return error;
  // LLVM folds what kernels load into vectors of their own. On AArch64 each
  // costs an address and is hoisted out of loops past the barriers: there it
  // does not see the contents.
  bool late = artefact.family == Family::AArch64;
  const std::vector<char> &constants = pool.finish();
  if (!late)
    defineConstants(linked, constants);
  optimise(linked, machine);
  if (late)
    defineConstants(linked, constants);
  return emit(linked, machine, options.outputPath);
}

/// Describes the calls of a level, with the layers that they belong to.
static void describeCalls(ArrayRef<codegen::BoundCall> calls,
                          CompileStats &stats) {
  DenseMap<mlir::Attribute, int64_t> layers; // Of what runs in strips.
  int64_t count = 0;
  for (const codegen::BoundCall &call : calls) {
    int64_t layer = count;
    if (auto origin = fxp::getStripOrigin(call.loc))
      layer = layers.try_emplace(origin->layer, count).first->second;
    if (layer == count)
      ++count;
    stats.calls.push_back({findNode(call.loc), call.op, call.shapes,
                           call.kernel->name(), call.features.macs, layer,
                           call.features, call.constantBytes});
  }
}

llvm::Error narrow::compileToObject(ModuleOp module,
                                    const CompileOptions &options,
                                    CompileStats *stats) {
  if (llvm::Error error = checkOptions(options))
    return error;
  mlir::DialectRegistry registry;
  mlir::registerAllToLLVMIRTranslations(registry);
  module.getContext()->appendDialectRegistry(registry);

  OwningOpRef<ModuleOp> clone = module.clone();
  FuncOp function = getMainFunction(*clone);
  if (!function)
    return makeError("expected a function 'main'");
  // Operations without uses would be islands without results.
  removeDeadOps(function);
  // Transposes at the interface go before islands enclose them.
  setInterfaceLayout(function, options.layout);
  removeDeadOps(function);
  fxp::outlineIslands(function);
  if (llvm::Error error = checkFunction(function))
    return error;
  if (options.io == InterfaceKind::Quantized)
    if (llvm::Error error = makeInterfaceQuantized(function))
      return error;
  removeDeadOps(function);

  Artefact artefact;
  artefact.name = options.name;
  artefact.levels = options.targets;
  llvm::sort(artefact.levels, [](const Target *a, const Target *b) {
    return a->rank < b->rank;
  });
  artefact.levels.erase(llvm::unique(artefact.levels), artefact.levels.end());
  artefact.family = artefact.levels.front()->family;
  artefact.inputs = describeInputs(function);
  artefact.outputs = describeOutputs(function);
  FailureOr<codegen::Islands> islands = codegen::Islands::lower(*clone);
  if (failed(islands))
    return makeError("cannot compile the model's float operations");
  if (options.rowStrips)
    codegen::applyRowStrips(function, *islands);
  codegen::MemoryPlan plan = codegen::planMemory(function, *islands);
  reportFusions(function, plan.fusions);
  artefact.arenaBytes = plan.arenaBytes;
  artefact.interfaceHash = hashInterface(artefact);

  auto machine = createTargetMachine(artefact.family);
  if (!machine)
    return machine.takeError();
  ArtefactBuilder builder(function, plan, *islands, artefact, options,
                          **machine);
  size_t fileBytes = 0;
  if (options.outputPath.empty()) {
    if (llvm::Error error = builder.bindAlone())
      return error;
  } else {
    auto contents = builder.run();
    if (!contents)
      return contents.takeError();
    fileBytes = contents->size();
    OutputFiles own, &files = options.files ? *options.files : own;
    if (llvm::Error error = files.add(options.outputPath, *contents))
      return error;
    if (!options.headerPath.empty())
      if (llvm::Error error =
              files.add(options.headerPath, writeHeader(artefact)))
        return error;
    if (llvm::Error error = own.commit())
      return error;
  }
  if (stats) {
    stats->arenaBytes = plan.arenaBytes;
    stats->liveBytes = plan.liveBytes;
    stats->constantBytes = artefact.constantBytes;
    stats->fileBytes = fileBytes;
    stats->kernelCalls = builder.getCalls().size();
    stats->floatIslands =
        llvm::range_size(function.getOps<mlir::func::CallOp>());
    stats->kernels = builder.countKernels();
    describeCalls(builder.getCalls(), *stats);
    for (const InterfaceTensor &input : artefact.inputs)
      stats->inputs.push_back(toModelTensor(input));
    for (const InterfaceTensor &output : artefact.outputs)
      stats->outputs.push_back(toModelTensor(output));
  }
  return llvm::Error::success();
}
