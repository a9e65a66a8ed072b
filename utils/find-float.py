#!/usr/bin/env python3
"""Fails if an object file holds a floating-point arithmetic instruction.

    find-float.py OBJECT [--objdump PROGRAM]

Disassembles and looks at every mnemonic. Moves, bitwise logic and shuffles of
floating-point type are integer code in disguise (compilers use them on integer
vectors) and are allowed, as is what turns the sign bits of an immediate over;
arithmetic, comparisons and conversions are not.
Prints each offending instruction with its function, then the number of
instructions read.
"""
import argparse
import re
import subprocess
import sys

X86 = re.compile(
    r"v?(add|sub|mul|div|sqrt|min|max|cmp\w*|round|rndscale|scalef|rcp\w*|rsqrt\w*|hadd|hsub|addsub|dp|reduce|range|fixupimm|getexp|getmant)(ps|pd|ss|sd|ph|sh)"
    r"|v?u?comi(ss|sd)|v?cvt\w+|vfn?m(add|sub)\w*|vdpbf16ps|f(add|sub|mul|div|sqrt|sin|cos|ild|ist|com)\w*")
AARCH64 = re.compile(
    r"f(add|sub|mul|div|sqrt|madd|msub|nmadd|nmsub|nmul|mla|mls|max\w*|min\w*|abs|abd|neg|cmp\w*|ccmp\w*|cm\w*|acg\w|cvt\w+|rint\w*|recp\w*|rsqrt\w*|addp|mulx)"
    r"|scvtf|ucvtf|bf(dot|mmla|cvt\w*|mlal\w)")
RISCV = re.compile(r"f(add|sub|mul|div|sqrt|madd|msub|nmadd|nmsub|min|max|eq|lt|le|cvt|class)\.\S+|vf\w+\.\S+")


VECTOR = re.compile(r"[vqdsh](\d+)\b")


class Constants:
    """Arm's vector registers that hold an immediate. Compilers turn its sign bits over by fneg where no immediate is the constant."""

    def __init__(self):
        self.held = set()

    def takes(self, mnemonic, operands):
        """Follows an instruction; returns whether it makes one constant of another."""
        if mnemonic.startswith(("b", "cb", "tb", "ret")):
            self.held.clear()  # no longer straight on
            return False
        registers = [VECTOR.match(operand.strip()) for operand in operands.split(",")]
        target = registers[0][1] if registers and registers[0] else None
        turned = mnemonic == "fneg" and len(registers) == 2 and registers[1] and registers[1][1] in self.held
        if mnemonic in ("movi", "mvni") or turned:
            self.held.add(target)
        else:
            self.held -= {register[1] for register in registers if register}
        return turned


def scan(path, objdump="llvm-objdump"):
    """Returns the number of instructions of an object file and those of floating-point arithmetic, with functions."""
    text = subprocess.check_output([objdump, "-d", "--no-show-raw-insn", "--x86-asm-syntax=intel", path], text=True)
    patterns = {"x86-64": X86, "aarch64": AARCH64, "littleaarch64": AARCH64, "littleriscv": RISCV, "riscv": RISCV}
    found = re.search(r"file format elf\d+-(\S+)", text)
    if not found or found.group(1) not in patterns:
        sys.exit(f"error: {path}: expected an x86-64, aarch64 or riscv object, found {found.group(1) if found else 'none'}")
    pattern, function, read, bad = patterns[found.group(1)], "", 0, []
    constants = Constants()
    for line in text.splitlines():
        header = re.match(r"[0-9a-f]+ <(.+)>:$", line)
        if header:
            function = header.group(1)
            continue
        instruction = re.match(r"\s*[0-9a-f]+:\s+(?:\{?(?:vex|evex|rep|repne|lock)\}?\s+)*(\S+)\s*([^/]*)", line)
        if instruction:
            read += 1
            made = pattern is AARCH64 and constants.takes(*instruction.groups())
            if pattern.fullmatch(instruction.group(1)) and not made:
                bad.append(f"{function}: {line.strip()}")
    return read, bad


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object")
    parser.add_argument("--objdump", default="llvm-objdump")
    args = parser.parse_args()
    read, bad = scan(args.object, args.objdump)
    print("\n".join(bad[:20]))
    print(f"{read} instructions, {len(bad)} of floating-point arithmetic")
    if not read:
        sys.exit(f"error: {path}: expected instructions, found none")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
