"""Lists a TFLite file that flatc wrote as JSON: each operator behind its tensors, in order.

  list_tflite.py FILE.json
"""
import json
import struct
import sys

model = json.load(open(sys.argv[1]))
graph, = model["subgraphs"]
tensors = graph["tensors"]
CODES = {"INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q", "FLOAT32": "f"}


def name(place):
    return tensors[place]["name"]


def describe(tensor):
    kind = tensor.get("type", "FLOAT32")
    text = f"{tensor['name']} {kind} {tensor.get('shape', [])}"
    parameters = tensor.get("quantization", {})
    scales, zeros = parameters.get("scale", []), parameters.get("zero_point", [])
    if len(scales) == 1:
        text += f" scale {scales[0]:.6g} zero point {zeros[0]}"
    elif scales:
        assert not any(zeros), zeros
        text += f" scales {' '.join(f'{s:.6g}' for s in scales)} of axis {parameters.get('quantized_dimension', 0)}"
    data = bytes(model["buffers"][tensor.get("buffer", 0)].get("data", []))
    if data:
        size = struct.calcsize(CODES[kind])
        values = struct.unpack(f"<{len(data) // size}{CODES[kind]}", data)
        text += ": " + " ".join(f"{v:g}" for v in values[:8])
    return text


def print_new(places, seen=set()):
    for place in places:
        if place not in seen:
            seen.add(place)
            print(describe(tensors[place]))


assert model["version"] == 3 and not model["buffers"][0].get("data")
print_new(graph.get("inputs", []))
for op in graph["operators"]:
    code = model["operator_codes"][op.get("opcode_index", 0)]
    print_new(op["inputs"])
    print(f"{code.get('builtin_code', 'ADD')} version {code.get('version', 1)} ({', '.join(map(name, op['inputs']))}) -> "
          f"{name(op['outputs'][0])} {json.dumps(op.get('builtin_options', {}))}")
    print_new(op["outputs"])
signature, = model["signature_defs"]
print(f"signature {signature['signature_key']} ({', '.join(t['name'] for t in signature.get('inputs', []))}) -> "
      f"({', '.join(t['name'] for t in signature.get('outputs', []))})")
