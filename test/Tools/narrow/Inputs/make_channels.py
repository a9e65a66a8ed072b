"""Writes networks whose channels differ in size, and samples for them, into the
directory given: a pointwise, a depthwise and a pointwise convolution.

small.npy and large.npy are alike but for input channel 3, which is nearly still
in the former and not in the last quarter of the latter.
"""
import os
import sys

import numpy as np

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(7)
CHANNELS = 8


def constant(name, array):
    values = np.array2string(array, separator=",", threshold=sys.maxsize, formatter={"float": lambda v: f"{v:.7e}"})
    shape = "x".join(map(str, array.shape))
    return f'  %{name} = "tosa.const"() {{values = dense<{values}> : tensor<{shape}xf32>}} : () -> tensor<{shape}xf32>'


def conv(result, x, outputs, inputs, weights, bias, groups=1):
    kernel = "3x3" if groups > 1 else "1x1"
    pad = 1 if groups > 1 else 0
    return (f"  %{result} = nn.conv2d %{x}, %{weights}, %{bias} {{dilations = array<i64: 1, 1>, groups = {groups} : i64, "
            f"pads = array<i64: {pad}, {pad}, {pad}, {pad}>, strides = array<i64: 1, 1>}} : (tensor<1x6x6x{inputs}xf32>, "
            f"tensor<{outputs}x{kernel}x{inputs // groups}xf32>, tensor<{outputs}xf32>) -> tensor<1x6x6x{outputs}xf32>")


def clamp(result, x):
    return (f"  %{result} = tosa.clamp %{x} {{min_val = 0.0 : f32, max_val = 3.4e38 : f32}} : "
            f"(tensor<1x6x6x{CHANNELS}xf32>) -> tensor<1x6x6x{CHANNELS}xf32>")


def write(name, sizes, later, more=()):
    """Sizes of the channels behind the first convolution and behind the second."""
    first = random.standard_normal((CHANNELS, 1, 1, 4)) * sizes[:, None, None, None]
    first[0] = [[[0, 0, 0, sizes[0]]]]
    middle = random.uniform(0.2, 1, (CHANNELS, 3, 3, 1)) * (later / sizes)[:, None, None, None]
    last = random.standard_normal((4, 1, 1, CHANNELS)) / later
    lines = ["func.func @main(%x: tensor<1x6x6x4xf32>) -> tensor<1x6x6x4xf32> {", constant("w", first),
             constant("v", middle), constant("u", last), constant("b", 0.1 * sizes), constant("a", np.zeros(CHANNELS)),
             constant("c", np.zeros(4)), conv("0", "x", CHANNELS, 4, "w", "b"), clamp("1", "0"),
             conv("2", "1", CHANNELS, CHANNELS, "v", "a", CHANNELS), clamp("3", "2"), *more,
             conv("5", "4" if more else "3", 4, CHANNELS, "u", "c"), "  return %5 : tensor<1x6x6x4xf32>", "}"]
    with open(name, "w") as file:
        file.write("\n".join(lines) + "\n")


even = np.ones(CHANNELS)
steep = 4.0 ** -np.arange(CHANNELS)[::-1]
kind = f"tensor<1x6x6x{CHANNELS}xf32>"
write("depthwise.mlir", steep, even)
write("dense.mlir", even, steep)
write("even.mlir", even, even)
# Another reader wants one scale.
write("added.mlir", steep, even, [f"  %4 = tosa.add %3, %1 : ({kind}, {kind}) -> {kind}"])

x = random.standard_normal((128, 1, 6, 6, 4)).astype(np.float32)[:, 0]
x[..., 3] *= 0.01
np.save("small.npy", x[:96])
np.save("eval.npy", x[96:])
x[72:96, ..., 3] *= 100
np.save("large.npy", x[:96])
