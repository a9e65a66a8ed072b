// RUN: narrow-opt %s --plan-types --split-input-file | FileCheck %s --check-prefix=PLAN
// RUN: narrow-opt %s --plan-types --quantize --fxp-fold-requant --split-input-file --verify-diagnostics=only-expected | FileCheck %s

// Of two given types in one movement group the last one won for both. Rescaling
// to it must not lose the offset's rounding either: u8 0.05:128 to 0.06:127 was
// q15 with an offset of 152 for 152.4 (N20).
// PLAN-LABEL: @two_given
// CHECK-LABEL: @two_given
func.func @two_given(%x: tensor<1x2xf32>, %y: tensor<1x2xf32>) -> tensor<1x4xf32> {
  // PLAN: "x" {{.*}}u8:f32, 5.000000e-02:128>
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.05:128>} : tensor<1x2xf32>
  // PLAN: "y" {{.*}}u8:f32, 6.000000e-02:127>
  fxp.observe %y "y" {type = !quant.uniform<u8:f32, 0.06:127>} : tensor<1x2xf32>
  // CHECK: fxp.requantize {{.*}}mode = q31
  // CHECK: fxp.concat
  // expected-remark@below {{one type cannot serve its operands and its result [requantised-movement]}}
  %0 = tosa.concat %x, %y {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  // PLAN: "both" {{.*}}u8:f32, 6.000000e-02:127>
  fxp.observe %0 "both" {type = !quant.uniform<u8:f32, 0.06:127>} : tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// Softmax's u8 of 1/256 was forced on all that a concatenation joins.
// PLAN-LABEL: @scores_and_boxes
// CHECK-LABEL: @scores_and_boxes
func.func @scores_and_boxes(%s: tensor<1x4xf32>, %b: tensor<1x4xf32>) -> tensor<1x8xf32> {
  fxp.observe %s "s" {range = array<f64: -4.0, 4.0>} : tensor<1x4xf32>
  // PLAN: "b" {{.*}}type = [[T:!quant.uniform<u8:f32, 0.0549.*>]]}
  fxp.observe %b "b" {range = array<f64: -5.0, 9.0>} : tensor<1x4xf32>
  // PLAN: "p" {{.*}}u8:f32, 3.906250e-03>
  %p = nn.softmax %s {axis = 1 : i64} : tensor<1x4xf32>
  fxp.observe %p "p" {range = array<f64: 0.0, 1.0>} : tensor<1x4xf32>
  // CHECK: fxp.softmax
  // CHECK: fxp.requantize
  // CHECK: fxp.concat
  // expected-remark@below {{[requantised-movement]}}
  %0 = tosa.concat %p, %b {axis = 1 : i32} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32>
  // PLAN: "both" {{.*}}type = [[T]]}
  fxp.observe %0 "both" {range = array<f64: -5.0, 9.0>} : tensor<1x8xf32>
  // Of a result the parts would keep their types.
  %1 = tosa.tanh %0 : (tensor<1x8xf32>) -> tensor<1x8xf32>
  fxp.observe %1 "tanh" {range = array<f64: -1.0, 1.0>} : tensor<1x8xf32>
  return %1 : tensor<1x8xf32>
}

// -----

// The type is shared where it holds all: no requantisation, no remark.
// PLAN-LABEL: @scores_alone
// CHECK-LABEL: @scores_alone
func.func @scores_alone(%s: tensor<1x4xf32>, %b: tensor<1x4xf32>) -> tensor<1x8xf32> {
  fxp.observe %s "s" {range = array<f64: -4.0, 4.0>} : tensor<1x4xf32>
  // PLAN: "b" {{.*}}u8:f32, 3.906250e-03>
  fxp.observe %b "b" {range = array<f64: 0.0, 1.0>} : tensor<1x4xf32>
  %p = nn.softmax %s {axis = 1 : i64} : tensor<1x4xf32>
  fxp.observe %p "p" {range = array<f64: 0.0, 1.0>} : tensor<1x4xf32>
  // CHECK: fxp.softmax
  // CHECK-NOT: fxp.requantize
  // CHECK: fxp.concat
  %0 = tosa.concat %p, %b {axis = 1 : i32} : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x8xf32>
  fxp.observe %0 "both" {range = array<f64: 0.0, 1.0>} : tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}
