// RUN: narrow-opt %s --plan-types --quantize 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks

// What activations read has 11 bits of fraction, the input 16 bits, the cell the bits that its range leaves (twice 3
// is less than 8), the state 8 bits, shared by all steps and the last one.
// CHECK-LABEL: func.func @lstm
// CHECK: %[[X:.*]] = fxp.quantize %{{.*}} -> tensor<3x1x8x!quant.uniform<i16:f32, 1.2{{.*}}E-4>>
// CHECK: fxp.lstm %[[X]]
// CHECK-SAME: candidate_table = dense{{[^ ]*}} : tensor<513xi16>
// CHECK-SAME: gate_bits = 15 : i32
// CHECK-SAME: product_shift = 18 : i32
// CHECK-SAME: tensor<1x2x!quant.uniform<u8:f32, [[S:.*]]>>, tensor<1x2x!quant.uniform<i16:f32, 2.44140625E-4>>) -> (tensor<3x1x2x!quant.uniform<u8:f32, [[S]]>>, tensor<1x2x!quant.uniform<u8:f32, [[S]]>>, tensor<1x2x!quant.uniform<i16:f32, 2.44140625E-4>>)
func.func @lstm(%x: tensor<3x1x8xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>) {
  fxp.observe %x "x" {range = array<f64: -2.0, 2.0>, extremes = array<f64: -2.0, 2.0>} : tensor<3x1x8xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<2x8xf32>} : () -> tensor<2x8xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %y, %l, %c, %g, %d = nn.lstm %x, %w, %z, %z {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>, #nn.gate<tanh>],
      alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>}
    : (tensor<3x1x8xf32>, tensor<2x8xf32>, tensor<1x2xf32>, tensor<1x2xf32>)
    -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<3x1x8xf32>, tensor<3x1x2xf32>)
  fxp.observe %y "y" {range = array<f64: -0.9, 0.9>, extremes = array<f64: -0.9, 0.9>} : tensor<3x1x2xf32>
  fxp.observe %l "l" {range = array<f64: -0.5, 0.5>, extremes = array<f64: -0.5, 0.5>} : tensor<1x2xf32>
  fxp.observe %d "d" {range = array<f64: -3.0, 3.0>, extremes = array<f64: -3.0, 3.0>} : tensor<3x1x2xf32>
  return %y, %l : tensor<3x1x2xf32>, tensor<1x2xf32>
}

// The state that the caller carries from call to call has 16 bits, on both sides.
// CHECK-LABEL: func.func @streamed
// CHECK-DAG: fxp.quantize %{{.*}} : tensor<1x2xf32> -> tensor<1x2x!quant.uniform<i16:f32
// CHECK: %{{.*}}, %{{.*}}, %[[S:.*]] = fxp.gru
// CHECK-SAME: reset_after
// CHECK: %[[R:.*]] = fxp.requantize %[[S]]
// CHECK: fxp.dequantize %[[R]]
func.func @streamed(%x: tensor<1x1x6xf32>, %h: tensor<1x2xf32>) -> tensor<1x2xf32> {
  fxp.observe %x "x1" {range = array<f64: -2.0, 2.0>} : tensor<1x1x6xf32>
  fxp.observe %h "h1" {range = array<f64: -1.0, 1.0>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<2x6xf32>} : () -> tensor<2x6xf32>
  %b = "tosa.const"() {values = dense<0.25> : tensor<2xf32>} : () -> tensor<2xf32>
  %y, %l, %g = nn.gru %x, %w, %h bias %b {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>],
      alphas = array<f32: 0.0, 0.0>, betas = array<f32: 0.0, 0.0>, reset_after}
    : (tensor<1x1x6xf32>, tensor<2x6xf32>, tensor<1x2xf32>, tensor<2xf32>) -> (tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x1x6xf32>)
  fxp.observe %y "y1" {range = array<f64: -0.9, 0.9>} : tensor<1x1x2xf32>
  fxp.observe %l "l1" {range = array<f64: -0.9, 0.9>} : tensor<1x2xf32>
  return %l : tensor<1x2xf32>
}

// REMARK: stays in float: its weights or biases are not constant
// REMARK: stays in float: no range is known for what its activations read
// CHECK-LABEL: func.func @computed_weights
// CHECK: nn.rnn
// CHECK-LABEL: func.func @unknown_range
// CHECK: nn.rnn
func.func @computed_weights(%x: tensor<1x1x2xf32>, %h: tensor<1x2xf32>, %w: tensor<2x2xf32>) -> tensor<1x1x2xf32> {
  fxp.observe %x "x2" {range = array<f64: -2.0, 2.0>} : tensor<1x1x2xf32>
  fxp.observe %h "h2" {range = array<f64: -1.0, 1.0>} : tensor<1x2xf32>
  %y, %l, %g = nn.rnn %x, %w, %h {activations = [#nn.gate<tanh>], alphas = array<f32: 0.0>, betas = array<f32: 0.0>}
    : (tensor<1x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x1x2xf32>)
  fxp.observe %y "y2" {range = array<f64: -0.9, 0.9>} : tensor<1x1x2xf32>
  return %y : tensor<1x1x2xf32>
}
func.func @unknown_range(%x: tensor<1x1x2xf32>, %h: tensor<1x2xf32>) -> tensor<1x1x2xf32> {
  fxp.observe %x "x3" {range = array<f64: -2.0, 2.0>} : tensor<1x1x2xf32>
  fxp.observe %h "h3" {range = array<f64: -1.0, 1.0>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %y, %l, %g = nn.rnn %x, %w, %h {activations = [#nn.gate<relu>], alphas = array<f32: 0.0>, betas = array<f32: 0.0>}
    : (tensor<1x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> (tensor<1x1x2xf32>, tensor<1x2xf32>, tensor<1x1x2xf32>)
  fxp.observe %y "y3" {range = array<f64: 0.0, 0.9>} : tensor<1x1x2xf32>
  return %y : tensor<1x1x2xf32>
}
