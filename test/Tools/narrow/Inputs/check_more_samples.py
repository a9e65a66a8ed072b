"""`write DIR` writes calib.npy and eval.npy of Fashion-MNIST; `check REPORT...` fails where a
report of `verify` has less signal to noise than one of fewer samples before it."""
import gzip
import json
import sys

import numpy as np

DATA = "/usr/share/datasets/fashion-mnist"


def images(split, count):
    with gzip.open(f"{DATA}/{split}-images-idx3-ubyte.gz") as file:
        pixels = np.frombuffer(file.read(16 + count * 784), np.uint8, offset=16)
    return pixels.reshape(-1, 1, 28, 28).astype(np.float32) / 255


if sys.argv[1] == "write":
    np.save(sys.argv[2] + "/calib.npy", images("train", 1024))
    np.save(sys.argv[2] + "/eval.npy", images("t10k", 500))
else:
    found = [json.load(open(path))["sqnr_db"] for path in sys.argv[2:]]
    print("SQNR in dB:", *(f"{decibels:.1f}" for decibels in found))
    assert len(found) > 1 and min(found) > 20, found
    assert found == sorted(found), found
