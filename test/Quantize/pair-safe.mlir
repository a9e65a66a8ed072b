// RUN: narrow-opt %s --narrow-quantize=pair-safe=true --split-input-file | FileCheck %s
// RUN: narrow-opt %s --narrow-quantize --split-input-file | FileCheck %s --check-prefix=FREE

// Weights 2i and 2i + 1 of like sign sum to 128 or less: the first channel's
// scale grows and its first pair comes closer to zero. The second channel's
// pairs are safe as they are, and stay.
// CHECK-LABEL: func.func @pairs
// FREE-LABEL: func.func @pairs
// CHECK: fxp.constant dense<{{\[\[}}64, 57, -32, 16], [127, -114, 13, 13]]> {{.*}}:f32:0, {0.015748{{[0-9]*}},0.007874{{[0-9]*}}}>>
// FREE: fxp.constant dense<{{\[\[}}127, 114, -64, 32], [127, -114, 13, 13]]>
func.func @pairs(%x: tensor<2x4xf32>) -> tensor<2x2xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 0.75>} : tensor<2x4xf32>
  %w = "tosa.const"() {values = dense<[[1.0, 0.9, -0.5, 0.25], [1.0, -0.9, 0.1, 0.1]]> : tensor<2x4xf32>} : () -> tensor<2x4xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  fxp.observe %0 "y" {range = array<f64: -2.0, 2.0>} : tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// One row waits for its weights, which stay as they are.
// CHECK-LABEL: func.func @one_row
// CHECK: fxp.constant dense<{{\[\[}}127, 127, -127, -127]]>
func.func @one_row(%x: tensor<1x4xf32>) -> tensor<1x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 0.75>} : tensor<1x4xf32>
  %w = "tosa.const"() {values = dense<[[1.0, 1.0, -1.0, -1.0]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  fxp.observe %0 "y" {range = array<f64: -2.0, 2.0>} : tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// A kernel row is one stretch: weights 0 and 1, 2 and 3 of its three positions
// by three channels are pairs, and the ninth, which starts no pair of the next
// row, is free. So is a depthwise convolution.
// CHECK-LABEL: func.func @rows
// CHECK: fxp.constant dense<127> : tensor<3x3x3x1xi8>
// CHECK: fxp.constant dense<{{\[\[\[\[}}13, 13, 127], [-127, 13, -127], [127, -127, 127]], {{\[\[}}127, -127, 0], [127, 127, 0], [0, 127, -127]]]]>
func.func @rows(%x: tensor<1x6x6x3xf32>) -> (tensor<1x5x4x1xf32>, tensor<1x4x4x3xf32>) {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<1x6x6x3xf32>
  %w = "tosa.const"() {values = dense<[[[[0.1, 0.1, 1.0], [-1.0, 0.1, -1.0], [1.0, -1.0, 1.0]], [[1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, -1.0]]]]> : tensor<1x2x3x3xf32>} : () -> tensor<1x2x3x3xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.conv2d %x, %w, %b {dilations = array<i64: 1, 1>, groups = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x6x3xf32>, tensor<1x2x3x3xf32>, tensor<1xf32>) -> tensor<1x5x4x1xf32>
  fxp.observe %0 "y" {range = array<f64: -2.0, 2.0>} : tensor<1x5x4x1xf32>
  %d = "tosa.const"() {values = dense<1.0> : tensor<3x3x3x1xf32>} : () -> tensor<3x3x3x1xf32>
  %e = "tosa.const"() {values = dense<0.0> : tensor<3xf32>} : () -> tensor<3xf32>
  %1 = nn.conv2d %x, %d, %e {dilations = array<i64: 1, 1>, groups = 3 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x6x6x3xf32>, tensor<3x3x3x1xf32>, tensor<3xf32>) -> tensor<1x4x4x3xf32>
  fxp.observe %1 "z" {range = array<f64: 0.0, 9.0>} : tensor<1x4x4x3xf32>
  return %0, %1 : tensor<1x5x4x1xf32>, tensor<1x4x4x3xf32>
}
