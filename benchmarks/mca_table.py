#!/usr/bin/env python3
"""What llvm-mca says of the inner loops of our kernels, also for cores that are not here.

    mca_table.py --build BUILD [--kernel-times FILE] [--update-docs]

Compiles one layer of each kind for the levels of each core, takes the loop with
the most products, and compares its steady state with the limit that the
multiplying instructions alone would set: products over the sum of their
reciprocal throughputs. --kernel-times takes what `narrow bench --kernels`
measured on this machine beside it: the check on the model of the core that runs
here. --update-docs renews the table in docs/performance.md.
"""
import argparse
import importlib.util
import json
import os
import re
import subprocess
import sys
import tempfile

import document

HERE = os.path.dirname(os.path.abspath(__file__))
LLVM = "/usr/lib/llvm-22/bin"

# Layers as utils/hot-loops.py takes them, and in the key of the cost model.
LAYERS = [
    ("3×3, 64 → 64, 56²", "56x56x64x64x3x1", "(1x56x56x64:u8, 64x3x3x64:i8)"),
    ("1×1, 64 → 256, 56²", "56x56x64x256x1x1", "(1x56x56x64:u8, 256x1x1x64:i8)"),
    ("3×3, 16 → 16, 32²", "32x32x16x16x3x1", "(1x32x32x16:u8, 16x3x3x16:i8)"),
    ("depthwise 3×3, 384, 14²", "14x14x384xdwx3x1", "(1x14x14x384:u8, 384x3x3x1:i8)"),
    ("one row, 640 → 128", "1x1x640x128x1x1", "(1x640:u8, 128x640:i8)"),
]
CORES = [("cortex-a76", ["neon", "dotprod"]), ("neoverse-n1", ["neon", "dotprod"]), ("neoverse-v1", ["dotprod", "i8mm"]),
         ("alderlake", ["avx2", "avxvnni"]), ("sapphirerapids", ["avx2", "avx512vnni", "amx"]), ("znver4", ["avx2", "avx512vnni"])]


def load_hot_loops():
    spec = importlib.util.spec_from_file_location("hot_loops", os.path.join(HERE, "..", "utils", "hot-loops.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


hot_loops = load_hot_loops()


# Cycles of the matrix unit, which LLVM 22 has no figures for: one instruction after another, and until the result can be
# read (Intel 64 and IA-32 Architectures Optimization Reference Manual, chapter on AMX).
TILE_PRODUCT, TILE_PRODUCT_LATENCY, TILE_LOAD = 16, 52, 8


def count_tile_cycles(loop):
    """Returns cycles a turn of a loop of tiles, and those that the products alone need: the longest of what the matrix
    unit, the tile loads and the products into one tile take."""
    products = [i for i in loop if i.startswith("tdp")]
    loads = [i for i in loop if i.startswith("tileload")]
    sums = [i.split()[-1] for i in products]
    chain = max(sums.count(tile) for tile in sums)
    needed = TILE_PRODUCT * len(products)
    return max(needed, TILE_LOAD * len(loads), TILE_PRODUCT_LATENCY * chain), needed


def simulate(loop, cpu, turns=200):
    """Returns cycles a turn, and those that the products alone need."""
    if any(i.startswith("tdp") for i in loop):
        return count_tile_cycles(loop)
    arm = cpu.startswith(("cortex", "neoverse"))
    flags = ["-mtriple=aarch64", "-mattr=+dotprod,+i8mm"] if arm else ["-mtriple=x86_64"]
    straight = [i for i in loop if not re.match(hot_loops.BRANCH, i)]
    run = subprocess.run(["llvm-mca", *flags, f"-mcpu={cpu}", f"-iterations={turns}", "-instruction-info", "-json"],
                         input="\n".join(straight) + "\n", capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"error: llvm-mca fails for {cpu}: {run.stderr.strip().splitlines()[0]}")
    region = json.loads(run.stdout)["CodeRegions"][0]
    information = region["InstructionInfoView"]["InstructionList"]
    products = sum(entry["RThroughput"] for entry in information if hot_loops.products(straight[entry["Instruction"]]))
    return region["SummaryView"]["TotalCycles"] / turns, products


def collect(tool_path, cores):
    """Yields (core, level, layer, MACs a cycle, limit)."""
    os.environ["PATH"] = os.pathsep.join([tool_path, LLVM, os.environ["PATH"]])
    loops = {}
    with tempfile.TemporaryDirectory() as folder:
        for level in sorted({level for _, levels in cores for level in levels}):
            for name, layer, _ in LAYERS:
                path = os.path.join(folder, f"{level}-{layer}.o")
                hot_loops.compile_layer(layer, level, path)
                found = [loop for _, loop in hot_loops.hot_loops(path)]
                if found:
                    loops[level, name] = max(found, key=lambda loop: hot_loops.count(loop)["macs"])
    for core, levels in cores:
        for level in levels:
            for name, _, _ in LAYERS:
                if loop := loops.get((level, name)):
                    cycles, products = simulate(loop, core)
                    macs = hot_loops.count(loop)["macs"]
                    yield core, level, name, macs / cycles, macs / max(products, 1e-9)


def measured_shares(path):
    """Returns {(level, layer): share of the peak} from a file of kernel times."""
    if not path:
        return {}
    with open(path) as file:
        times = json.load(file)
    shares = {}
    for kernel in times["kernels"]:
        for name, _, key in LAYERS:
            if key in kernel["kernel"] and "[q15]" in kernel["kernel"] and "strides=2" not in kernel["kernel"] and kernel["us"]:
                peak = times["levels"][kernel["level"]]["peak_gmacs"]
                shares[kernel["level"], name] = kernel["macs"] * 1e-3 / kernel["us"] / peak
    return shares


def render(rows, cores, measured):
    lines = ["| core | level | " + " | ".join(name for name, _, _ in LAYERS) + " |",
             "|" + "---|" * (len(LAYERS) + 2)]
    for core, levels in cores:
        for level in levels:
            cells = []
            for name, _, _ in LAYERS:
                found = [(rate, limit) for c, l, n, rate, limit in rows if (c, l, n) == (core, level, name)]
                cells.append(f"{1 / found[0][0]:.4f} / {1 / found[0][1]:.4f}, {100 * found[0][0] / found[0][1]:.0f} %" if found else "-")
            lines.append(f"| {core} | `{level}` | " + " | ".join(cells) + " |")
    for level in dict.fromkeys(level for level, _ in measured):
        cells = [f"{100 * measured[level, name]:.0f} %" if (level, name) in measured else "-" for name, _, _ in LAYERS]
        lines.append(f"| measured on this CPU: of the peak, whole layer | `{level}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="build directory with bin/narrow-emit")
    parser.add_argument("--kernel-times", help="what `narrow bench --kernels --cache FILE` wrote")
    parser.add_argument("--core", help="this core alone")
    parser.add_argument("--update-docs", action="store_true")
    arguments = parser.parse_args()
    cores = [entry for entry in CORES if arguments.core in (None, entry[0])]
    rows = list(collect(os.path.abspath(os.path.join(arguments.build, "bin")), cores))
    text = render(rows, cores, measured_shares(arguments.kernel_times))
    print(text)
    if arguments.update_docs:
        document.replace_part("static", "./dev mca --update-docs", text)


if __name__ == "__main__":
    sys.exit(main())
