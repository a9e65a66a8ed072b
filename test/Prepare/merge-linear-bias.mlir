// RUN: narrow-opt %s --merge-linear-bias --split-input-file | FileCheck %s

// ((x W + 0) - [1, 2]) * 2.
// CHECK-LABEL: @behind
// CHECK-DAG: dense<2.000000e+00> : tensor<2x2xf32>
// CHECK-DAG: dense<[-2.000000e+00, -4.000000e+00]> : tensor<2xf32>
// CHECK: nn.linear
// CHECK-NEXT: return
func.func @behind(%x: tensor<3x2xf32>) -> tensor<3x2xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %k = "tosa.const"() {values = dense<[[1.0, 2.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %two = "tosa.const"() {values = dense<2.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %y = nn.linear %x, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %z = tosa.sub %y, %k : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %u = tosa.mul %z, %two, %shift : (tensor<3x2xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<3x2xf32>
  return %u : tensor<3x2xf32>
}

// -----

// A pixel's scale goes into a layer that pads, its offset does not.
// CHECK-LABEL: @before
// CHECK-DAG: dense<2.500000e-01> : tensor<1x1x1x1xf32>
// CHECK: %[[A:.*]] = tosa.add %arg0
// CHECK: nn.conv2d %[[A]]
func.func @before(%x: tensor<1x4x4x1xf32>) -> tensor<1x6x6x1xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %k = "tosa.const"() {values = dense<0.25> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.add %x, %k : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>) -> tensor<1x4x4x1xf32>
  %m = tosa.mul %a, %k, %shift : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x4x4x1xf32>
  %y = nn.conv2d %m, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x6x6x1xf32>
  return %y : tensor<1x6x6x1xf32>
}

// -----

// Not per channel; and not constant.
// CHECK-LABEL: @left
// CHECK: nn.linear
// CHECK: tosa.add
// CHECK: tosa.add
func.func @left(%x: tensor<2x2xf32>, %v: tensor<1x2xf32>) -> tensor<2x2xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %k = "tosa.const"() {values = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %y = nn.linear %x, %w, %b : (tensor<2x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  %z = tosa.add %y, %k : (tensor<2x2xf32>, tensor<2x1xf32>) -> tensor<2x2xf32>
  %u = tosa.add %z, %v : (tensor<2x2xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  return %u : tensor<2x2xf32>
}

// -----

// A large mean is subtracted before the products: a sum that holds both would
// have no bits left for their difference. A small one goes into the bias.
// CHECK-LABEL: @large_mean
// CHECK: %[[B:.*]] = "tosa.const"() <{values = dense<-1.000000e+02> : tensor<1xf32>}>
// CHECK: %[[C:.*]] = tosa.sub %arg0
// CHECK: nn.linear %[[C]]
// CHECK: nn.linear %arg0, %{{.*}}, %[[B]]
func.func @large_mean(%x: tensor<1x2xf32>) -> (tensor<1x1xf32>, tensor<1x1xf32>) {
  %w = "tosa.const"() {values = dense<0.5> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %mean = "tosa.const"() {values = dense<1.7e9> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %middle = "tosa.const"() {values = dense<100.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %c = tosa.sub %x, %mean : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %y = nn.linear %c, %w, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %d = tosa.sub %x, %middle : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %z = nn.linear %d, %w, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %y, %z : tensor<1x1xf32>, tensor<1x1xf32>
}

// -----

// Scales of an input's channels that are further apart than four times, and
// what is left to the input's cast with them; like ones are folded.
// CHECK-LABEL: @unlike_units
// CHECK: %[[C:.*]] = tosa.sub %arg0
// CHECK: %[[Z:.*]] = tosa.mul %[[C]]
// CHECK: nn.linear %[[Z]]
// CHECK: nn.linear %arg0
func.func @unlike_units(%x: tensor<3x2xf32>) -> (tensor<3x2xf32>, tensor<3x2xf32>) {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %k = "tosa.const"() {values = dense<[[1.0, 2.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %s = "tosa.const"() {values = dense<[[1.0, 0.125]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %t = "tosa.const"() {values = dense<[[1.0, 0.5]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %c = tosa.sub %x, %k : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %z = tosa.mul %c, %s, %shift : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xi8>) -> tensor<3x2xf32>
  %y = nn.linear %z, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  %d = tosa.sub %x, %k : (tensor<3x2xf32>, tensor<1x2xf32>) -> tensor<3x2xf32>
  %u = tosa.mul %d, %t, %shift : (tensor<3x2xf32>, tensor<1x2xf32>, tensor<1xi8>) -> tensor<3x2xf32>
  %v = nn.linear %u, %w, %b : (tensor<3x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<3x2xf32>
  return %y, %v : tensor<3x2xf32>, tensor<3x2xf32>
}
