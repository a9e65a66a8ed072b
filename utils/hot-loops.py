#!/usr/bin/env python3
"""Counts what the innermost multiplying loops of a compiled object are made of.

usage: hot-loops.py OBJECT... [--mca CPU,...] [--kernel PREFIX] [--all] [--max-spills N]
       hot-loops.py --target LEVEL --layer HxWxCINxCOUTxKxS,... [options]

A hot loop is an innermost loop that multiplies; of each kernel the one with the most products is shown (--all: every
one). A spill is a store to the stack inside it, a reload any other access: a constant of an outer loop that waits there
costs a tile's loop no more than loading it again. With --mca, llvm-mca's steady-state cycles of one turn follow.
Exits with 1 if a loop shown has more spills than --max-spills. --layer compiles one convolution per layer (a depthwise
one if COUT is `dw`, a row of a matrix product if HxW is 1x1, of 16-bit activations if `w` follows S) for a level. Tools of LLVM and narrow-emit are taken from
PATH.
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile

GENERATOR = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "test", "Codegen", "Inputs", "contractions.py")

# Products of bytes (or words) of one instruction, by its mnemonic and widest register.
PRODUCTS = [
    (r"[su]+dot\s+v", 16), (r"us?mmla\s|smmla\s", 32),
    (r"[su]ml[al]l?2?\s+v\d+\.8h|[su]mull2?\s+v\d+\.8h", 8), (r"[su]ml[al]l?2?\s+v\d+\.4s|[su]mull2?\s+v\d+\.4s", 4),
    (r"vpdpbusd.*zmm", 64), (r"vpdpbusd.*ymm", 32), (r"vpdpbusd.*xmm", 16),
    (r"vpdpwssd.*zmm", 32), (r"vpdpwssd.*ymm", 16), (r"vpdpwssd.*xmm", 8),
    (r"vpmaddubsw.*zmm", 64), (r"vpmaddubsw.*ymm", 32), (r"v?pmaddubsw.*xmm", 16),
    (r"vpmaddwd.*zmm", 32), (r"vpmaddwd.*ymm", 16), (r"v?pmaddwd.*xmm", 8),
    (r"tdpb[su]+d", 16 * 16 * 64),
]
BRANCH = r"(?:j\w+|b\.\w+|b|cbn?z|tbn?z)\s+.*?0x([0-9a-f]+)"
SPILL = r"st\w+\s+.*\[sp\b|v?mov\w*\s+%\w+, -?(?:0x\w+)?\(%rsp\b"
STACK = r"\[sp\b|\(%rsp\b"
KINDS = {
    "loads": r"ld\w+\s+[qdsv]|ld1|v?(?:mov\w+|pbroadcast\w+|pmov\w+)\s+-?(?:0x\w+)?\(",
    "moves": r"\b(?:dup|zip\d|uzp\d|trn\d|ext|mov)\s+v|vp(?:unpck|shuf|erm)\w+|vmovdq\w+\s+%\wmm\d+, %\wmm\d+$",
}


def products(instruction):
    return next((n for pattern, n in PRODUCTS if re.match(pattern, instruction)), 0)


def disassemble(path):
    """Returns {function: [(address, instruction)]}."""
    text = subprocess.run(["llvm-objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True).stdout
    functions, body = {}, None
    for line in text.splitlines():
        if label := re.match(r"[0-9a-f]+ <(.*)>:$", line):
            body = functions.setdefault(label[1], [])
        elif found := re.match(r"\s*([0-9a-f]+):\s+(.*)", line):
            instruction = re.sub(r"\s*(?:<.*>|//.*|# .*)|\{vex\}\s*", "", found[2])
            body.append((int(found[1], 16), " ".join(instruction.split())))
    return functions


def innermost_loops(body):
    """Returns the loops without a loop inside, each a list of instructions; a loop is what a backward branch spans."""
    index = {address: i for i, (address, _) in enumerate(body)}
    spans = {}
    for i, (address, instruction) in enumerate(body):
        target = re.match(BRANCH, instruction)
        if target and int(target[1], 16) <= address and int(target[1], 16) in index:
            first = index[int(target[1], 16)]
            spans[first] = max(i, spans.get(first, i))
    spans = list(spans.items())
    inner = [s for s in spans if not any(o != s and s[0] <= o[0] and o[1] <= s[1] for o in spans)]
    return [[instruction for _, instruction in body[first:last + 1]] for first, last in inner]


def count(loop):
    """Returns what a loop consists of: instructions, products, spills, and the kinds above."""
    widening = not any("pmaddubsw" in i for i in loop)
    macs = sum(products(i) for i in loop if widening or "pmaddwd" not in i)
    result = {"instructions": len(loop), "macs": macs, "spills": sum(bool(re.match(SPILL, i)) for i in loop)}
    result["reloads"] = sum(bool(re.search(STACK, i)) for i in loop) - result["spills"]
    return result | {kind: sum(bool(re.match(pattern, i)) for i in loop) for kind, pattern in KINDS.items()}


def cycles(loop, cpu, turns=200):
    """Returns llvm-mca's cycles per turn, branches left out."""
    arm = any(re.search(r"\bv\d+\.\d", i) for i in loop)
    flags = ["-mtriple=aarch64", "-mattr=+dotprod,+i8mm"] if arm else ["-mtriple=x86_64"]
    straight = "\n".join(i for i in loop if not re.match(BRANCH, i)) + "\n"
    run = subprocess.run(["llvm-mca", *flags, f"-mcpu={cpu}", f"-iterations={turns}"], input=straight, capture_output=True, text=True)
    found = re.search(r"Total Cycles:\s+(\d+)", run.stdout)
    return int(found[1]) / turns if found else float("nan")


