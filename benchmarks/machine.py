"""What the machine is, by what its processor can do: no names."""
import os
import platform

# What decides the speed of integer kernels, as /proc/cpuinfo and in words.
FEATURES = [("avx2", "AVX2"), ("avx_vnni", "AVX-VNNI"), ("avx512_vnni", "AVX512-VNNI"), ("avx512vbmi", "AVX512-VBMI"),
            ("amx_int8", "AMX-INT8"), ("asimd", "NEON"), ("asimddp", "dot product"), ("i8mm", "I8MM"), ("sve", "SVE")]


def cache_sizes():
    """Returns {"L1d": "32K", ...} of the first core."""
    sizes, folder = {}, "/sys/devices/system/cpu/cpu0/cache"
    if not os.path.isdir(folder):
        return sizes
    for entry in sorted(os.listdir(folder)):
        def read(name):
            with open(os.path.join(folder, entry, name)) as file:
                return file.read().strip()
        if entry.startswith("index") and read("type") != "Instruction":
            sizes["L" + read("level") + ("d" if read("type") == "Data" else "")] = read("size")
    return sizes


def describe():
    """Returns one line: family, cores, features there and not there, caches."""
    flags = set()
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith(("flags", "Features")):
                flags = set(line.split(":", 1)[1].split())
                break
    arm = platform.machine() == "aarch64"
    mine = [(flag, name) for flag, name in FEATURES if flag.startswith(("asimd", "i8mm", "sve")) == arm]
    have = [name for flag, name in mine if flag in flags]
    lack = [name for flag, name in mine if flag not in flags]
    caches = ", ".join(f"{level} {size}" for level, size in cache_sizes().items())
    text = f"{platform.machine()}, {os.cpu_count()} cores, {', '.join(have)}"
    if lack:
        text += "; without " + ", ".join(lack)
    return text + (f"; {caches}" if caches else "")
