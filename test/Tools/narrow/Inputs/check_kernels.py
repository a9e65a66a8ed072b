"""Checks what a file of kernel times must hold."""
import json
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)
assert report["format"] == 1 and report["cpu"]
assert all(level["peak_gmacs"] > 0 for level in report["levels"].values())
for kernel in report["kernels"]:
    assert set(kernel) == {"level", "kernel", "family", "macs", "padded_macs", "elements", "bytes", "us"}
    assert kernel["level"] in report["levels"] and kernel["us"] >= 0 and kernel["bytes"] > 0
    assert kernel["padded_macs"] >= kernel["macs"]
assert len({(k["level"], k["kernel"]) for k in report["kernels"]}) == len(report["kernels"])
assert any(k["kernel"].startswith("fully_connected[q15](") for k in report["kernels"])
