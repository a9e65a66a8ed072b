"""Compares an imported network with results that another program computed: in float, and compiled at 8 bits."""
import json
import subprocess
import sys

import numpy as np


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


def decibels(expected, found):
    expected, found = expected.astype(np.float64), found.astype(np.float64)
    error = np.sum((expected - found) ** 2)
    return 10 * np.log10(np.sum(expected**2) / error) if error else np.inf


def compare(narrow, base, path, calibration, judged, results, least):
    """Says in a line whether float execution of `path` gives `results` (more than 100 dB) and the compiled code
    `least` dB on the samples `judged`."""
    np.savez(f"{base}/calibration.npz", **calibration)
    np.savez(f"{base}/judged.npz", **judged)
    run(narrow, "diff", path, "--input", f"{base}/judged.npz", "--samples", str(len(judged["input0"])), "--dump",
        f"{base}/float.npz")
    dump = np.load(f"{base}/float.npz")
    in_float = min(decibels(r, dump[f"output{i}"].reshape(r.shape)) for i, r in enumerate(results))
    # What is above the floor that is held by default is given for room: more is promised without that alone.
    accuracy = "fast" if least > 20 else "hold"
    run(narrow, "compile", path, "--calib", f"{base}/calibration.npz", "--accuracy", accuracy, "--target", "native", "--name", "m", "-o", f"{base}/m.so",
        "--report", f"{base}/report.json")
    run(narrow, "run", f"{base}/m.so", "--input", f"{base}/judged.npz", "--output", f"{base}/out.npz")
    data = np.load(f"{base}/out.npz")
    found = [data] if isinstance(data, np.ndarray) else [data[f"output{i}"] for i in range(len(results))]
    compiled = min(decibels(r, f.reshape(r.shape)) for r, f in zip(results, found))
    with open(f"{base}/report.json") as file:
        kept = json.load(file)["float_ops"]
    return (f"float {'same' if in_float > 100 else f'{in_float:.1f} dB'}, compiled {compiled:.1f} dB, "
            f"{kept} in float: {'ok' if compiled > least else 'too noisy'}")
