// RUN: narrow-opt %s --plan-types --split-input-file | FileCheck %s

// What is normalised has 16 bits, and twice its calibrated range: 32 / 32767;
// the stream that additions make and read before it is normalised as well. What
// else is read keeps eight.
func.func @stream(%x: tensor<4x2xf32>, %s: tensor<2xf32>, %w: tensor<2x2xf32>) -> tensor<4x2xf32> {
  fxp.observe %x "x" {range = array<f64: -16.0, 16.0>, extremes = array<f64: -16.0, 16.0>} : tensor<4x2xf32>
  %0 = tosa.add %x, %x : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  %1 = nn.layer_norm %0, %s, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<4x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %2 = nn.linear %1, %w, %s : (tensor<4x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  %3 = tosa.add %0, %2 : (tensor<4x2xf32>, tensor<4x2xf32>) -> tensor<4x2xf32>
  %4 = tosa.tanh %3 : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %5 = nn.rms_norm %3, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<4x2xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32
  // CHECK: "stream" {{.*}}narrow.reason = "normalized", {{.*}} type = !quant.uniform<i16:f32, 9.7659230{{[0-9]+}}E-4>
  // CHECK: "norm" {{.*}} type = !quant.uniform<u8:f32
  // CHECK: "read" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %0 "stream" {range = array<f64: -16.0, 4.0>, extremes = array<f64: -16.0, 4.0>} : tensor<4x2xf32>
  fxp.observe %1 "norm" {range = array<f64: -4.0, 4.0>, extremes = array<f64: -4.0, 4.0>} : tensor<4x2xf32>
  fxp.observe %2 "linear" {range = array<f64: -4.0, 4.0>, extremes = array<f64: -4.0, 4.0>} : tensor<4x2xf32>
  fxp.observe %3 "read" {range = array<f64: -4.0, 4.0>, extremes = array<f64: -4.0, 4.0>} : tensor<4x2xf32>
  return %5 : tensor<4x2xf32>
}

// -----

// Few elements take the range: steps of 25.5 / 255 have a noise of 0.029, which
// is more than a twentieth of 0.5. Of 0.6 it is less. A value that tables per
// channel read keeps eight bits.
func.func @outliers(%x: tensor<1x2xf32>, %y: tensor<1x2xf32>, %z: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  %slope = "tosa.const"() {values = dense<[[0.25, 0.5]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  // CHECK: "x" {{.*}}narrow.reason = "outliers", {{.*}} type = !quant.uniform<i16:f32, 0.0015564{{[0-9]+}}>
  // CHECK: "y" {{.*}}narrow.reason = "plain", {{.*}} type = !quant.uniform<u8:f32
  // CHECK: "z" {{.*}}narrow.reason = "plain", {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %x "x" {narrow.rms = 0.5 : f64, range = array<f64: 0.0, 25.5>, extremes = array<f64: 0.0, 25.5>} : tensor<1x2xf32>
  fxp.observe %y "y" {narrow.rms = 0.6 : f64, range = array<f64: 0.0, 25.5>, extremes = array<f64: 0.0, 25.5>} : tensor<1x2xf32>
  fxp.observe %z "z" {narrow.rms = 0.5 : f64, range = array<f64: 0.0, 25.5>, extremes = array<f64: 0.0, 25.5>} : tensor<1x2xf32>
  %0 = tosa.tanh %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %1 = tosa.tanh %y : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.prelu %z, %slope : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// A part that another one's range leaves too few steps of their common type:
// 25.5 / 255 for a part of 0.3. Parts of nothing but zeros ask for nothing.
func.func @parts(%h: tensor<1x2xf32>, %c: tensor<1x2xf32>, %z: tensor<1x2xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>) {
  // CHECK: "h" {{.*}}narrow.reason = "outliers", {{.*}} type = !quant.uniform<i16:f32
  // CHECK: "c" {{.*}}narrow.reason = "outliers", {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %h "h" {narrow.rms = 0.3 : f64, range = array<f64: 0.0, 1.0>, extremes = array<f64: 0.0, 1.0>} : tensor<1x2xf32>
  fxp.observe %c "c" {narrow.rms = 9.0 : f64, range = array<f64: 0.0, 25.5>, extremes = array<f64: 0.0, 25.5>} : tensor<1x2xf32>
  %0 = tosa.concat %h, %c {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %1 = tosa.tanh %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // CHECK: "z" {{.*}}narrow.reason = "plain", {{.*}} type = !quant.uniform<u8:f32
  // CHECK: "d" {{.*}}narrow.reason = "plain", {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %z "z" {narrow.rms = 0.0 : f64, range = array<f64: 0.0, 0.0>, extremes = array<f64: 0.0, 0.0>} : tensor<1x2xf32>
  %d = tosa.tanh %c : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %d "d" {narrow.rms = 0.9 : f64, range = array<f64: 0.0, 1.0>, extremes = array<f64: 0.0, 1.0>} : tensor<1x2xf32>
  %2 = tosa.concat %z, %d {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  %3 = tosa.tanh %2 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %1, %3 : tensor<1x4xf32>, tensor<1x4xf32>
}
