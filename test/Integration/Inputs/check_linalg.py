"""Writes a perceptron and a convolutional network as linalg on tensors and compares them with NumPy.

    check_linalg.py NARROW DIR
"""
import sys

import numpy as np
from compare_float import compare

RANDOM = np.random.default_rng(5)


def draw(*shape, scale=0.3):
    return (RANDOM.standard_normal(shape) * scale).astype(np.float32)


def constant(name, array):
    shape = "x".join(map(str, array.shape))
    return f'    %{name} = arith.constant dense<"0x{array.tobytes().hex().upper()}"> : tensor<{shape}xf32>\n'


def perceptron():
    w1, b1, w2, b2 = draw(16, 32), draw(32), draw(32, 4), draw(4)
    text = f"""func.func @forward(%x: tensor<1x16xf32>) -> tensor<1x4xf32> {{
    %zero = arith.constant 0.0 : f32
{constant("w1", w1)}{constant("b1", b1)}{constant("w2", w2)}{constant("b2", b2)}
    %e1 = tensor.empty() : tensor<1x32xf32>
    %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<1x32xf32>) -> tensor<1x32xf32>
    %m1 = linalg.matmul ins(%x, %w1 : tensor<1x16xf32>, tensor<16x32xf32>) outs(%f1 : tensor<1x32xf32>) -> tensor<1x32xf32> loc("first")
    %r1 = linalg.generic {{indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
        iterator_types = ["parallel", "parallel"]}} ins(%m1, %b1 : tensor<1x32xf32>, tensor<32xf32>) outs(%e1 : tensor<1x32xf32>) {{
    ^bb0(%a: f32, %b: f32, %o: f32):
      %s = arith.addf %a, %b : f32
      %r = arith.maximumf %s, %zero : f32
      linalg.yield %r : f32
    }} -> tensor<1x32xf32>
    %e2 = tensor.empty() : tensor<1x4xf32>
    %broadcasted = linalg.broadcast ins(%b2 : tensor<4xf32>) outs(%e2 : tensor<1x4xf32>) dimensions = [0]
    %m2 = linalg.matmul ins(%r1, %w2 : tensor<1x32xf32>, tensor<32x4xf32>) outs(%broadcasted : tensor<1x4xf32>) -> tensor<1x4xf32>
    %n = tensor.empty() : tensor<1x4xf32>
    %y = linalg.generic {{indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}}
        ins(%m2 : tensor<1x4xf32>) outs(%n : tensor<1x4xf32>) {{
    ^bb0(%a: f32, %o: f32):
      %t = math.tanh %a : f32
      linalg.yield %t : f32
    }} -> tensor<1x4xf32>
    return %y : tensor<1x4xf32>
}}
"""

    def compute(x):
        return np.tanh(np.maximum(x @ w1 + b1, 0) @ w2 + b2)

    return text, (1, 16), compute


def windows(x, kernel, stride):
    """[N, C, H, W] as [N, C, OH, OW, kh, kw]."""
    views = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))
    return views[:, :, ::stride, ::stride]


def padded(x, value=0.0):
    return np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)), constant_values=value)


IMAGE = "affine_map<(n, c, h, w) -> (n, c, h, w)>"


def elementwise(name, source, shape, others, body):
    """A loop nest over [N, C, H, W]; the others are numbers of a channel, [C, 1, 1]."""
    maps = [IMAGE] + ["affine_map<(n, c, h, w) -> (c, 0, 0)>"] * len(others) + [IMAGE]
    full, channel = f"tensor<{shape}xf32>", f"tensor<{shape.split('x')[1]}x1x1xf32>"
    arguments = ", ".join(["%a: f32"] + [f"%u{i}: f32" for i in range(len(others))] + ["%o: f32"])
    return f"""    %{name}_e = tensor.empty() : {full}
    %{name} = linalg.generic {{indexing_maps = [{", ".join(maps)}], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}}
        ins({", ".join(["%" + source] + ["%" + o for o in others])} : {", ".join([full] + [channel] * len(others))}) outs(%{name}_e : {full}) {{
    ^bb0({arguments}):
{body}
    }} -> {full}
"""


def pad(name, source, before, after, value):
    return f"""    %{name} = tensor.pad %{source} low[0, 0, 1, 1] high[0, 0, 1, 1] {{
    ^bb0(%i: index, %j: index, %k: index, %l: index):
      tensor.yield %{value} : f32
    }} : tensor<{before}xf32> to tensor<{after}xf32>
"""


def filled(name, shape, value):
    return f"""    %{name}_n = tensor.empty() : tensor<{shape}xf32>
    %{name} = linalg.fill ins(%{value} : f32) outs(%{name}_n : tensor<{shape}xf32>) -> tensor<{shape}xf32>
"""


