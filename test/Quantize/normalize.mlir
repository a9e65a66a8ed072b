// RUN: narrow-opt %s --plan-types --quantize 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks

// CHECK-LABEL: func.func @layer
// CHECK: %[[X:.*]] = fxp.quantize
// CHECK-NEXT: fxp.normalize %[[X]] scale dense<{{\[\[}}2048, 4096, 2048, 2048]]> : tensor<1x4xi32> offset dense<33554432> : tensor<1x1xi64>
// CHECK-SAME: {axes = array<i64: 1>, centred, epsilon = 0 : i64,
// CHECK-SAME: multiplier_bits = 15 : i32
// CHECK-NEXT: fxp.dequantize
func.func @layer(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = "tosa.const"() {values = dense<[1.0, 2.0, 1.0, 1.0]> : tensor<4xf32>} : () -> tensor<4xf32>
  %o = "tosa.const"() {values = dense<0.125> : tensor<4xf32>} : () -> tensor<4xf32>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %y = nn.layer_norm %x, %s, %o {axis = 1 : i64, epsilon = 0.0 : f32} : (tensor<2x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: -3.984375, 3.984375>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @root_mean_square
// CHECK: fxp.normalize %{{.*}} scale dense<{{.*}}> : tensor<1x1x1xi32> offset dense<0> : tensor<1x1x1xi64>
// CHECK-SAME: {axes = array<i64: 1, 2>, epsilon =
// CHECK-NOT: centred
// CHECK: return
func.func @root_mean_square(%x: tensor<2x4x5xf32>) -> tensor<2x4x5xf32> {
  %s = "tosa.const"() {values = dense<1.0> : tensor<4x5xf32>} : () -> tensor<4x5xf32>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4x5xf32>
  %y = nn.rms_norm %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x4x5xf32>, tensor<4x5xf32>) -> tensor<2x4x5xf32>
  fxp.observe %y "y" {range = array<f64: -4.0, 4.0>} : tensor<2x4x5xf32>
  return %y : tensor<2x4x5xf32>
}

// CHECK-LABEL: func.func @instance
// CHECK: fxp.normalize %{{.*}} scale dense<{{.*}}> : tensor<1x1x1x3xi32> offset dense<0> : tensor<1x1x1x1xi64>
// CHECK-SAME: {axes = array<i64: 1, 2>, centred
func.func @instance(%x: tensor<2x4x4x3xf32>) -> tensor<2x4x4x3xf32> {
  %s = "tosa.const"() {values = dense<[1.0, 2.0, 3.0]> : tensor<3xf32>} : () -> tensor<3xf32>
  %o = "tosa.const"() {values = dense<0.0> : tensor<3xf32>} : () -> tensor<3xf32>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4x4x3xf32>
  %y = nn.instance_norm %x, %s, %o {epsilon = 1.0e-5 : f32} : (tensor<2x4x4x3xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<2x4x4x3xf32>
  fxp.observe %y "y" {range = array<f64: -9.0, 9.0>} : tensor<2x4x4x3xf32>
  return %y : tensor<2x4x4x3xf32>
}

// A scale that is computed, and rows whose sums of squares leave 62 bits.
// REMARK: stays in float: its scale or its offset is not constant
// REMARK: stays in float: its rows are too long for exact sums of squares
// CHECK-LABEL: func.func @computed_scale
// CHECK: nn.rms_norm
// CHECK-LABEL: func.func @long_rows
// CHECK: nn.rms_norm
func.func @computed_scale(%x: tensor<2x4xf32>, %s: tensor<4xf32>) -> tensor<2x4xf32> {
  fxp.observe %x "x2" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  fxp.observe %s "s" {range = array<f64: -3.0, 3.0>} : tensor<4xf32>
  %y = nn.rms_norm %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y2" {range = array<f64: -4.0, 4.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}
func.func @long_rows(%x: tensor<1x9000000xf32>) -> tensor<1x9000000xf32> {
  %s = "tosa.const"() {values = dense<1.0> : tensor<9000000xf32>} : () -> tensor<9000000xf32>
  fxp.observe %x "x3" {range = array<f64: 0.0, 3.0>} : tensor<1x9000000xf32>
  %y = nn.rms_norm %x, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x9000000xf32>, tensor<9000000xf32>) -> tensor<1x9000000xf32>
  fxp.observe %y "y3" {range = array<f64: -4.0, 4.0>} : tensor<1x9000000xf32>
  return %y : tensor<1x9000000xf32>
}
