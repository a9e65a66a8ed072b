// RUN: narrow-opt %s --plan-types --quantize --split-input-file | FileCheck %s

// Two layers of the same weights, each as it is planned; without a plan, 8 bits
// with one scale a channel.
// CHECK-LABEL: func.func @widths
// CHECK: -> tensor<2x2x!quant.uniform<i4<-7:7>:f32:0, {
// CHECK: fxp.fully_connected {{.*}} <mode = q31
// CHECK: -> tensor<2x2x!quant.uniform<i8:f32, {{[0-9]}}
// CHECK: fxp.fully_connected {{.*}} <mode = q15
// CHECK: -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {
// CHECK: fxp.fully_connected {{.*}} <mode = q15
func.func @widths(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>) {
  fxp.observe %x "x" {range = array<f64: -1.0, 0.75>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 4, requant = q31>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "a" {type = !quant.uniform<u8:f32, 0.0125:100>} : tensor<1x2xf32>
  %1 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i8, bits = 8, granularity = tensor, full_range = true>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %1 "b" {type = !quant.uniform<u8:f32, 0.0125:100>} : tensor<1x2xf32>
  %2 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %2 "c" {type = !quant.uniform<u8:f32, 0.0125:100>} : tensor<1x2xf32>
  return %0, %1, %2 : tensor<1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// A constant has the type that is planned for it; nothing of the plan is left
// on what stays in float.
// CHECK-LABEL: func.func @constants
// CHECK: fxp.constant {{.*}}!quant.uniform<i8:f32, 1.000000e-02>
// CHECK-NOT: narrow.type
// CHECK-NOT: narrow.weights
func.func @constants(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  fxp.observe %x "x" {type = !quant.uniform<i16:f32, 0.0001>} : tensor<1x2xf32>
  %c = "tosa.const"() {values = dense<[[0.5, -1.0]]> : tensor<1x2xf32>, narrow.type = !quant.uniform<i8:f32, 0.01>} : () -> tensor<1x2xf32>
  %0 = tosa.add %x, %c : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "sum" {type = !quant.uniform<i16:f32, 0.0125>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %1 = nn.linear %0, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 4>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0, %1 : tensor<1x2xf32>, tensor<1x2xf32>
}
