// RUN: narrow-check-kernels %s | FileCheck %s
// Float islands: the same bits on every level, from ordinary inputs, infinities
// and NaN; several islands, values that both kinds read, results in place.
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>

// A convolution whose channels fill no vector, its activation, and back.
func.func @between(%x: tensor<1x5x6x3xf32>) -> tensor<1x5x6x19xf32> {
  %q = fxp.quantize %x : tensor<1x5x6x3xf32> -> tensor<1x5x6x3x!u8>
  %f = fxp.dequantize %q : tensor<1x5x6x3x!u8> -> tensor<1x5x6x3xf32>
  %w = "tosa.const"() {values = dense<[[[[0.3, -0.11, 0.7]]], [[[0.9, 0.01, -0.2]]], [[[1.3, -1.1, 0.7]]], [[[0.9, 0.51, -0.2]]],
    [[[0.3, -0.11, 0.7]]], [[[0.9, 0.01, -0.2]]], [[[1.3, -1.1, 0.7]]], [[[0.9, 0.51, -0.2]]], [[[0.3, -0.11, 0.7]]], [[[0.9, 0.01, -0.2]]],
    [[[1.3, -1.1, 0.7]]], [[[0.9, 0.51, -0.2]]], [[[0.3, -0.11, 0.7]]], [[[0.9, 0.01, -0.2]]], [[[1.3, -1.1, 0.7]]], [[[0.9, 0.51, -0.2]]],
    [[[0.3, -0.11, 0.7]]], [[[0.9, 0.01, -0.2]]], [[[1.3, -1.1, 0.7]]]]> : tensor<19x1x1x3xf32>} : () -> tensor<19x1x1x3xf32>
  %b = "tosa.const"() {values = dense<0.125> : tensor<19xf32>} : () -> tensor<19xf32>
  %c = nn.conv2d %f, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x6x3xf32>, tensor<19x1x1x3xf32>, tensor<19xf32>) -> tensor<1x5x6x19xf32>
  %g = nn.unary gelu %c : tensor<1x5x6x19xf32>
  %r = fxp.quantize %g : tensor<1x5x6x19xf32> -> tensor<1x5x6x19x!u8>
  %d = fxp.dequantize %r : tensor<1x5x6x19x!u8> -> tensor<1x5x6x19xf32>
  return %d : tensor<1x5x6x19xf32>
}

// Directly at the interface: the caller's buffers are read and written.
func.func @whole(%x: tensor<3x33xf32>, %s: tensor<33xf32>) -> (tensor<3x33xf32>, tensor<3xi32>) {
  %o = "tosa.const"() {values = dense<-0.5> : tensor<33xf32>} : () -> tensor<33xf32>
  %n = nn.layer_norm %x, %s, %o {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<3x33xf32>, tensor<33xf32>, tensor<33xf32>) -> tensor<3x33xf32>
  %l = nn.log_softmax %n {axis = 1 : i64} : tensor<3x33xf32>
  %a = tosa.argmax %l {axis = 1 : i32} : (tensor<3x33xf32>) -> tensor<3xi32>
  return %l, %a : tensor<3x33xf32>, tensor<3xi32>
}

// An island, fixed point, and an island that reads the first one too.
func.func @twice(%x: tensor<2x16xf32>) -> tensor<2x16xf32> {
  %e = tosa.exp %x : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %t = tosa.tanh %e : (tensor<2x16xf32>) -> tensor<2x16xf32>
  %q = fxp.quantize %t : tensor<2x16xf32> -> tensor<2x16x!u8>
  %s = fxp.softmax %q {pre_shift = 0 : i32, post_shift = 4 : i32, distance_max = 4095 : i32, multiplier = 9455 : i32} : tensor<2x16x!u8> -> tensor<2x16x!quant.uniform<u8:f32, 0.00390625>>
  %f = fxp.dequantize %s : tensor<2x16x!quant.uniform<u8:f32, 0.00390625>> -> tensor<2x16xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = tosa.mul %f, %e, %shift : (tensor<2x16xf32>, tensor<2x16xf32>, tensor<1xi8>) -> tensor<2x16xf32>
  return %m : tensor<2x16xf32>
}

// Functions whose library versions differ, and minima of zeros and NaN.
func.func @functions(%x: tensor<64xf32>, %y: tensor<64xf32>) -> (tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xi32>) {
  %0 = tosa.sin %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = tosa.pow %x, %y : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %2 = tosa.minimum %x, %y : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
  %3 = nn.unary tan %y : tensor<64xf32>
  %4 = nn.unary round %x : tensor<64xf32>
  %5 = tosa.cast %x : (tensor<64xf32>) -> tensor<64xi32>
  return %0, %1, %2, %3, %4, %5 : tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xf32>, tensor<64xi32>
}

// Constants and arguments that are returned as they are.
func.func @nothing(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<2xi32>) {
  %c = "tosa.const"() {values = dense<[7, -9]> : tensor<2xi32>} : () -> tensor<2xi32>
  return %x, %c : tensor<4xf32>, tensor<2xi32>
}
