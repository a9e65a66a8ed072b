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

// -----

// Few elements of a stream are so large that most have fewer than 29 steps of
// 16 bits: it gets as many as sums of rows of 1024 leave, 22. So does what a
// layer adds to it. Where most are larger, where something else reads the value
// and where it is no sum it keeps 16.
func.func @long(%x: tensor<1x1024xf32>, %s: tensor<1024xf32>, %w: tensor<1024x1024xf32>) -> (tensor<1x1024xf32>, tensor<1x1024xf32>, tensor<1x1024xf32>) {
  // CHECK: "x" {{.*}} type = !quant.uniform<
  // CHECK: "layer" {{.*}}narrow.reason = "residual", {{.*}} type = !quant.uniform<i22:f32, 0.0046{{[0-9]+}}>
  // CHECK: "stream" {{.*}}narrow.reason = "normalized", {{.*}} type = !quant.uniform<i22:f32, 0.0095{{[0-9]+}}>
  // CHECK: "even" {{.*}}narrow.reason = "normalized", {{.*}} type = !quant.uniform<i16:f32
  // CHECK: "sliced" {{.*}}narrow.reason = "normalized", {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %x "x" {narrow.rms = 40.0 : f64, narrow.typical = 10.0 : f64, range = array<f64: -10000.0, 10000.0>, extremes = array<f64: -10000.0, 10000.0>} : tensor<1x1024xf32>
  %0 = nn.linear %x, %w, %s : (tensor<1x1024xf32>, tensor<1024x1024xf32>, tensor<1024xf32>) -> tensor<1x1024xf32>
  fxp.observe %0 "layer" {narrow.rms = 40.0 : f64, narrow.typical = 8.0 : f64, range = array<f64: -9700.0, 9700.0>, extremes = array<f64: -9700.0, 9700.0>} : tensor<1x1024xf32>
  %1 = tosa.add %x, %0 : (tensor<1x1024xf32>, tensor<1x1024xf32>) -> tensor<1x1024xf32>
  fxp.observe %1 "stream" {narrow.rms = 40.0 : f64, narrow.typical = 17.0 : f64, range = array<f64: -10000.0, 10000.0>, extremes = array<f64: -10000.0, 10000.0>} : tensor<1x1024xf32>
  %2 = tosa.add %1, %0 : (tensor<1x1024xf32>, tensor<1x1024xf32>) -> tensor<1x1024xf32>
  fxp.observe %2 "even" {narrow.rms = 40.0 : f64, narrow.typical = 18.0 : f64, range = array<f64: -10000.0, 10000.0>, extremes = array<f64: -10000.0, 10000.0>} : tensor<1x1024xf32>
  %3 = tosa.add %2, %0 : (tensor<1x1024xf32>, tensor<1x1024xf32>) -> tensor<1x1024xf32>
  fxp.observe %3 "sliced" {narrow.rms = 40.0 : f64, narrow.typical = 10.0 : f64, range = array<f64: -10000.0, 10000.0>, extremes = array<f64: -10000.0, 10000.0>} : tensor<1x1024xf32>
  %4 = nn.rms_norm %1, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x1024xf32>, tensor<1024xf32>) -> tensor<1x1024xf32>
  %n = nn.rms_norm %2, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x1024xf32>, tensor<1024xf32>) -> tensor<1x1024xf32>
  %start = tosa.const_shape {values = dense<0> : tensor<2xindex>} : () -> !tosa.shape<2>
  %size = tosa.const_shape {values = dense<[1, 1024]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %5 = tosa.slice %3, %start, %size : (tensor<1x1024xf32>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x1024xf32>
  %6 = nn.rms_norm %5, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x1024xf32>, tensor<1024xf32>) -> tensor<1x1024xf32>
  return %4, %n, %6 : tensor<1x1024xf32>, tensor<1x1024xf32>, tensor<1x1024xf32>
}
