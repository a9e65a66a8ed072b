"""Checks what `narrow bench --layers --json` must hold for any model."""
import json
import sys

with open(sys.argv[1]) as file:
    report = json.load(file)
layers = report["layers"]
assert report["calibrated"] is False
assert [layer["index"] for layer in layers] == list(range(len(layers)))
assert {"node", "op", "shapes", "kernel", "mmac", "us", "repeated_us", "gmacs", "peak_share"} < set(layers[0])
assert abs(sum(layer["us"] for layer in layers) - report["layers_us"]) < 1e-6
assert abs(sum(layer["mmac"] for layer in layers) - report["mmac"]) < 1e-9
assert report["mmac"] > 0 and report["peak_gmacs"] > 0 and report["run_us"] > 0
assert any(layer["op"] == "fully_connected" and " by " in layer["shapes"] for layer in layers)
