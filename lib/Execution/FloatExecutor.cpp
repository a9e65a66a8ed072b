//===- FloatExecutor.cpp - runs float modules -----------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Execution/FloatExecutor.h"
#include "Internals.h"
#include "mlir/ExecutionEngine/ExecutionEngine.h"
#include "mlir/ExecutionEngine/OptUtils.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/MainFunction.h"
#include "llvm/ExecutionEngine/Orc/JITTargetMachineBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include <mutex>
#include <new>

using namespace narrow;
using namespace narrow::execution;

/// Optimisation level of the compiled code: the highest one takes longer and
/// gains nothing on loops that are already in order.
constexpr unsigned kOptimizationLevel = 2;

constexpr std::align_val_t kArenaAlignment{floatcode::kBufferAlignment};

namespace {
struct ArenaDeleter {
  void operator()(uint8_t *bytes) const {
    ::operator delete[](bytes, kArenaAlignment);
  }
};
} // namespace
using Arena = std::unique_ptr<uint8_t[], ArenaDeleter>;

struct FloatExecutor::Impl {
  Signature signature;
  floatcode::BufferPlan plan;
  std::unique_ptr<mlir::ExecutionEngine> engine;
  /// The compiled function; takes addresses of its arguments.
  void (*entry)(void **) = nullptr;

  /// Memory of temporary buffers that no run uses at the moment.
  std::mutex mutex;
  std::vector<Arena> idle;

  Arena takeArena() {
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (!idle.empty()) {
        Arena arena = std::move(idle.back());
        idle.pop_back();
        return arena;
      }
    }
    return Arena(new (kArenaAlignment) uint8_t[plan.arenaBytes]);
  }

  void returnArena(Arena arena) {
    std::lock_guard<std::mutex> lock(mutex);
    idle.push_back(std::move(arena));
  }
};

FloatExecutor::FloatExecutor(std::shared_ptr<Impl> impl)
    : impl(std::move(impl)) {}
FloatExecutor::~FloatExecutor() = default;

struct KeptExecutors::Entry {
  mutable OwningOpRef<ModuleOp> module;
  FloatArithmetic arithmetic;
  std::shared_ptr<FloatExecutor::Impl> impl;
};

/// The innermost of this thread.
static thread_local KeptExecutors *kept = nullptr;

KeptExecutors::KeptExecutors() : outer(std::exchange(kept, this)) {}
KeptExecutors::~KeptExecutors() { kept = outer; }

std::shared_ptr<FloatExecutor::Impl>
KeptExecutors::find(ModuleOp module, FloatArithmetic arithmetic) const {
  if (outer)
    return outer->find(module, arithmetic);
  for (const Entry &entry : entries)
    if (entry.arithmetic == arithmetic &&
        entry.module->getContext() == module.getContext() &&
        mlir::OperationEquivalence::isEquivalentTo(
            *entry.module, module, mlir::OperationEquivalence::IgnoreLocations))
      return entry.impl;
  return nullptr;
}

void KeptExecutors::add(ModuleOp module, FloatArithmetic arithmetic,
                        std::shared_ptr<FloatExecutor::Impl> impl) {
  if (outer)
    return outer->add(module, arithmetic, std::move(impl));
  entries.push_back({module.clone(), arithmetic, std::move(impl)});
}

ArrayRef<HostTensor> FloatExecutor::getInputs() const {
  return impl->signature.inputs;
}
ArrayRef<HostTensor> FloatExecutor::getOutputs() const {
  return impl->signature.outputs;
}
ArrayRef<std::string> FloatExecutor::getObservedNames() const {
  return impl->signature.observed;
}

static llvm::Expected<std::unique_ptr<mlir::ExecutionEngine>>
compile(ModuleOp module) {
  static bool initialized = [] {
    llvm::InitializeNativeTarget();
    llvm::InitializeNativeTargetAsmPrinter();
    return true;
  }();
  (void)initialized;

  auto builder = llvm::orc::JITTargetMachineBuilder::detectHost();
  if (!builder)
    return builder.takeError();
  auto machine = builder->createTargetMachine();
  if (!machine)
    return machine.takeError();
  auto optimize =
      mlir::makeOptimizingTransformer(kOptimizationLevel,
                                      /*sizeLevel=*/0, machine->get());
  mlir::ExecutionEngineOptions options;
  options.transformer = optimize;
  options.jitCodeGenOptLevel = llvm::CodeGenOptLevel::Default;
  options.enableGDBNotificationListener = false;
  options.enablePerfNotificationListener = false;
  return mlir::ExecutionEngine::create(module, options);
}

