// RUN: narrow-opt %s --plan-types --plan-weights=requant=f32 --quantize="requant=f32 onnx-runtime=true" --split-input-file 2>/dev/null | FileCheck %s
// RUN: narrow-opt %s --plan-types --plan-weights=requant=f32 --quantize="requant=f32 onnx-runtime=true" --split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=SAID
// RUN: not narrow-opt %s --plan-types --plan-weights --quantize=onnx-runtime=true --split-input-file 2>&1 >/dev/null | FileCheck %s --check-prefix=MODE
// MODE: error: expected requant=f32 with onnx-runtime, found q15

// The noted scale and biases are taken where they are what the reals are: 0.01, although 0.03 would do, and a bias that no f32
// holds. A table is rounded to even.
module attributes {narrow.quantized, narrow.stored_weights = {
    fc = {scales = array<f32: 0.01>, biases = array<f32: 3355.4434>, stored_biases = array<i32: 16777217>, type = si8}}} {
// CHECK: module attributes {narrow.quantized} {
// CHECK-LABEL: func.func @noted
// CHECK: fxp.constant dense<{{\[}}[3, -6, 126]]> : tensor<1x3xi8> -> tensor<1x3x!quant.uniform<i8<-127:127>:f32:0, {0.00999999977{{[0-9]*}}}>>
// CHECK: fxp.constant dense<16777217> : tensor<1xi32>
// CHECK: fxp.fully_connected {{.*}} <mode = f32, multiplier = [{{[0-9]+}}]>
// CHECK: fxp.lookup {{.*}} -> tensor<1x1x!quant.uniform<u8:f32, 1.000000e+02:7>>
// SAID-NOT: 'fc'
func.func @noted(%x: tensor<1x3xf32>) -> tensor<1x1xf32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.019999999552965164:128>} : tensor<1x3xf32>
  %w = "tosa.const"() {values = dense<[[0.03, -0.06, 1.26]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  %b = "tosa.const"() {values = dense<3355.4434> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x3xf32>, tensor<1x3xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("fc")
  fxp.observe %0 "y" {type = !quant.uniform<u8:f32, 50.0:7>} : tensor<1x1xf32>
  %1 = nn.fake_quantize %0 as !quant.uniform<u8:f32, 50.0:7> : tensor<1x1xf32>
  fxp.observe %1 "z" {type = !quant.uniform<u8:f32, 50.0:7>} : tensor<1x1xf32>
  %2 = nn.fake_quantize %1 as !quant.uniform<u8:f32, 100.0:7> : tensor<1x1xf32>
  fxp.observe %2 "r" {type = !quant.uniform<u8:f32, 100.0:7>} : tensor<1x1xf32>
  return %2 : tensor<1x1xf32>
}
}

// -----

// Weights or biases that are no longer what was noted are said, and so is a layer of which nothing is noted.
module attributes {narrow.quantized, narrow.stored_weights = {
    changed = {scales = array<f32: 0.01>, type = si8}, biased = {scales = array<f32: 0.01>, type = si8}}} {
// SAID-DAG: remark: {{.*}}'changed': may be a step away from ONNX Runtime's result: its weights are not those of the model, or do not fit 8 bits [inexact]
// SAID-DAG: remark: {{.*}}'biased': may be a step away from ONNX Runtime's result: its biases are not those of the model [inexact]
// SAID-DAG: remark: {{.*}}'unknown': may be a step away from ONNX Runtime's result: the integers of its constants are not known [inexact]
// SAID-DAG: remark: {{.*}}'unknown': may be a step away from ONNX Runtime's result: a clamp behind it is more than its result's type [inexact]
// CHECK-LABEL: func.func @changed
// CHECK-COUNT-3: fxp.fully_connected {{.*}} <mode = f32
func.func @changed(%x: tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>) {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.02:128>} : tensor<1x2xf32>
  %v = "tosa.const"() {values = dense<[[0.03, 0.015]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.03, -0.06]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %n = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %v, %n : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("changed")
  fxp.observe %0 "c" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x1xf32>
  %1 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("biased")
  fxp.observe %1 "d" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x1xf32>
  %2 = nn.linear %x, %w, %n : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32> loc("unknown")
  %3 = tosa.clamp %2 {min_val = 0.0 : f32, max_val = 1000.0 : f32} : (tensor<1x1xf32>) -> tensor<1x1xf32>
  fxp.observe %3 "e" {type = !quant.uniform<u8:f32, 0.05:7>} : tensor<1x1xf32>
  return %0, %1, %3 : tensor<1x1xf32>, tensor<1x1xf32>, tensor<1x1xf32>
}
}
