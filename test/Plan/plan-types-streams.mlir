// RUN: narrow-opt %s --plan-types=residual-stream-bits=16 --split-input-file | FileCheck %s
// RUN: narrow-opt %s --plan-types --split-input-file | FileCheck %s --check-prefix=PLAIN

// A sum that an addition and a layer read, clamped and moved: 16 bits whose
// scale is that of eight over a power of two. The first one holds what samples
// had beyond the range.
// CHECK-LABEL: @stream
// PLAIN-LABEL: @stream
// PLAIN-NOT: narrow.layer_type
func.func @stream(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>, %w: tensor<4x4xf32>, %b: tensor<4xf32>) -> tensor<1x4xf32> {
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %x "x" {range = array<f64: 0.0, 2.55>} : tensor<1x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 2.55>} : tensor<1x4xf32>
  %0 = tosa.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %1 = tosa.clamp %0 {max_val = 3.4e38 : f32, min_val = 0.0 : f32} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // CHECK: "sum" {{.*}}narrow.layer_type = !quant.uniform<u8:f32, {{0.0099.*}}>, narrow.reason = "stream"{{.*}} type = !quant.uniform<i16:f32, 1.562{{.*}}E-4>
  fxp.observe %1 "sum" {range = array<f64: 0.0, 2.55>, extremes = array<f64: 0.0, 5.0>} : tensor<1x4xf32>
  %2 = nn.linear %1, %w, %b : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  // CHECK: "branch" {{.*}}narrow.reason = "residual"
  fxp.observe %2 "branch" {range = array<f64: -1.0, 1.0>} : tensor<1x4xf32>
  %3 = tosa.add %1, %2 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  // Nothing adds the last sum to another value.
  // CHECK: "last" {{.*}}narrow.reason = "plain"
  fxp.observe %3 "last" {range = array<f64: -1.0, 4.0>} : tensor<1x4xf32>
  %4 = nn.linear %3, %w, %b : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  fxp.observe %4 "out" {range = array<f64: -1.0, 4.0>} : tensor<1x4xf32>
  return %4 : tensor<1x4xf32>
}

// -----

// A table reads the sum too, of which 16-bit inputs are many: it stays as it is.
// CHECK-LABEL: @function
// CHECK-NOT: narrow.layer_type
func.func @function(%x: tensor<1x4xf32>, %y: tensor<1x4xf32>, %w: tensor<4x4xf32>, %b: tensor<4xf32>) -> tensor<1x4xf32> {
  %0 = tosa.add %x, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %0 "other" {range = array<f64: 0.0, 2.55>} : tensor<1x4xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  fxp.observe %1 "branch" {range = array<f64: -1.0, 1.0>} : tensor<1x4xf32>
  %2 = tosa.add %0, %1 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %3 = tosa.tanh %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %4 = tosa.add %2, %3 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %4 "out" {range = array<f64: -1.0, 4.0>} : tensor<1x4xf32>
  return %4 : tensor<1x4xf32>
}
