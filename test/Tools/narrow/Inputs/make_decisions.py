"""Writes networks whose results are decisions, and samples for them.

places.onnx.txt says by softmax whether something is at each of 64 places,
sigmoids.onnx.txt the same by a sigmoid, products.onnx.txt by the product of
two, classes.onnx.txt which of 4 classes is there. far.npy are places of which
most are far from anything, and those with something close to having nothing;
empty.npy has nothing anywhere; even.npy has as much of each and leads by far;
between.npy lies evenly around the decision.
"""
import os
import sys

import numpy as np
from onnx_text import node, tensor, value, write

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(8)
places = value("input", "x", 1, 64, 1)
write("places.onnx.txt", node("MatMul", "logits", "x", "w"), node("Softmax", "scores", "logits"),
      tensor("w", np.array([[-0.5, 0.5]])), places, value("output", "scores", 1, 64, 2))
write("sigmoids.onnx.txt", node("MatMul", "logits", "x", "w"), node("Sigmoid", "scores", "logits"),
      tensor("w", np.array([[1.0]])), places, value("output", "scores", 1, 64, 1))
write("products.onnx.txt", node("MatMul", "logits", "x", "w"), node("Sigmoid", "one", "logits"), node("Add", "others", "logits", "b"),
      node("Sigmoid", "other", "others"), node("Mul", "scores", "one", "other"),
      tensor("w", np.array([[1.0]])), tensor("b", np.array([2.0])), places, value("output", "scores", 1, 64, 1))
write("classes.onnx.txt", node("MatMul", "logits", "x", "w"), node("Softmax", "scores", "logits"),
      tensor("w", np.eye(4)), value("input", "x", 1, 64, 4), value("output", "scores", 1, 64, 4))

shape = (96, 64, 1)
near, far = random.uniform(-0.5, 0.5, shape), random.uniform(-100, -20, shape)
np.save("far.npy", np.where(random.random(shape) < 0.06, near, far).astype(np.float32))
np.save("empty.npy", far.astype(np.float32))
np.save("even.npy", (random.uniform(4, 8, shape) * random.choice([-1, 1], shape)).astype(np.float32))
np.save("between.npy", random.uniform(-2, 2, shape).astype(np.float32))
lead = np.eye(4)[random.integers(0, 4, shape[:2])]
np.save("lead.npy", (6 * lead + random.uniform(0, 1, lead.shape)).astype(np.float32))
