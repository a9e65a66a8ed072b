"""How lit runs Narrow's tests: tools on PATH, features for what the machine has."""
import glob
import os
import re
import shutil
import subprocess

import lit.formats

config.name = "Narrow"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs"]
config.test_source_root = os.path.dirname(__file__)

config.environment["PATH"] = os.pathsep.join(
    [config.narrow_tools_dir, config.llvm_tools_dir, os.environ.get("PATH", "")])
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --allow-unused-prefixes=false"
# libMLIR is not instrumented: its allocators and ours disagree on what is poisoned.
config.environment["ASAN_OPTIONS"] = "detect_container_overflow=0:detect_leaks=0:allow_user_poisoning=0"
config.substitutions += [
    ("%shared", config.shared_dir),
    ("%source", config.narrow_source_dir),
    ("%build", config.narrow_build_dir),
    ("%cc", config.c_compiler),
    ("%cxx", config.cxx_compiler),
    ("%python", os.environ.get("NARROW_PYTHON", "python3")),
]
# Every level, as the compiler lists them where it is given none that it knows.
listed = subprocess.run([os.path.join(config.narrow_tools_dir, "narrow-emit"), "--target=?", "-o", os.devnull, os.devnull],
                        capture_output=True, text=True).stderr
levels = re.search("native, all, (.*), a family", listed)[1].replace(" ", "")
config.substitutions.append(("%levels", levels))
# For large networks, whose layers smaller ones compile for every level: one level for each kind of tile
# (pairs of products, dot products of bytes, a matrix unit, signed dot products, products of small
# matrices), and every level in `check --full`.
config.substitutions.append(
    ("%tile-levels", levels if os.environ.get("NARROW_FULL") else "avx2,avx512vnni,amx,dotprod,i8mm"))
# Generated code on one family alone; other families need an emulator (see the preset aarch64).
if config.test_family:
    config.substitutions.append((r"\bnarrow-check-kernels ", "narrow-check-kernels --target=" + config.test_family + " "))
# How many cases narrow-check-kernels draws of each family, each on one of the levels: ten
# thousand functions in `check --full`, a few otherwise.
config.substitutions.append(
    ("%random", "--cases=10000 --batch=200 --samples=6 --one-level-each" if os.environ.get("NARROW_FULL") else
     "--cases=27 --batch=27 --samples=10 --one-level-each"))
config.substitutions.append(("%every-level", "--every-level" if os.environ.get("NARROW_FULL") else ""))
config.substitutions.append(("%mutations", "2000" if os.environ.get("NARROW_FULL") else "30"))
# Inputs that each fuzzer draws from good files: as many as an hour takes in `check --full`.
config.substitutions.append(
    ("%fuzz", "-keep_seed=1 -len_control=0 -timeout=60 -rss_limit_mb=4096 " +
     ("-max_total_time=3600" if os.environ.get("NARROW_FULL") else "-runs=1000 -seed=1")))
# Operators drawn, and inputs of networks, for the comparison with the TOSA reference model.
config.substitutions.append(("%tosa-cases", "--cases=1300 --seed=2" if os.environ.get("NARROW_FULL") else "--cases=39"))
config.substitutions.append(("%tosa-inputs", "--inputs=1000" if os.environ.get("NARROW_FULL") else "--inputs=50"))
# Layers drawn for the comparison with ONNX Runtime's own integers.
config.substitutions.append(("%exact", "--cases=1000 --first=100" if os.environ.get("NARROW_FULL") else "--cases=40"))
# Graphs drawn for the comparison with ONNX Runtime.
config.substitutions.append(("%graphs", "--graphs=2000 --seed=2" if os.environ.get("NARROW_FULL") else "--graphs=60"))
# Against hangs alone: whole networks take minutes, the sanitizers ten times as long.
lit_config.maxIndividualTestTime = 3600 if os.environ.get("NARROW_FULL") or config.sanitize == "ON" else 1800

if os.path.isdir(os.path.join(config.shared_dir, "models")):
    config.available_features.add("shared")
# `./dev check` makes it from test/requirements.txt.
oracle = os.path.join(config.narrow_source_dir, ".venv-check")
config.substitutions.append(("%oracle-python", os.path.join(oracle, "bin", "python")))
if os.path.exists(os.path.join(oracle, "complete")):
    config.available_features.add("onnxruntime")
    # Of the same environment, if it is newer than the requirement.
    if glob.glob(os.path.join(oracle, "lib", "python*", "site-packages", "ai_edge_litert")):
        config.available_features.add("litert")
else:
    lit_config.note("no .venv-check/: what is compared with ONNX Runtime is unsupported")
for name, oracle, feature, what in (("tosa", ".venv-tosa", "tosa-reference-model", "the TOSA reference model"),
                                    ("torch", ".venv-torch", "torch-mlir", "PyTorch through torch-mlir")):
    directory = os.path.join(config.narrow_source_dir, oracle)
    config.substitutions.append((f"%{name}-python", os.path.join(directory, "bin", "python")))
    if os.path.exists(os.path.join(directory, "complete")):
        config.available_features.add(feature)
    else:
        lit_config.note(f"no {oracle}/: what is compared with {what} is unsupported")
if os.path.isdir("/usr/share/libonnx-testdata/data"):
    config.available_features.add("onnx-testdata")
if os.path.isdir("/usr/share/datasets/fashion-mnist"):
    config.available_features.add("fashion-mnist")
if config.sanitize == "ON":
    config.available_features.add("sanitize")
if os.environ.get("NARROW_FULL"):
    config.available_features.add("full")
for emulator in ("qemu-aarch64", "qemu-riscv64"):
    if shutil.which(emulator):
        config.available_features.add(emulator)
try:
    with open("/proc/cpuinfo") as cpuinfo:
        flags = set(cpuinfo.read().replace("\n", " ").split())
except OSError:
    flags = set()
for flag in ("avx2", "avx_vnni", "avx512_vnni", "amx_int8"):
    if flag in flags:
        config.available_features.add("cpu-" + flag.replace("_", ""))
