//===- narrow.cpp - the user's command ------------------------------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "../OwnOptions.h"
#include "Command.h"
#include "narrow/Support/Error.h"
#include "narrow/Support/ScratchDirectory.h"
#include "narrow/Support/Text.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/ErrorHandling.h"
#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/raw_ostream.h"

#include <csignal>
#include <fcntl.h>
#include <new>
#include <sys/mman.h>
#include <unistd.h>

using namespace narrow;
namespace cl = llvm::cl;

static const Command *const kCommands[] = {
    &kCompileCommand, &kCalibrateCommand, &kPlanCommand,
    &kRunCommand,     &kVerifyCommand,    &kDiffCommand,
    &kExportCommand,  &kInspectCommand,   &kBenchCommand,
};

static constexpr llvm::StringLiteral kOverview =
    "Narrow: trained float networks to integer-only native code\n";

static constexpr llvm::StringLiteral kExample = R"(
EXAMPLE:
  narrow compile model.onnx --calib samples.npy -o model.o --target avx2,avx512vnni
  narrow verify model.onnx --calib samples.npy --eval test.npy --labels labels.npy
)";

/// Prints `error: ...` in lower case; further lines are notes already.
static void printError(llvm::StringRef message) {
  // Names come from files and may hold anything.
  llvm::SmallVector<llvm::StringRef> notes;
  message.trim().split(notes, "\nnote: ");
  std::string text =
      llvm::join(llvm::map_range(notes, escapeControls), "\nnote: ");
  // Acronyms keep their capitals.
  if (text.size() > 1 && llvm::isUpper(text[0]) && !llvm::isUpper(text[1]))
    text[0] = llvm::toLower(text[0]);
  llvm::errs() << "error: " << text << '\n';
}

namespace {
/// Catches what is written to the standard error: the option parser reports
/// some errors there whatever stream it is given.
class StderrCapture {
public:
  StderrCapture() {
    llvm::errs().flush();
    // Not a pipe, which would fill up: errors repeat the flag's value.
    file = memfd_create("narrow-stderr", MFD_CLOEXEC);
    if (file < 0)
      return;
    saved = dup(STDERR_FILENO);
    dup2(file, STDERR_FILENO);
  }
  std::string take() {
    std::string text;
    if (saved < 0)
      return text;
    llvm::errs().flush();
    dup2(saved, STDERR_FILENO);
    lseek(file, 0, SEEK_SET);
    char buffer[4096];
    ssize_t size;
    while ((size = read(file, buffer, sizeof(buffer))) > 0)
      text.append(buffer, size);
    close(file);
    close(saved);
    saved = -1;
    return text;
  }
  ~StderrCapture() { take(); }

private:
  int file = -1, saved = -1;
};
} // namespace

/// Turns the option parser's report, `narrow: Unknown ... 'x'.  Try: ...`, into
/// one line. Its second line may hold a suggestion.
static std::string tidy(llvm::StringRef report) {
  llvm::SmallVector<llvm::StringRef> lines;
  report.split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::string text;
  for (llvm::StringRef line : lines) {
    // The program's name stands in front, with the subcommand's where known.
    size_t colon = line.find(": ");
    if (line.starts_with("narrow") && colon != llvm::StringRef::npos)
      line = line.drop_front(colon + 2);
    line = line.split(".  Try:").first.split("See: ").first;
    line = line.trim().rtrim("!:");
    if (line.empty())
      continue;
    text += (text.empty() ? "" : "; ") + line.str();
  }
  return text;
}

/// Says that memory is used up. Nothing here may allocate.
static void reportOutOfMemory() {
  constexpr char text[] = "error: out of memory\n";
  removeTemporaries();
  (void)!write(STDERR_FILENO, text, sizeof(text) - 1);
  _exit(1);
}

llvm::Error narrow::flushStandardOutput() {
  llvm::outs().flush();
  if (!llvm::outs().has_error())
    return llvm::Error::success();
  std::error_code code = llvm::outs().error();
  llvm::outs().clear_error();
  return makeError("cannot write to the standard output: " +
                   llvm::StringRef(code.message()).lower());
}

/// Gives the numbers of closed standard streams to streams on which nothing can
/// be read or written, lest a file that is opened later gets one. Returns
/// whether the standard output was open.
static bool occupyStandardStreams() {
  bool isOpen = fcntl(STDOUT_FILENO, F_GETFD) >= 0;
  while (true) {
    int descriptor = open("/dev/null", O_RDONLY);
    if (descriptor > STDERR_FILENO)
      close(descriptor);
    if (descriptor < 0 || descriptor > STDERR_FILENO)
      return isOpen;
  }
}

/// Runs a command; what it printed must have arrived.
static llvm::Error run(const Command &command, bool hasStandardOutput) {
  if (!hasStandardOutput && &command != &kCalibrateCommand &&
      &command != &kRunCommand)
    return makeError("cannot write to the standard output: it is closed");
  if (llvm::Error error = command.run()) {
    llvm::outs().flush();
    llvm::outs().clear_error();
    return error;
  }
  return flushStandardOutput();
}

int main(int argc, char **argv) {
  bool hasStandardOutput = occupyStandardStreams();
  // A reader that goes away is an error as any other, not a signal.
  llvm::InitLLVM init(argc, argv, /*InstallPipeSignalExitHandler=*/false);
  std::signal(SIGPIPE, SIG_IGN);
  removeTemporariesOnSignals();
  // In the place of LLVM's, which report a crash of the program.
  std::set_new_handler(reportOutOfMemory);
  llvm::install_bad_alloc_error_handler(
      [](void *, const char *, bool) { reportOutOfMemory(); });
  cl::OptionCategory none("None");
  showOwnOptions("narrow", none);
  llvm::SmallVector<const char *> arguments(argv, argv + argc);
  arguments[0] = "narrow";
  // `narrow help compile` is `narrow compile --help`.
  if (argc > 1 && llvm::StringRef(argv[1]) == "help") {
    arguments.erase(arguments.begin() + 1);
    arguments.push_back("--help");
  }
  const Command *asked = nullptr;
  for (const Command *command : kCommands) {
    if (argc > 1 && command->subcommand.getName() == arguments[1])
      asked = command;
  }
  // The option parser would show the general help.
  if (!asked && argc > 2 && llvm::StringRef(argv[1]) == "help" &&
      !llvm::StringRef(argv[2]).starts_with("-")) {
    printError("unknown subcommand '" + std::string(argv[2]) + "'");
    return 1;
  }
  std::string example =
      asked ? "\nEXAMPLE:\n  " + asked->example.str() + "\n" : kExample.str();
  cl::extrahelp help(example);

  std::string report;
  llvm::raw_string_ostream reportStream(report);
  StderrCapture capture;
  bool isParsed = cl::ParseCommandLineOptions(
      int(arguments.size()), arguments.data(), kOverview, &reportStream);
  report += capture.take();
  if (!isParsed) {
    printError(tidy(report));
    return 1;
  }
  for (const Command *command : kCommands) {
    if (!command->subcommand)
      continue;
    if (llvm::Error error = run(*command, hasStandardOutput)) {
      printError(llvm::toString(std::move(error)));
      return 1;
    }
    return 0;
  }
  printError("expected a command: compile, calibrate, plan, run, verify, "
             "inspect or bench; "
             "see 'narrow --help'");
  return 1;
}
