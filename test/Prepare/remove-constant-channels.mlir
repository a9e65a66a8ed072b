// RUN: narrow-opt %s --remove-constant-channels=channel-group=1 --split-input-file --verify-diagnostics | FileCheck %s

// A channel of zero weights is its bias, and joins the next one.
// CHECK-LABEL: @constant
// CHECK-DAG: dense<{{\[}}[1.000000e+00, 2.000000e+00]]> : tensor<1x2xf32>
// CHECK-DAG: dense<5.000000e-01> : tensor<1xf32>
// CHECK: nn.linear {{.*}} -> tensor<3x1xf32>
// CHECK-DAG: dense<3.000000e+00> : tensor<1x1xf32>
// CHECK-DAG: dense<8.000000e+00> : tensor<1xf32>
// CHECK: nn.linear {{.*}} : (tensor<3x1xf32>, tensor<1x1xf32>, tensor<1xf32>) -> tensor<3x1xf32>
func.func @constant(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<[[1.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = "tosa.const"() {values = dense<[[3.0, 4.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-remark @below {{removed 1 of 2 channels, which are constant or not read [constant-channels]}}
  %y = nn.linear %x, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}

// -----

// So does one that nothing reads.
// CHECK-LABEL: @unread
// CHECK: nn.linear {{.*}} -> tensor<3x1xf32>
func.func @unread(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = "tosa.const"() {values = dense<[[0.0, 4.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-remark @below {{removed 1 of 2 channels}}
  %y = nn.linear %x, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}

// -----

// What is read twice stays, and so does the constant of a function that is not
// known to the last bit.
// CHECK-LABEL: @twice
// CHECK: nn.linear {{.*}} -> tensor<3x2xf32>
func.func @twice(%x: tensor<3x2xf32>) -> (tensor<3x1xf32>, tensor<3x2xf32>) {
  %w = "tosa.const"() {values = dense<[[1.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, 0.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = "tosa.const"() {values = dense<[[3.0, 4.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = nn.linear %x, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z, %y : tensor<3x1xf32>, tensor<3x2xf32>
}

// -----

// CHECK-LABEL: @function
// CHECK: nn.linear {{.*}} -> tensor<3x2xf32>
func.func @function(%x: tensor<3x2xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<[[1.0, 2.0], [0.0, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, 2.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %v = "tosa.const"() {values = dense<[[3.0, 4.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = nn.linear %x, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %s = nn.unary hard_swish %y : tensor<3x2xf32>
  %z = nn.linear %s, %v, %c : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}
