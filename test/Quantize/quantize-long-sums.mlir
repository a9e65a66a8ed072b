// RUN: narrow-opt %s --plan-weights --quantize --split-input-file 2>/dev/null | FileCheck %s
// RUN: narrow-opt %s --plan-weights --quantize --split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

// Values of more than 16 bits go from a layer and a cast through sums to a
// normalisation.
// CHECK-LABEL: @stream
// CHECK: %[[X:.*]] = fxp.quantize %{{.*}} -> tensor<1x4x!quant.uniform<i22:f32, 1.000000e-02>>
// CHECK: %[[L:.*]] = fxp.fully_connected {{.*}} -> tensor<1x4x!quant.uniform<i20:f32, 5.000000e-03>>
// CHECK: %[[S:.*]] = fxp.add %[[X]], %[[L]] {lhs_multiplier = 1073741824 : i32, {{.*}}rhs_multiplier = 536870912 : i32, shift = 30 : i32} : {{.*}} -> tensor<1x4x!quant.uniform<i22:f32, 1.000000e-02>>
// CHECK: fxp.normalize %[[S]] {{.*}} -> tensor<1x4x!quant.uniform<u8:f32
func.func @stream(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> tensor<1x4xf32> {
  fxp.observe %x "x" {type = !quant.uniform<i22:f32, 0.01>} : tensor<1x4xf32>
  fxp.observe %y "y" {type = !quant.uniform<u8:f32, 0.1>} : tensor<1x4xf32>
  %w = "tosa.const"() {values = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %s = "tosa.const"() {values = dense<[1.0, 1.5, 2.0, 2.5]> : tensor<4xf32>} : () -> tensor<4xf32>
  %0 = nn.linear %y, %w, %b : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  fxp.observe %0 "layer" {type = !quant.uniform<i20:f32, 0.005>} : tensor<1x4xf32>
  %1 = tosa.add %x, %0 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %1 "sum" {type = !quant.uniform<i22:f32, 0.01>} : tensor<1x4xf32>
  %2 = nn.rms_norm %1, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  fxp.observe %2 "norm" {type = !quant.uniform<u8:f32, 0.03:128>} : tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}

// -----

// What else reads or makes them stays in float.
// SAID: remark: 'tosa.tanh': stays in float: an operand has more than 16 bits, which sums and normalisations alone take [stays-float]
// SAID: remark: 'tosa.maximum': stays in float: its result has more than 16 bits, which sums and contractions alone make [stays-float]
// CHECK-LABEL: @others
// CHECK: tosa.tanh
// CHECK: tosa.maximum
func.func @others(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  fxp.observe %x "x" {type = !quant.uniform<i20:f32, 0.01>} : tensor<1x4xf32>
  fxp.observe %y "y" {type = !quant.uniform<i16:f32, 0.1>} : tensor<1x4xf32>
  %0 = tosa.tanh %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %0 "t" {type = !quant.uniform<i16:f32, 0.1>} : tensor<1x4xf32>
  %1 = tosa.maximum %y, %0 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %1 "m" {type = !quant.uniform<i20:f32, 0.1>} : tensor<1x4xf32>
  return %0, %1 : tensor<1x4xf32>, tensor<1x4xf32>
}
