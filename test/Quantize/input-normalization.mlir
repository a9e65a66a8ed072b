// RUN: narrow-opt %s --plan-types --quantize --cse --split-input-file | FileCheck %s

// (x - mean) * factor is one cast, to the type of the result.
// CHECK-LABEL: func.func @features
// CHECK-NEXT: %[[Q:.*]] = fxp.quantize %arg0 {axis = 1 : i64, factor = array<f32: 1.000000e+02, 0.100000009>, mean = array<f32: 0.000000e+00, 5.000000e+03>, {{.*}} -> tensor<4x2x!quant.uniform<u8:f32, {{0.0099999.*}}:128>>
// CHECK-NEXT: fxp.dequantize %[[Q]]
func.func @features(%x: tensor<4x2xf32>) -> tensor<4x2xf32> {
  fxp.observe %x "x" {range = array<f64: -2.0, 8000.0>} : tensor<4x2xf32>
  %mean = "tosa.const"() {values = dense<[[0.0, 5.0e3]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %inverse = "tosa.const"() {values = dense<[[1.0, 1.0e-3]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.sub %x, %mean : (tensor<4x2xf32>, tensor<1x2xf32>) -> tensor<4x2xf32>
  fxp.observe %c "c" {range = array<f64: -3000.0, 3000.0>} : tensor<4x2xf32>
  %z = tosa.mul %c, %inverse, %shift : (tensor<4x2xf32>, tensor<1x2xf32>, tensor<1xi8>) -> tensor<4x2xf32>
  fxp.observe %z "z" {range = array<f64: -1.28, 1.27>} : tensor<4x2xf32>
  return %z : tensor<4x2xf32>
}

// -----

// Through a transpose, 1 - x, and one number for all.
// CHECK-LABEL: func.func @planes
// CHECK: %[[Q:.*]] = fxp.quantize %arg0 {axis = 1 : i64, factor = array<f32: -1.000000e+02, -1.000000e+02>, mean = array<f32: 1.000000e+00, 2.000000e+00>} : tensor<1x2x4x4xf32>
// CHECK: %[[T:.*]] = fxp.transpose %[[Q]]
// CHECK: fxp.dequantize %[[T]]
// CHECK: %[[S:.*]] = fxp.quantize %arg1 {factor = array<f32: 1.000000e+02>, mean = array<f32: 1.700000e+09>, {{.*}}} : tensor<3xf32>
// CHECK: fxp.dequantize %[[S]]
func.func @planes(%x: tensor<1x2x4x4xf32>, %t: tensor<3xf32>) -> (tensor<1x4x4x2xf32>, tensor<3xf32>) {
  fxp.observe %x "x" {range = array<f64: -2.0, 8.0>} : tensor<1x2x4x4xf32>
  fxp.observe %t "t" {range = array<f64: 0.0, 1.7e9>} : tensor<3xf32>
  %h = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x4x4xf32>) -> tensor<1x4x4x2xf32>
  %one = "tosa.const"() {values = dense<[[[[1.0, 2.0]]]]> : tensor<1x1x1x2xf32>} : () -> tensor<1x1x1x2xf32>
  %y = tosa.sub %one, %h : (tensor<1x1x1x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %y "y" {range = array<f64: -1.28, 1.27>} : tensor<1x4x4x2xf32>
  %mean = "tosa.const"() {values = dense<1.7e9> : tensor<1xf32>} : () -> tensor<1xf32>
  %d = tosa.sub %t, %mean : (tensor<3xf32>, tensor<1xf32>) -> tensor<3xf32>
  fxp.observe %d "d" {range = array<f64: -1.28, 1.27>} : tensor<3xf32>
  return %y, %d : tensor<1x4x4x2xf32>, tensor<3xf32>
}

// -----

// Not where the argument's own type is as fine, for constants along two axes, products of two inputs, or a sum that is
// not at an input.
// CHECK-LABEL: func.func @others
// CHECK-NOT: mean =
// CHECK: return
func.func @others(%x: tensor<2x2xf32>, %y: tensor<2x2xf32>) -> (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>) {
  fxp.observe %x "x" {range = array<f64: -2.0, 2.0>} : tensor<2x2xf32>
  fxp.observe %y "y" {range = array<f64: -2.0, 2.0>} : tensor<2x2xf32>
  %k = "tosa.const"() {values = dense<[[1.0, 2.0], [3.0, 4.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %one = "tosa.const"() {values = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %a = tosa.add %x, %k : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  fxp.observe %a "a" {range = array<f64: -2.0, 6.0>} : tensor<2x2xf32>
  %n = tosa.sub %one, %x : (tensor<1x1xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  fxp.observe %n "n" {range = array<f64: -1.0, 3.0>} : tensor<2x2xf32>
  %p = tosa.mul %x, %y, %shift : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<1xi8>) -> tensor<2x2xf32>
  fxp.observe %p "p" {range = array<f64: -4.0, 4.0>} : tensor<2x2xf32>
  %q = tosa.add %p, %one : (tensor<2x2xf32>, tensor<1x1xf32>) -> tensor<2x2xf32>
  fxp.observe %q "q" {range = array<f64: -3.0, 5.0>} : tensor<2x2xf32>
  return %a, %q, %n : tensor<2x2xf32>, tensor<2x2xf32>, tensor<2x2xf32>
}
