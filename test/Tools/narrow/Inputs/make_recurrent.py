"""Writes recurrent.onnx.txt, an averager whose state lasts for some thirty steps,
and sequences for it: calib.npy, eval.npy, and begun.npz, whose state begins
elsewhere."""
import os
import sys

import numpy as np

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(3)
WIDTH, STATE = 4, 8


def tensor(name, values):
    dims = " ".join(f"dims: {d}" for d in values.shape)
    return f'  initializer {{ name: "{name}" data_type: 1 {dims} ' + " ".join(f"float_data: {v:.6f}" for v in values.flat) + " }\n"


def value(kind, name, *shape):
    dims = " ".join(f"dim {{ dim_value: {d} }}" for d in shape)
    return f'  {kind} {{ name: "{name}" type {{ tensor_type {{ elem_type: 1 shape {{ {dims} }} }} }} }}\n'


# A rotation that shrinks a little: what is in the state fades slowly.
rotation = 0.97 * np.linalg.qr(random.standard_normal((STATE, STATE)))[0]
weights = {"u": rotation, "w": 0.3 * random.standard_normal((WIDTH, STATE)), "v": random.standard_normal((STATE, 3))}
np.savez("weights.npz", **weights)
with open("recurrent.onnx.txt", "w") as file:
    file.write('ir_version: 8\nopset_import { version: 13 }\ngraph {\n  name: "recurrent"\n'
               '  node { name: "keep" op_type: "MatMul" input: "h" input: "u" output: "kept" }\n'
               '  node { name: "take" op_type: "MatMul" input: "x" input: "w" output: "taken" }\n'
               '  node { name: "join" op_type: "Add" input: "kept" input: "taken" output: "sum" }\n'
               '  node { name: "squash" op_type: "Tanh" input: "sum" output: "hn" }\n'
               '  node { name: "read" op_type: "MatMul" input: "hn" input: "v" output: "y" }\n'
               + "".join(tensor(name, array) for name, array in weights.items())
               + value("input", "x", 1, WIDTH) + value("input", "h", 1, STATE)
               + value("output", "y", 1, 3) + value("output", "hn", 1, STATE) + "}\n")
x = random.standard_normal((192, WIDTH)).astype(np.float32)
np.save("calib.npy", x[:96])
np.save("eval.npy", x[96:])
np.savez("begun.npz", x=x[96:], h=np.full((96, STATE), 0.5, np.float32))
