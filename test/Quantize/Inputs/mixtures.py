"""Prints a float function for each operation and each mixture of 8 and 16 bits of what it reads and makes.

usage: mixtures.py [--every=N] [OPERATION...]   one function of N; all operations without any; the types are on the observers
"""
import argparse
import itertools

TYPES = {
    "u8": "!quant.uniform<u8:f32, 0.03:119>",
    "i8": "!quant.uniform<i8:f32, 0.03:-9>",
    "i16": "!quant.uniform<i16:f32, 0.000125>",
}
# Shapes of operands and result, a body that makes %y of %a (and %b), and the type that the result must have, if any.
SHAPE, ROWS = "1x5x6x19", "5x37"


def binary(name):
    return 2, SHAPE, SHAPE, f"%y = tosa.{name} %a, %b{', %shift' if name == 'mul' else ''} : (T, T{', tensor<1xi8>' if name == 'mul' else ''}) -> R"


def unary(body, result=SHAPE, shape=SHAPE, to=None):
    return 1, shape, result, body, *([to] if to else [])


WINDOW = "strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>"
SLOPES = "dense<[[[[" + ", ".join(f"{0.05 * i:.2f}" for i in range(-3, 16)) + "]]]]> : tensor<1x1x1x19xf32>"
OPERATIONS = {
    "add": binary("add"),
    "sub": binary("sub"),
    "mul": binary("mul"),
    "min": binary("minimum"),
    "max": binary("maximum"),
    "select": (2, SHAPE, SHAPE, "%c = tosa.greater %a, %b : (T, T) -> tensor<1x5x6x19xi1>\n"
                                "  %y = tosa.select %c, %a, %b : (tensor<1x5x6x19xi1>, T, T) -> R"),
    "select_greater_equal": (2, SHAPE, SHAPE, "%c = tosa.greater_equal %b, %a : (T, T) -> tensor<1x5x6x19xi1>\n"
                                              "  %y = tosa.select %c, %b, %a : (tensor<1x5x6x19xi1>, T, T) -> R"),
    "select_equal": (2, SHAPE, SHAPE, "%c = tosa.equal %a, %b : (T, T) -> tensor<1x5x6x19xi1>\n"
                                      "  %y = tosa.select %c, %a, %b : (tensor<1x5x6x19xi1>, T, T) -> R"),
    "select_above": (2, SHAPE, SHAPE, "%k = \"tosa.const\"() {values = dense<0.7> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>\n"
                                      "  %c = tosa.greater %a, %k : (T, tensor<1x1x1x1xf32>) -> tensor<1x5x6x19xi1>\n"
                                      "  %y = tosa.select %c, %b, %k : (tensor<1x5x6x19xi1>, T, tensor<1x1x1x1xf32>) -> R"),
    "concat": (2, SHAPE, "1x5x6x38", "%y = tosa.concat %a, %b {axis = 3 : i32} : (T, T) -> R"),
    "max_pool": unary("%y = nn.max_pool2d %a {kernel = array<i64: 3, 3>, " + WINDOW + "} : T -> R", "1x3x3x19"),
    "avg_pool": unary("%y = nn.avg_pool2d %a {kernel = array<i64: 3, 3>, " + WINDOW + ", count_include_pad = false} : T -> R", "1x3x3x19"),
    "resize": unary("%y = nn.resize linear half_pixel %a {scales = array<f64: 2.0, 2.0>} : T -> R", "1x10x12x19"),
    "resize_nearest": unary("%y = nn.resize nearest asymmetric %a {scales = array<f64: 2.0, 2.0>, nearest_mode = #nn.nearest_mode<floor>} : T -> R",
                            "1x10x12x19"),
    "reduce_sum": unary("%y = tosa.reduce_sum %a {axis = 2 : i32} : (T) -> R", "1x5x1x19"),
    "reduce_max": unary("%y = tosa.reduce_max %a {axis = 2 : i32} : (T) -> R", "1x5x1x19"),
    "image_sum": unary("%h = tosa.reduce_sum %a {axis = 1 : i32} : (T) -> tensor<1x1x6x19xf32>\n"
                       "  %y = tosa.reduce_sum %h {axis = 2 : i32} : (tensor<1x1x6x19xf32>) -> R", "1x1x1x19"),
    "softmax": unary("%y = nn.softmax %a {axis = 1 : i64} : T", ROWS, ROWS, {
        "u8": "!quant.uniform<u8:f32, 0.00390625>", "i16": "!quant.uniform<i16<0:32767>:f32, 3.0517578125e-05>"}),
    "log_softmax": unary("%y = nn.log_softmax %a {axis = 1 : i64} : T", ROWS, ROWS),
    "rms_norm": unary("%y = nn.rms_norm %a, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (T, tensor<37xf32>) -> R", ROWS, ROWS),
    "instance_norm": unary("%y = nn.instance_norm %a, %o, %o {epsilon = 1.0e-5 : f32} : (T, tensor<19xf32>, tensor<19xf32>) -> R"),
    "sigmoid": unary("%y = tosa.sigmoid %a : (T) -> R"),
    "exp": unary("%y = tosa.exp %a : (T) -> R"),
    "scaled": unary("%k = \"tosa.const\"() {values = dense<0.7> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>\n"
                    "  %y = tosa.mul %a, %k, %shift : (T, tensor<1x1x1x1xf32>, tensor<1xi8>) -> R"),
    "scaled_channels": unary("%k = \"tosa.const\"() {values = " + SLOPES + "} : () -> tensor<1x1x1x19xf32>\n"
                             "  %y = tosa.mul %a, %k, %shift : (T, tensor<1x1x1x19xf32>, tensor<1xi8>) -> R"),
    "moved_channels": unary("%k = \"tosa.const\"() {values = " + SLOPES + "} : () -> tensor<1x1x1x19xf32>\n"
                            "  %y = tosa.add %a, %k : (T, tensor<1x1x1x19xf32>) -> R"),
    "prelu": unary("%k = \"tosa.const\"() {values = " + SLOPES + "} : () -> tensor<1x1x1x19xf32>\n"
                   "  %y = nn.prelu %a, %k : (T, tensor<1x1x1x19xf32>) -> R"),
    "batch_norm": unary("%y = nn.batch_norm %a, %o, %o, %o, %o {epsilon = 1.0e-5 : f32} : "
                        "(T, tensor<19xf32>, tensor<19xf32>, tensor<19xf32>, tensor<19xf32>) -> R"),
    "transpose": unary("%y = tosa.transpose %a {perms = array<i32: 0, 3, 1, 2>} : (T) -> R", "1x19x5x6"),
    "clamp": unary("%y = tosa.clamp %a {min_val = -1.0 : f32, max_val = 2.5 : f32} : (T) -> R"),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("operations", nargs="*")
    options = parser.parse_args()
    number = 0
    for name in options.operations or OPERATIONS:
        count, shape, result, body, *to = OPERATIONS[name]
        of = f"tensor<{shape}xf32>"
        for types in itertools.product(*[TYPES] * count, to[0] if to else TYPES):
            number += 1
            if number % options.every:
                continue
            made = (to[0] if to else TYPES)[types[-1]]
            arguments = ["%a", "%b"][:count]
            print(f"func.func @{name}_{'_'.join(types)}({', '.join(f'{a}: {of}' for a in arguments)}) -> tensor<{result}xf32> {{")
            print("  %shift = \"tosa.const\"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>")
            print("  %s = \"tosa.const\"() {values = dense<1.5> : tensor<37xf32>} : () -> tensor<37xf32>")
            print("  %o = \"tosa.const\"() {values = dense<1.25> : tensor<19xf32>} : () -> tensor<19xf32>")
            for argument, kind in zip(arguments, types):
                print(f"  fxp.observe {argument} \"{argument[1:]}\" {{range = array<f64: -3.5, 4.0>, type = {TYPES[kind]}}} : {of}")
            text = body.replace("tensor<", "\0").replace("T", of).replace("R", f"tensor<{result}xf32>").replace("\0", "tensor<")
            print("  " + text)
            print(f"  fxp.observe %y \"y\" {{range = array<f64: -3.5, 4.0>, type = {made}}} : tensor<{result}xf32>")
            print(f"  return %y : tensor<{result}xf32>\n}}")


main()
