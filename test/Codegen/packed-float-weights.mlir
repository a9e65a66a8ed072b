// RUN: narrow-check-kernels %s | FileCheck %s
// Rule N71: weights of float layers as bytes, as pairs of 4 bits and as floats of 16 bits, which
// contractions unpack as they read them; odd depths, channels that fill no vector,
// and a layer that has no loops of its own for them.
// CHECK: every output equals the interpreter's

func.func @bytes(%x: tensor<5x6xf32>) -> tensor<5x19xf32> {
  %s = "tosa.const"() {values = dense<[[1,-2,3,-4,5,-127],[1,-2,3,-4,5,127],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[1,-2,3,-4,5,-6],[99,-98,3,-4,5,-6]]> : tensor<19x6xi8>} : () -> tensor<19x6xi8>
  %c = "tosa.const"() {values = dense<0.0123> : tensor<19xf32>} : () -> tensor<19xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<19xf32>} : () -> tensor<19xf32>
  %w = nn.dequantize_weights %s, %c : (tensor<19x6xi8>, tensor<19xf32>) -> tensor<19x6xf32>
  %y = nn.linear %x, %w, %b : (tensor<5x6xf32>, tensor<19x6xf32>, tensor<19xf32>) -> tensor<5x19xf32>
  return %y : tensor<5x19xf32>
}

// 0x21 is 1, then 2; 0xF8 (-8) is -8, then -1.
func.func @pairs(%x: tensor<1x5xf32>) -> tensor<1x3xf32> {
  %s = "tosa.const"() {values = dense<[[33, -8, 7], [-8, 120, 1], [0, -1, 15]]> : tensor<3x3xi8>} : () -> tensor<3x3xi8>
  %c = "tosa.const"() {values = dense<[0.1, 0.3, 7.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %b = "tosa.const"() {values = dense<[0.0, 1.0, -1.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %w = nn.dequantize_weights %s, %c {pairs} : (tensor<3x3xi8>, tensor<3xf32>) -> tensor<3x5xf32>
  %y = nn.linear %x, %w, %b : (tensor<1x5xf32>, tensor<3x5xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  return %y : tensor<1x3xf32>
}

func.func @convolution(%x: tensor<1x4x5x3xf32>) -> tensor<1x4x3x17xf32> {
  %s = "tosa.const"() {values = dense<-77> : tensor<17x3x3x2xi8>} : () -> tensor<17x3x3x2xi8>
  %c = "tosa.const"() {values = dense<0.01> : tensor<17xf32>} : () -> tensor<17xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<17xf32>} : () -> tensor<17xf32>
  %w = nn.dequantize_weights %s, %c {pairs} : (tensor<17x3x3x2xi8>, tensor<17xf32>) -> tensor<17x3x3x3xf32>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x5x3xf32>, tensor<17x3x3x3xf32>, tensor<17xf32>) -> tensor<1x4x3x17xf32>
  return %y : tensor<1x4x3x17xf32>
}

func.func @depthwise(%x: tensor<1x4x5x3xf32>) -> tensor<1x2x3x3xf32> {
  %s = "tosa.const"() {values = dense<-77> : tensor<3x3x3x1xi8>} : () -> tensor<3x3x3x1xi8>
  %c = "tosa.const"() {values = dense<[0.01, 0.2, 3.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<3xf32>} : () -> tensor<3xf32>
  %w = nn.dequantize_weights %s, %c : (tensor<3x3x3x1xi8>, tensor<3xf32>) -> tensor<3x3x3x1xf32>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
    : (tensor<1x4x5x3xf32>, tensor<3x3x3x1xf32>, tensor<3xf32>) -> tensor<1x2x3x3xf32>
  return %y : tensor<1x2x3x3xf32>
}

// The least subnormal number, the largest, the least normal one, the largest, minus zero.
func.func @half(%x: tensor<5x2xf32>) -> tensor<5x19xf32> {
  %s = "tosa.const"() {values = dense<[[0x0001,0x83FF],[0x0400,0x7BFF],[0x8000,0xFBFF],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[1.0,-2.0],[0.1,-2.3]]> : tensor<19x2xf16>} : () -> tensor<19x2xf16>
  %c = "tosa.const"() {values = dense<1.0> : tensor<19xf32>} : () -> tensor<19xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<19xf32>} : () -> tensor<19xf32>
  %w = nn.dequantize_weights %s, %c : (tensor<19x2xf16>, tensor<19xf32>) -> tensor<19x2xf32>
  %y = nn.linear %x, %w, %b : (tensor<5x2xf32>, tensor<19x2xf32>, tensor<19xf32>) -> tensor<5x19xf32>
  return %y : tensor<5x19xf32>
}

func.func @brain(%x: tensor<1x4x5x3xf32>) -> tensor<1x2x3x3xf32> {
  %t = "tosa.const"() {values = dense<[[[[0.5],[0.25],[-1.0]],[[0x0001],[0x807F],[0.3]],[[-7.5],[1.0],[0.1]]],[[[0.5],[0.25],[-1.0]],[[1.5],[2.0],[0.3]],[[-7.5],[1.0],[0.1]]],[[[0.5],[0.25],[-1.0]],[[1.5],[2.0],[0.3]],[[-7.5],[1.0],[0.1]]]]> : tensor<3x3x3x1xbf16>} : () -> tensor<3x3x3x1xbf16>
  %c = "tosa.const"() {values = dense<1.0> : tensor<3xf32>} : () -> tensor<3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<3xf32>} : () -> tensor<3xf32>
  %w = nn.dequantize_weights %t, %c : (tensor<3x3x3x1xbf16>, tensor<3xf32>) -> tensor<3x3x3x1xf32>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
    : (tensor<1x4x5x3xf32>, tensor<3x3x3x1xf32>, tensor<3xf32>) -> tensor<1x2x3x3xf32>
  return %y : tensor<1x2x3x3xf32>
}

func.func @brains(%x: tensor<3x7xf32>) -> tensor<3x17xf32> {
  %s = "tosa.const"() {values = dense<-0.3> : tensor<17x7xbf16>} : () -> tensor<17x7xbf16>
  %c = "tosa.const"() {values = dense<1.0> : tensor<17xf32>} : () -> tensor<17xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<17xf32>} : () -> tensor<17xf32>
  %w = nn.dequantize_weights %s, %c : (tensor<17x7xbf16>, tensor<17xf32>) -> tensor<17x7xf32>
  %y = nn.linear %x, %w, %b : (tensor<3x7xf32>, tensor<17x7xf32>, tensor<17xf32>) -> tensor<3x17xf32>
  return %y : tensor<3x17xf32>
}
