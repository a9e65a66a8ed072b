// RUN: narrow-opt %s --plan-types --quantize --split-input-file | FileCheck %s

// Masked scores are the lowest stored integer; scores that could be it give up
// a step.
// CHECK-LABEL: func.func @wide
// CHECK: %[[S:.*]] = fxp.matmul
// CHECK: %[[P:.*]] = fxp.to_integers %[[S]] {{.*}} -> tensor<1x2x2xi16>
// CHECK: %[[B:.*]] = tosa.maximum %[[P]]
// CHECK: %[[M:.*]] = tosa.select %arg2, %[[B]]
// CHECK: %[[F:.*]] = fxp.from_integers %[[M]]
// CHECK: fxp.softmax %[[F]] {{.*}}masked
// CHECK-NOT: stays
func.func @wide(%x: tensor<1x2x4xf32>, %y: tensor<1x4x2xf32>, %m: tensor<1x1x2xi1>) -> tensor<1x2x2xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x2x4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<1x4x2xf32>
  %s = nn.matmul %x, %y : (tensor<1x2x4xf32>, tensor<1x4x2xf32>) -> tensor<1x2x2xf32>
  fxp.observe %s "s" {range = array<f64: -4.0, 4.0>} : tensor<1x2x2xf32>
  %p = nn.softmax %s mask %m {axis = 2 : i64} : tensor<1x2x2xf32>, tensor<1x1x2xi1>
  fxp.observe %p "p" {range = array<f64: 0.0, 1.0>} : tensor<1x2x2xf32>
  return %p : tensor<1x2x2xf32>
}

// -----

// Bytes have room below in 16 bits.
// CHECK-LABEL: func.func @bytes
// CHECK: %[[P:.*]] = fxp.to_integers %{{.*}} : tensor<2x4x!quant.uniform<u8:f32, {{.*}}>> -> tensor<2x4xi16>
// CHECK-NOT: tosa.maximum
// CHECK: tosa.select %arg1, %[[P]]
// CHECK: fxp.softmax {{.*}}masked{{.*}} : tensor<2x4x!quant.uniform<i16:f32, {{.*}}:128>> -> tensor<2x4x!quant.uniform<u8:f32, 3.906250e-03>>
func.func @bytes(%x: tensor<2x4xf32>, %m: tensor<1x4xi1>) -> tensor<2x4xf32> {
  fxp.observe %x "x" {range = array<f64: -1.004, 1.0>} : tensor<2x4xf32>
  %p = nn.softmax %x mask %m {axis = 1 : i64} : tensor<2x4xf32>, tensor<1x4xi1>
  fxp.observe %p "p" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %p : tensor<2x4xf32>
}
