#!/usr/bin/env python3
"""Writes calib.npy and eval.npy, samples of normal noise that differ, into a directory.

    write-noise.py OUT SIZE...      sizes of one sample
"""
import os
import sys

import numpy

os.makedirs(sys.argv[1], exist_ok=True)
shape = [int(size) for size in sys.argv[2:]]
random = numpy.random.default_rng(1)
for name, count in ("calib", 32), ("eval", 64):
    samples = random.normal(size=[count] + shape).astype(numpy.float32)
    numpy.save(os.path.join(sys.argv[1], name + ".npy"), samples)
