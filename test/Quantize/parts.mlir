// RUN: narrow-opt %s --plan-types --quantize --split-input-file | FileCheck %s

// Boxes and scores leave as one result, moved: each is cast at its own scale.
// CHECK-LABEL: func.func @result
// CHECK-DAG: %[[B:.*]] = fxp.quantize %arg0 : {{.*}}!quant.uniform<u8:f32, 2.5
// CHECK-DAG: %[[S:.*]] = fxp.quantize %arg1 : {{.*}}!quant.uniform<u8:f32, {{0.00392.*}}>
// CHECK-DAG: %[[BF:.*]] = fxp.dequantize %[[B]]
// CHECK-DAG: %[[SF:.*]] = fxp.dequantize %[[S]]
// CHECK: %[[C:.*]] = fxp.concat %[[BF]], %[[SF]] {axis = 1 : i64{{.*}}} : (tensor<1x4x8xf32>, tensor<1x2x8xf32>) -> tensor<1x6x8xf32>
// CHECK: %[[T:.*]] = fxp.transpose %[[C]] {{.*}} -> tensor<1x8x6xf32>
// CHECK: return %[[T]]
func.func @result(%b: tensor<1x4x8xf32>, %s: tensor<1x2x8xf32>) -> tensor<1x8x6xf32> {
  fxp.observe %b "b" {range = array<f64: 0.0, 640.0>} : tensor<1x4x8xf32>
  fxp.observe %s "s" {range = array<f64: 0.0, 1.0>} : tensor<1x2x8xf32>
  %c = tosa.concat %b, %s {axis = 1 : i32} : (tensor<1x4x8xf32>, tensor<1x2x8xf32>) -> tensor<1x6x8xf32>
  fxp.observe %c "c" {range = array<f64: 0.0, 640.0>} : tensor<1x6x8xf32>
  %t = tosa.transpose %c {perms = array<i32: 0, 2, 1>} : (tensor<1x6x8xf32>) -> tensor<1x8x6xf32>
  fxp.observe %t "t" {range = array<f64: 0.0, 640.0>} : tensor<1x8x6xf32>
  return %t : tensor<1x8x6xf32>
}

// -----

// Like parts share a type, and so do parts of what is computed with.
// CHECK-LABEL: func.func @whole
// CHECK: fxp.concat {{.*}} -> tensor<1x6x!quant.uniform
// CHECK: fxp.concat {{.*}} -> tensor<1x6x!quant.uniform
func.func @whole(%b: tensor<1x4xf32>, %s: tensor<1x2xf32>, %l: tensor<1x4xf32>) -> (tensor<1x6xf32>, tensor<1x6xf32>) {
  fxp.observe %b "b" {range = array<f64: 0.0, 640.0>} : tensor<1x4xf32>
  fxp.observe %s "s" {range = array<f64: 0.0, 1.0>} : tensor<1x2xf32>
  fxp.observe %l "l" {range = array<f64: -1.0, 1.0>} : tensor<1x4xf32>
  %c = tosa.concat %b, %s {axis = 1 : i32} : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x6xf32>
  fxp.observe %c "c" {range = array<f64: 0.0, 640.0>} : tensor<1x6xf32>
  %a = tosa.add %c, %c : (tensor<1x6xf32>, tensor<1x6xf32>) -> tensor<1x6xf32>
  fxp.observe %a "a" {range = array<f64: 0.0, 1280.0>} : tensor<1x6xf32>
  %d = tosa.concat %l, %s {axis = 1 : i32} : (tensor<1x4xf32>, tensor<1x2xf32>) -> tensor<1x6xf32>
  fxp.observe %d "d" {range = array<f64: -1.0, 1.0>} : tensor<1x6xf32>
  return %a, %d : tensor<1x6xf32>, tensor<1x6xf32>
}
