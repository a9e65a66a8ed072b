"""Pieces of an ONNX model as protobuf text."""


def tensor(name, values):
    dims = " ".join(f"dims: {d}" for d in values.shape)
    return f'  initializer {{ name: "{name}" data_type: 1 {dims} ' + " ".join(f"float_data: {v:.6f}" for v in values.flat) + " }\n"


def value(kind, name, *shape, is_integer=False):
    dims = " ".join(f"dim {{ dim_value: {d} }}" for d in shape)
    return f'  {kind} {{ name: "{name}" type {{ tensor_type {{ elem_type: {7 if is_integer else 1} shape {{ {dims} }} }} }} }}\n'


def node(op, output, *inputs, **attributes):
    found = "".join(f' input: "{i}"' for i in inputs)
    for key, number in attributes.items():
        found += f' attribute {{ name: "{key}" type: INTS ' + " ".join(f"ints: {n}" for n in number) + " }"
    return f'  node {{ name: "{output}.node" op_type: "{op}"{found} output: "{output}" }}\n'


def write(path, *parts):
    with open(path, "w") as file:
        file.write('ir_version: 8\nopset_import { version: 13 }\ngraph {\n  name: "graph"\n' + "".join(parts) + "}\n")
