// RUN: narrow-opt %s --plan-types --plan-weights --quantize --split-input-file 2>/dev/null | FileCheck %s
// RUN: narrow-opt %s --plan-types --plan-weights --quantize --split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID

// Types and weights of a model that came quantised: the layer's result is in
// the type that its reader gives, the weights are the integers that they were,
// with a zero point where 8 bits need one.
module attributes {narrow.quantized} {
// CHECK-LABEL: func.func @layer
// CHECK: fxp.constant dense<{{\[}}[127, 3, -128], [-128, 127, -126], [0, 0, 0]]> : tensor<3x3xi8> -> tensor<3x3x!quant.uniform<i8:f32:0, {0.00999{{[0-9]*}},0.02{{[0-9]*}}:72,
// CHECK: fxp.fully_connected {{.*}} -> tensor<1x3x!quant.uniform<u8:f32, 5.000000e-02:7>>
// CHECK-NOT: fxp.requantize
// CHECK: fxp.dequantize
func.func @layer(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  fxp.observe %x "x" {type = !quant.uniform<i8:f32, 0.02>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[1.27, 0.03, -1.28], [-4.0, 1.1, -3.96], [0.0, 0.0, 0.0]]> : tensor<3x3xf32>} : () -> tensor<3x3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  fxp.observe %0 "y" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x3xf32>
  %1 = nn.fake_quantize %0 as !quant.uniform<u8:f32, 0.05:7> : tensor<1x3xf32>
  fxp.observe %1 "z" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x3xf32>
  return %1 : tensor<1x3xf32>
}
}

// -----

// Weights that are no integers are rounded, and it is said; so are those of a
// model that did not come quantised, even where they are integers.
module attributes {narrow.quantized} {
// SAID: remark: {{.*}} its weights are not the integers that they were in the model: those of output channel 1 are no multiples of one scale, or do not fit 8 bits [rounded-weights]
// CHECK-LABEL: func.func @rounded
// CHECK: !quant.uniform<i8<-127:127>:f32:0
func.func @rounded(%x: tensor<1x3xf32>) -> tensor<1x3xf32> {
  fxp.observe %x "x" {type = !quant.uniform<i8:f32, 0.02>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[1.27, 0.03, -1.28], [0.3, 0.1234567, -0.31]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "y" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x2xf32>
  return %x : tensor<1x3xf32>
}
}

// -----

// CHECK-LABEL: func.func @plain
// CHECK: dense<{{\[}}[126, 3, -127]]> : tensor<1x3xi8>
func.func @plain(%x: tensor<1x3xf32>) -> tensor<1x1xf32> {
  fxp.observe %x "x" {type = !quant.uniform<i8:f32, 0.02>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[1.27, 0.03, -1.28]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  fxp.observe %0 "y" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}

// -----

// Without a type for the result the sums themselves leave, as floats of the
// channels' scales; with one of 32 bits at scale 1 they are the integers.
module attributes {narrow.quantized} {
// SAID: remark: {{.*}} no range is known for its result: its exact sums become floats [float-result]
// CHECK-LABEL: func.func @sums
// CHECK: %[[S:.*]] = fxp.fully_connected {{.*}}mode = pow2{{.*}} -> tensor<1x2x!quant.uniform<i32:f32:1, {1.99999{{.*}},0.00400{{.*}}}>>
// CHECK-NEXT: fxp.dequantize %[[S]]
func.func @sums(%x: tensor<1x3xf32>) -> tensor<1x2xf32> {
  fxp.observe %x "x" {type = !quant.uniform<i8:f32, 0.02>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[1.27, 0.03, -1.28], [-0.2, 0.4, 0.6]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// CHECK-LABEL: func.func @integers
// CHECK: %[[S:.*]] = fxp.fully_connected {{.*}} -> tensor<1x2x!quant.uniform<i32:f32, 1.000000e+00>>
// CHECK: fxp.to_integers %[[S]] : {{.*}} -> tensor<1x2xi32>
func.func @integers(%x: tensor<1x3xf32>) -> tensor<1x2xi32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 1.0:3>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[127.0, 3.0, -128.0], [-2.0, 4.0, 5.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "y" {type = !quant.uniform<i32:f32, 1.0>} : tensor<1x2xf32>
  %1 = nn.fake_quantize %0 as !quant.uniform<i32:f32, 1.0> : tensor<1x2xf32>
  fxp.observe %1 "z" {type = !quant.uniform<i32:f32, 1.0>} : tensor<1x2xf32>
  %2 = tosa.cast %1 : (tensor<1x2xf32>) -> tensor<1x2xi32>
  return %2 : tensor<1x2xi32>
}
}