llvm::Expected<std::unique_ptr<FloatExecutor>>
FloatExecutor::create(ModuleOp module, FloatArithmetic arithmetic) {
  if (kept)
    if (std::shared_ptr<Impl> impl = kept->find(module, arithmetic))
      return std::unique_ptr<FloatExecutor>(new FloatExecutor(std::move(impl)));
  MLIRContext &context = *module.getContext();
  floatcode::registerLowering(context);

  // Diagnostics become the error's text.
  std::string messages;
  mlir::ScopedDiagnosticHandler handler(
      &context, [&](mlir::Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() != mlir::DiagnosticSeverity::Error)
          return success();
        llvm::raw_string_ostream stream(messages);
        if (!messages.empty())
          stream << '\n';
        if (!isa<mlir::UnknownLoc>(diagnostic.getLocation()))
          stream << diagnostic.getLocation() << ": ";
        stream << diagnostic.str();
        return success();
      });

  OwningOpRef<ModuleOp> clone = module.clone();
  mlir::func::FuncOp entry = getMainFunction(*clone);
  if (!entry)
    return makeError("expected a function named main");
  // A name of our own: `main` would collide with the program's.
  entry.setName("narrow_float");
  auto impl = std::make_shared<Impl>();
  if (failed(rewriteEntryPoint(entry, impl->signature)) ||
      failed(lowerToLLVM(*clone, entry, arithmetic, impl->plan)))
    return makeError("cannot execute the float module: " + messages);

  auto engine = compile(*clone);
  if (!engine)
    return engine.takeError();
  impl->engine = std::move(*engine);
  auto function = impl->engine->lookupPacked("narrow_float");
  if (!function)
    return function.takeError();
  impl->entry = *function;
  if (kept)
    kept->add(module, arithmetic, impl);
  return std::unique_ptr<FloatExecutor>(new FloatExecutor(std::move(impl)));
}

/// Whether a tensor of kind `given` can be passed where `wanted` is declared.
static bool isPassable(ElementKind given, ElementKind wanted) {
  if (given == wanted)
    return true;
  switch (wanted) {
  case ElementKind::I8:
    return given == ElementKind::U8;
  case ElementKind::I16:
    return given == ElementKind::U16;
  case ElementKind::I32:
    return given == ElementKind::U32;
  case ElementKind::I64:
    return given == ElementKind::U64;
  default:
    return false;
  }
}

namespace {
struct ObserveContext {
  ObserveCallback callback;
  ArrayRef<std::string> names;
};
} // namespace

static void observeValue(void *opaque, int64_t index, const float *elements,
                         int64_t count) {
  auto *context = static_cast<ObserveContext *>(opaque);
  if (context->callback)
    context->callback(context->names[index],
                      ArrayRef<float>(elements, size_t(count)));
}

llvm::Error FloatExecutor::run(ArrayRef<HostTensor> inputs,
                               std::vector<HostTensor> &outputs,
                               ObserveCallback observe) const {
  const Signature &signature = impl->signature;
  if (inputs.size() != signature.inputs.size())
    return makeError("expected " + Twine(signature.inputs.size()) +
                     " inputs, found " + Twine(inputs.size()));
  std::vector<const void *> buffers;
  for (auto [i, given, wanted] : llvm::enumerate(inputs, signature.inputs)) {
    if (given.shape != wanted.shape || !isPassable(given.kind, wanted.kind))
      return makeError("expected " + wanted.describe() + " as input " +
                       Twine(i) +
                       (wanted.name.empty() ? "" : " '" + wanted.name + "'") +
                       ", found " + given.describe());
    buffers.push_back(given.bytes.data());
  }
  outputs.clear();
  for (const HostTensor &output : signature.outputs)
    outputs.emplace_back(output.kind, output.shape, output.name);
  for (HostTensor &output : outputs)
    buffers.push_back(output.bytes.data());
  ObserveContext context{observe, signature.observed};
  ObserveFunction function = observeValue;
  buffers.push_back(reinterpret_cast<const void *>(function));
  buffers.push_back(&context);
  buffers.push_back(impl->plan.constants.data());
  Arena arena = impl->takeArena();
  buffers.push_back(arena.get());

  SmallVector<void *> arguments;
  for (const void *&buffer : buffers)
    arguments.push_back(&buffer);
  impl->entry(arguments.data());
  impl->returnArena(std::move(arena));
  return llvm::Error::success();
}