def convolutional():
    """Convolution, batch normalisation, ReLU, maximum, depthwise, mean, linear."""
    w1, depthwise, w2, b2 = draw(8, 3, 3, 3), draw(8, 3, 3), draw(10, 8), draw(10)
    mean, variance = draw(8, 1, 1), np.abs(draw(8, 1, 1)) + np.float32(0.5)
    scale, offset = draw(8, 1, 1) + np.float32(1), draw(8, 1, 1)
    window = "{dilations = dense<1> : tensor<2xi64>, strides = dense<STRIDE> : tensor<2xi64>}"
    text = f"""func.func @main(%x: tensor<1x3x16x16xf32>) -> tensor<1x10xf32> {{
    %zero = arith.constant 0.0 : f32
    %least = arith.constant 0xFF800000 : f32
    %epsilon = arith.constant 1.0e-5 : f32
    %count = arith.constant 16.0 : f32
{constant("w1", w1)}{constant("dw", depthwise)}{constant("w2", w2)}{constant("b2", b2)}
{constant("mean", mean)}{constant("variance", variance)}{constant("scale", scale)}{constant("offset", offset)}
{pad("p1", "x", "1x3x16x16", "1x3x18x18", "zero")}{filled("i1", "1x8x8x8", "zero")}
    %c1 = linalg.conv_2d_nchw_fchw {window.replace("STRIDE", "2")} ins(%p1, %w1 : tensor<1x3x18x18xf32>, tensor<8x3x3x3xf32>)
        outs(%i1 : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
{elementwise("n1", "c1", "1x8x8x8", ["mean", "variance", "scale", "offset"], '''      %1 = arith.subf %a, %u0 : f32
      %2 = arith.addf %u1, %epsilon : f32
      %3 = math.rsqrt %2 : f32
      %4 = arith.mulf %1, %3 : f32
      %5 = arith.mulf %4, %u2 : f32
      %6 = arith.addf %5, %u3 : f32
      %7 = arith.cmpf ugt, %6, %zero : f32
      %8 = arith.select %7, %6, %zero : f32
      linalg.yield %8 : f32''')}
{pad("p2", "n1", "1x8x8x8", "1x8x10x10", "least")}{filled("i2", "1x8x4x4", "least")}
    %k2 = tensor.empty() : tensor<3x3xf32>
    %m2 = linalg.pooling_nchw_max {window.replace("STRIDE", "2")} ins(%p2, %k2 : tensor<1x8x10x10xf32>, tensor<3x3xf32>)
        outs(%i2 : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
{pad("p3", "m2", "1x8x4x4", "1x8x6x6", "zero")}{filled("i3", "1x8x4x4", "zero")}
    %d3 = linalg.depthwise_conv_2d_nchw_chw {window.replace("STRIDE", "1")} ins(%p3, %dw : tensor<1x8x6x6xf32>, tensor<8x3x3xf32>)
        outs(%i3 : tensor<1x8x4x4xf32>) -> tensor<1x8x4x4xf32>
{filled("i4", "1x8x1x1", "zero")}
    %s4 = linalg.generic {{indexing_maps = [{IMAGE}, affine_map<(n, c, h, w) -> (n, c, 0, 0)>],
        iterator_types = ["parallel", "parallel", "reduction", "reduction"]}} ins(%d3 : tensor<1x8x4x4xf32>) outs(%i4 : tensor<1x8x1x1xf32>) {{
    ^bb0(%a: f32, %o: f32):
      %s = arith.addf %a, %o : f32
      linalg.yield %s : f32
    }} -> tensor<1x8x1x1xf32>
{elementwise("a4", "s4", "1x8x1x1", [], '''      %1 = arith.divf %a, %count : f32
      linalg.yield %1 : f32''')}
    %v4 = tensor.collapse_shape %a4 [[0], [1, 2, 3]] : tensor<1x8x1x1xf32> into tensor<1x8xf32>
    %e5 = tensor.empty() : tensor<8x10xf32>
    %t5 = linalg.transpose ins(%w2 : tensor<10x8xf32>) outs(%e5 : tensor<8x10xf32>) permutation = [1, 0]
    %e6 = tensor.empty() : tensor<1x10xf32>
    %i6 = linalg.broadcast ins(%b2 : tensor<10xf32>) outs(%e6 : tensor<1x10xf32>) dimensions = [0]
    %y = linalg.matmul ins(%v4, %t5 : tensor<1x8xf32>, tensor<8x10xf32>) outs(%i6 : tensor<1x10xf32>) -> tensor<1x10xf32>
    return %y : tensor<1x10xf32>
}}
"""

    def compute(x):
        x = np.einsum("nchwij,fcij->nfhw", windows(padded(x), 3, 2), w1)
        x = np.maximum((x - mean) / np.sqrt(variance + np.float32(1e-5)) * scale + offset, 0)
        x = windows(padded(x, -np.inf), 3, 2).max(axis=(4, 5))
        x = np.einsum("nchwij,cij->nchw", windows(padded(x), 3, 1), depthwise)
        return x.mean(axis=(2, 3)) @ w2.T + b2

    return text, (1, 3, 16, 16), compute


def main():
    narrow, base = sys.argv[1:3]
    for make in (perceptron, convolutional):
        text, shape, compute = make()
        path = f"{base}/{make.__name__}.mlir"
        with open(path, "w") as file:
            file.write(text)
        calibration, judged = draw(32, *shape, scale=1), draw(8, *shape, scale=1)
        expected = np.stack([compute(x) for x in judged])
        print(f"{make.__name__}: {compare(narrow, base, path, {'input0': calibration}, {'input0': judged}, [expected], 30)}")


main()
