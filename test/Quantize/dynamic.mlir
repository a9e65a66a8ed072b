// RUN: narrow-opt %s --plan-types --plan-weights --quantize --split-input-file 2>/dev/null | FileCheck %s
// RUN: narrow-opt %s --plan-types --plan-weights --quantize --split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

// The integers that the weights are, exact sums, and one product behind them;
// the bias is a float.
module attributes {narrow.quantized} {
// SAID: remark: {{.*}}its input gets a scale from its range in each run; its results are floats [dynamic]
// CHECK-LABEL: func.func @layer
// CHECK: %[[W:.*]] = fxp.constant dense<{{\[}}[127, 3, -128], [-1, 127, 1]]> : tensor<2x3xi8>
// CHECK: %[[Q:.*]], %[[P:.*]] = fxp.dynamic_quantize %arg0 : tensor<1x3xf32> -> tensor<1x3x!quant.uniform<u8:f32, 1.000000e+00:128>>, tensor<1x2xf32>
// CHECK: %[[S:.*]] = fxp.fully_connected %[[Q]], %[[W]], %{{.*}} <mode = pow2, shift = [0]> {{.*}} -> tensor<1x2x!quant.uniform<i32:f32:1
// CHECK: fxp.dynamic_dequantize %[[S]], %[[P]] {bias = array<f32: 5.000000e-01, 0.000000e+00>, {{.*}}weight_sums = array<i32: 2, 127>}
// CHECK-NOT: nn.
func.func @layer(%x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[1.27, 0.03, -1.28], [-0.02, 2.54, 0.02]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<[0.5, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.dynamic_fake_quantize %x : tensor<1x3xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %1 "y" : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
}

// -----

// Rows; no bias, no zero points to take out.
// SAID: remark: {{.*}}each row of its input gets a scale from the row's range in each run; its results are floats [dynamic]
// CHECK-LABEL: func.func @rows
// CHECK: fxp.dynamic_quantize %arg0 {per_row} : tensor<4x3xf32> -> tensor<4x3x!quant.uniform<i8<-127:127>:f32, 1.000000e+00>>, tensor<4x1xf32>
// CHECK: fxp.dynamic_dequantize %{{.*}}, %{{.*}} : tensor<4x2x
func.func @rows(%x: tensor<4x3xf32>) -> tensor<4x2xf32> {
  %w = "tosa.const"() {values = dense<[[1.0, 0.3, -0.7], [0.5, -0.2, 0.1]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.dynamic_fake_quantize %x {per_row} : tensor<4x3xf32>
  %1 = nn.linear %0, %w, %b : (tensor<4x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %1 : tensor<4x2xf32>
}

// -----

// Pads hold the zero point of the run, so that all sums have all weights.
// CHECK-LABEL: func.func @pads
// CHECK: fxp.dynamic_quantize %arg0 {pads = array<i64: 1, 0, 1, 2>} : tensor<1x4x4x1xf32> -> tensor<1x6x6x1x
// CHECK: fxp.conv2d {{.*}}pads = array<i64: 0, 0, 0, 0>
func.func @pads(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = "tosa.const"() {values = dense<0.25> : tensor<2x3x3x1xf32>} : () -> tensor<2x3x3x1xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.dynamic_fake_quantize %x : tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 0, 1, 2>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<2x3x3x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %1 : tensor<1x4x4x2xf32>
}

// -----

// What does not fit: rows under a window, sums that reach beyond 32 bits,
// weights that are computed, zero points with different weights at the rim.
// SAID: remark: {{.*}}stays in float: its sums join rows of different scales [stays-float]
// SAID: remark: {{.*}}stays in float: its zero point is only known at run time, and its sums have different weights at the rim [stays-float]
// SAID: remark: {{.*}}stays in float: its weights or biases are not constant, or not finite [stays-float]
// CHECK-LABEL: func.func @refused
// CHECK-NOT: fxp.dynamic
func.func @refused(%x: tensor<1x4x4x1xf32>, %v: tensor<1x3xf32>, %u: tensor<2x3xf32>) -> (tensor<1x2x2x2xf32>, tensor<1x6x6x2xf32>, tensor<1x2xf32>) {
  %w = "tosa.const"() {values = dense<0.25> : tensor<2x3x3x1xf32>} : () -> tensor<2x3x3x1xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.dynamic_fake_quantize %x {per_row} : tensor<1x4x4x1xf32>
  %1 = nn.conv2d %0, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<2x3x3x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %2 = nn.dynamic_fake_quantize %x : tensor<1x4x4x1xf32>
  %3 = nn.transposed_conv2d %2, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<2x3x3x1xf32>, tensor<2xf32>) -> tensor<1x6x6x2xf32>
  %4 = nn.dynamic_fake_quantize %v : tensor<1x3xf32>
  %5 = nn.linear %4, %u, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %1, %3, %5 : tensor<1x2x2x2xf32>, tensor<1x6x6x2xf32>, tensor<1x2xf32>
}

// -----

// 255 * 127 * 66312 is more than 2^31.
// SAID: remark: {{.*}}stays in float: the accumulator of output channel 0 can leave 32 bits [stays-float]
// CHECK-LABEL: func.func @deep
// CHECK-NOT: fxp.dynamic
func.func @deep(%x: tensor<1x66312xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<1x66312xf32>} : () -> tensor<1x66312xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.dynamic_fake_quantize %x : tensor<1x66312xf32>
  %1 = nn.linear %0, %w, %b : (tensor<1x66312xf32>, tensor<1x66312xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %1 : tensor<1x1xf32>
}

// -----

// A scheme of the module's: float layers become dynamic ones; a convolution has
// one scale where layers are to have one for each row.
module attributes {narrow.scheme = "dynamic-row"} {
// CHECK-LABEL: func.func @asked
// CHECK: fxp.dynamic_quantize %arg0 : tensor<1x4x4x1xf32>
// CHECK: fxp.conv2d
// CHECK: fxp.dynamic_quantize %{{.*}} {per_row} : tensor<4x8xf32>
// CHECK: fxp.fully_connected
func.func @asked(%x: tensor<1x4x4x1xf32>) -> tensor<4x2xf32> {
  %w = "tosa.const"() {values = dense<0.25> : tensor<2x1x1x1xf32>} : () -> tensor<2x1x1x1xf32>
  %v = "tosa.const"() {values = dense<0.5> : tensor<2x8xf32>} : () -> tensor<2x8xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %s = tosa.const_shape {values = dense<[4, 8]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %1 = tosa.reshape %0, %s : (tensor<1x4x4x2xf32>, !tosa.shape<2>) -> tensor<4x8xf32>
  %2 = nn.linear %1, %v, %b : (tensor<4x8xf32>, tensor<2x8xf32>, tensor<2xf32>) -> tensor<4x2xf32>
  return %2 : tensor<4x2xf32>
}
}

// -----

// Layers of their own: weights alone, by two to a byte where 4 bits are enough;
// a static one, although the model has it dynamic.
// SAID: remark: {{.*}}stays in float: its weights alone are stored in fewer bits, 4 each [stays-float]
// CHECK-LABEL: func.func @own
// CHECK: %[[S:.*]] = "tosa.const"() {{.*}}values = dense<{{\[}}[-9, 5], [-9, 0]]> : tensor<2x2xi8>
// CHECK: nn.dequantize_weights %[[S]], %{{.*}} {pairs} : (tensor<2x2xi8>, tensor<2xf32>) -> tensor<2x3xf32>
// CHECK: nn.linear
// CHECK-NOT: fxp.dynamic
// CHECK: fxp.fully_connected
func.func @own(%x: tensor<1x3xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[0.9, -0.1, 0.7], [0.9, -0.1, 0.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b {narrow.scheme = "weight-only", narrow.weights = #fxp.weights<storage = i4, bits = 4>}
    : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = nn.dynamic_fake_quantize %x : tensor<1x3xf32>
  %2 = nn.linear %1, %w, %b {narrow.scheme = "static"} : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %2 "y" {range = array<f64: -2.0, 2.0>} : tensor<1x2xf32>
  return %0, %2 : tensor<1x2xf32>, tensor<1x2xf32>
}
