"""Which levels each name of a target stands for, as `narrow inspect` finds them in the object."""
import json
import subprocess

X86 = ["scalar", "x86-64", "avx2", "avxvnni", "avx512vnni", "amx"]
ARM = ["scalar", "neon", "dotprod", "i8mm"]
EXPECTED = {
    "x86_64": X86,
    " AMD64 ": X86,
    "x86_64-linux-gnu": X86,
    "x86-64": ["x86-64"],
    "Aarch64": ARM,
    "arm64": ARM,
    "arm64:neon": ["neon"],
    "aarch64-unknown-linux-gnu": ARM,
    "riscv64": ["scalar"],
    "RISCV64:scalar": ["scalar"],
    "skylake-avx512": ["avx2"],  # without VNNI
    "haswell, znver4": ["avx2", "avx512vnni"],
    "icelake-server": ["avx512vnni"],
    "sapphirerapids": ["amx"],
    "alderlake": ["avxvnni"],
    "x86-64-v3": ["avx2"],
    "cortex-a53": ["neon"],
    "cortex-a76": ["dotprod"],
    "neoverse-n1": ["dotprod"],
    "neoverse-v1": ["i8mm"],
    "apple-m1": ["dotprod"],
    "sifive-u74": ["scalar"],
    "apple-m1,scalar": ["scalar", "dotprod"],
}

for name, levels in EXPECTED.items():
    subprocess.run(["narrow", "compile", "m.onnx.txt", "--stats", "s.json", "-o", "t.o", "--target", name],
                   check=True, capture_output=True)
    found = json.loads(subprocess.check_output(["narrow", "inspect", "t.o", "--json"]))
    assert found["levels"] == levels, (name, found["levels"])
