// RUN: narrow-opt %s --fuse-activations --canonicalize --split-input-file | FileCheck %s

// CHECK-LABEL: @hard_swish
// CHECK-NEXT: nn.unary hard_swish %arg0 {narrow.name = "y"}
// CHECK-NEXT: return
func.func @hard_swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %three = "tosa.const"() {values = dense<3.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %sixth = "tosa.const"() {values = dense<0.16666667> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.add %x, %three : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %c = tosa.mul %x, %b, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
  %d = tosa.mul %c, %sixth, %s {narrow.name = "y"} : (tensor<4xf32>, tensor<1xf32>, tensor<1xi8>) -> tensor<4xf32>
  return %d : tensor<4xf32>
}

// -----

// Behind another elementwise op, which is not part of it.
// CHECK-LABEL: @swish
// CHECK-NEXT: %[[A:.*]] = tosa.abs %arg0
// CHECK-NEXT: nn.unary swish %[[A]] {alpha = 1.000000e+00 : f32}
// CHECK-NEXT: return
func.func @swish(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  %b = tosa.sigmoid %a : (tensor<4xf32>) -> tensor<4xf32>
  %c = tosa.mul %b, %a, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
  return %c : tensor<4xf32>
}

// -----

// CHECK-LABEL: @gelu
// CHECK-NEXT: nn.unary gelu %arg0
// CHECK-NEXT: return
func.func @gelu(%x: tensor<4xf32>) -> tensor<4xf32> {
  %r = "tosa.const"() {values = dense<0.70710678> : tensor<1xf32>} : () -> tensor<1xf32>
  %h = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.mul %x, %r, %s : (tensor<4xf32>, tensor<1xf32>, tensor<1xi8>) -> tensor<4xf32>
  %b = tosa.erf %a : (tensor<4xf32>) -> tensor<4xf32>
  %c = tosa.add %b, %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  %d = tosa.mul %x, %c, %s : (tensor<4xf32>, tensor<4xf32>, tensor<1xi8>) -> tensor<4xf32>
  %e = tosa.mul %d, %h, %s : (tensor<4xf32>, tensor<1xf32>, tensor<1xi8>) -> tensor<4xf32>
  return %e : tensor<4xf32>
}

// -----

// Parameters are found.
// CHECK-LABEL: @leaky
// CHECK-DAG: nn.unary leaky_relu %arg0 {alpha = 1.000000e-01 : f32}
// CHECK-DAG: nn.unary leaky_relu %arg0 {alpha = 2.500000e-01 : f32}
func.func @leaky(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %k = "tosa.const"() {values = dense<0.1> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %q = "tosa.const"() {values = dense<0.25> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.mul %x, %k, %s : (tensor<2x4xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %b = tosa.maximum %x, %a : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %c = nn.prelu %x, %q : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  return %b, %c : tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// Other functions, two values, constants per channel, a ReLU.
// CHECK-LABEL: @left
// CHECK-NOT: nn.unary
func.func @left(%x: tensor<2x4xf32>, %y: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %p = "tosa.const"() {values = dense<[[0.1, 0.2, 0.3, 0.4]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %a = tosa.tanh %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %b = tosa.mul %x, %a, %s : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %c = tosa.sigmoid %y : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %d = tosa.mul %x, %c, %s : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %e = nn.prelu %x, %p : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %f = tosa.clamp %y {min_val = 0.0 : f32, max_val = 1000.0 : f32} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %g = tosa.clamp %f {min_val = 0.0 : f32, max_val = 900.0 : f32} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return %b, %d, %e, %g : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}

// -----

// A magnitude with a bound that keeps a division from 0 is no leaky ReLU of
// slope -1.
// CHECK-LABEL: @bounded_magnitude
// CHECK: tosa.abs
// CHECK: tosa.maximum
func.func @bounded_magnitude(%x: tensor<4xf32>) -> tensor<4xf32> {
  %tiny = "tosa.const"() {values = dense<1.0e-30> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tosa.maximum %0, %tiny : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return %1 : tensor<4xf32>
}
