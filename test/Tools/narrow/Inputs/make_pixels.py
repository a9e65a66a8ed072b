"""Writes a convolution of images, also behind an addition, and samples into the directory given: pixels.npy of
normalised pixels, other.npy of what lies between them, eval.npy of other pixels, dark.npy without
bright ones in one channel, half.npy of pixels whose zero lies in
the middle between two."""
import os
import sys

import numpy as np

os.makedirs(sys.argv[1], exist_ok=True)
os.chdir(sys.argv[1])
random = np.random.default_rng(11)
MEAN, DEVIATION = np.float32([0.485, 0.456, 0.406]), np.float32([0.229, 0.224, 0.225])


def constant(name, array):
    values = np.array2string(array, separator=",", threshold=sys.maxsize, formatter={"float": lambda v: f"{v:.7e}"})
    shape = "x".join(map(str, array.shape))
    return f'  %{name} = "tosa.const"() {{values = dense<{values}> : tensor<{shape}xf32>}} : () -> tensor<{shape}xf32>'


def write(name, x, *more):
    lines = ["func.func @main(%x: tensor<1x3x12x12xf32>) -> tensor<1x12x12x6xf32> {", constant("w", random.standard_normal((6, 3, 3, 3))),
             constant("b", random.standard_normal(6)),
             "  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x12x12xf32>) -> tensor<1x12x12x3xf32>", *more,
             f"  %2 = nn.conv2d %{x}, %w, %b {{dilations = array<i64: 1, 1>, groups = 1 : i64, pads = array<i64: 1, 1, 1, 1>, "
             "strides = array<i64: 1, 1>} : (tensor<1x12x12x3xf32>, tensor<6x3x3x3xf32>, tensor<6xf32>) -> tensor<1x12x12x6xf32>",
             "  return %2 : tensor<1x12x12x6xf32>", "}"]
    with open(name, "w") as file:
        file.write("\n".join(lines) + "\n")


write("image.mlir", "0")
# Something else reads the image too.
kind = "tensor<1x12x12x3xf32>"
write("sum.mlir", "1", f"  %3 = tosa.sin %0 : ({kind}) -> {kind}", f"  %1 = tosa.add %3, %0 : ({kind}, {kind}) -> {kind}")


def draw(count):
    return random.integers(0, 256, (count, 3, 12, 12)).astype(np.float32)


def normalise(pixels):
    return (pixels / np.float32(255) - MEAN[:, None, None]) / DEVIATION[:, None, None]


np.save("pixels.npy", normalise(draw(64)))
np.save("eval.npy", normalise(draw(32)))
dark = draw(64)
dark[:, 2] %= 100
np.save("dark.npy", normalise(dark))
np.save("other.npy", normalise(draw(64) + random.uniform(-0.5, 0.5, (64, 3, 12, 12)).astype(np.float32)))
np.save("half.npy", draw(64) / np.float32(127.5) - np.float32(1))