def hot_loops(path, kernel="", every=False):
    """Yields (function, loop) for the functions whose name has `kernel` in it."""
    for name, body in disassemble(path).items():
        loops = [loop for loop in innermost_loops(body) if count(loop)["macs"]]
        if kernel in name and loops:
            for loop in loops if every else [max(loops, key=lambda l: count(l)["macs"])]:
                yield name, loop


def compile_layer(layer, target, path):
    """Compiles one layer for a level; its weights are all the same, which changes no loop."""
    module = subprocess.run([sys.executable, GENERATOR, "1", "layer=" + layer], capture_output=True, check=True).stdout
    run = subprocess.run(["narrow-emit", "--io=quantized", f"--target={target}", "-o", path], input=module, capture_output=True)
    # Remarks print the whole layer.
    if run.returncode:
        sys.exit(run.stderr.decode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("objects", nargs="*")
    parser.add_argument("--target", help="ISA level of the layers")
    parser.add_argument("--layer", default="", help="layers to compile, separated by commas")
    parser.add_argument("--mca", default="", help="cores, separated by commas")
    parser.add_argument("--kernel", default="", help="part of the functions' names")
    parser.add_argument("--all", action="store_true", help="every hot loop, not the largest of each kernel")
    parser.add_argument("--max-spills", type=int)
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        named = {path: "" for path in options.objects}
        for layer in filter(None, options.layer.split(",")):
            path = os.path.join(scratch, layer + ".o")
            compile_layer(layer, options.target, path)
            named[path] = layer + " "
        for path, label in named.items():
            for name, loop in hot_loops(path, options.kernel, options.all):
                counts = count(loop)
                text = ", ".join(f"{v} {k}" for k, v in counts.items())
                for cpu in filter(None, options.mca.split(",")):
                    turn = cycles(loop, cpu)
                    text += f"; {cpu} {turn:.1f} cycles, {counts['macs'] / turn:.1f} MAC/cycle"
                print(f"{label}{name}: {text}")
                failed |= options.max_spills is not None and counts["spills"] > options.max_spills
    return failed


if __name__ == "__main__":
    sys.exit(main())
