// RUN: narrow-opt %s --narrow-prepare --split-input-file | FileCheck %s

// Convolution, pad or concatenation along the channels, flattening and a linear
// layer: preparing them did not end, as what grows in between was taken for a
// reason to move the transpose back.
// CHECK-LABEL: @pad
// CHECK: tosa.pad
// CHECK-NOT: tosa.transpose
// CHECK: nn.linear
func.func @pad(%x: tensor<1x2x3x4xf32>) -> tensor<1x1xf32> {
  %k = "tosa.const"() {values = dense<0.5> : tensor<4x1x1x4xf32>} : () -> tensor<4x1x1x4xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<4xf32>} : () -> tensor<4xf32>
  %pads = tosa.const_shape {values = dense<[0, 0, 0, 0, 1, 0, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %row = tosa.const_shape {values = dense<[1, 36]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<1x36xf32>} : () -> tensor<1x36xf32>
  %0 = nn.conv2d %x, %k, %b {dilations = array<i64: 1, 1>, groups = 1 : i64, pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x3x4xf32>, tensor<4x1x1x4xf32>, tensor<4xf32>) -> tensor<1x2x3x4xf32>
  %1 = tosa.transpose %0 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x3x4xf32>) -> tensor<1x4x2x3xf32>
  %2 = tosa.pad %1, %pads, %zero : (tensor<1x4x2x3xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x3x3xf32>
  %3 = tosa.reshape %2, %row : (tensor<1x4x3x3xf32>, !tosa.shape<2>) -> tensor<1x36xf32>
  %4 = nn.linear %3, %w, %zero : (tensor<1x36xf32>, tensor<1x36xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// CHECK-LABEL: @concat
// CHECK: tosa.concat
// CHECK-NOT: tosa.transpose
// CHECK: nn.linear
func.func @concat(%x: tensor<1x2x3x4xf32>, %y: tensor<1x2x2x3xf32>) -> tensor<1x1xf32> {
  %row = tosa.const_shape {values = dense<[1, 36]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<1x36xf32>} : () -> tensor<1x36xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x3x4xf32>) -> tensor<1x4x2x3xf32>
  %1 = tosa.concat %0, %y {axis = 1 : i32} : (tensor<1x4x2x3xf32>, tensor<1x2x2x3xf32>) -> tensor<1x6x2x3xf32>
  %2 = tosa.reshape %1, %row : (tensor<1x6x2x3xf32>, !tosa.shape<2>) -> tensor<1x36xf32>
  %3 = nn.linear %2, %w, %b : (tensor<1x36xf32>, tensor<1x36xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %3 : tensor<1x1xf32>
}
