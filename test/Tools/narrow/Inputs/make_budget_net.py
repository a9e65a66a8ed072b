"""Writes two networks of four linear layers, samples that calibrate and judge, and too few labels."""
import numpy as np

rng = np.random.default_rng(3)
sizes = [32, 32, 40, 24, 16]
for name, seed in (("net", 4), ("other", 5)):
    own = np.random.default_rng(seed)
    with open(name + ".onnx.txt", "w") as file:
        dims = "dim { dim_value: 1 } dim { dim_value: 32 }"
        file.write('ir_version: 8 opset_import { version: 17 }\ngraph {\n'
                   '  input { name: "v0" type { tensor_type { elem_type: 1 shape { %s } } } }\n'
                   '  output { name: "v4" }\n' % dims)
        for i in range(4):
            weights = own.normal(0, sizes[i] ** -0.5, (sizes[i], sizes[i + 1]))
            text = ", ".join("%.5f" % w for w in weights.ravel())
            file.write('  initializer { name: "w%d" data_type: 1 dims: %d dims: %d float_data: [%s] }\n'
                       % (i, sizes[i], sizes[i + 1], text))
            file.write('  node { op_type: "MatMul" input: "v%d" input: "w%d" output: "%s" }\n'
                       % (i, i, "v4" if i == 3 else "m%d" % i))
            if i < 3:
                file.write('  node { op_type: "Relu" input: "m%d" output: "v%d" }\n' % (i, i + 1))
        file.write("}\n")
np.save("x.npy", rng.normal(0, 1, (64, 32)).astype("f"))
np.save("e.npy", rng.normal(0, 1, (100, 32)).astype("f"))
np.save("short.npy", np.zeros(3, np.int64))
