// RUN: narrow-opt %s --hoist-factors --split-input-file | FileCheck %s

// Scores are scaled behind a reshape and a transpose: the product goes through
// the matmul to the layer that makes one of its sides, else to the smaller side.
// CHECK-LABEL: @scaled_scores
// CHECK: %[[K:.*]] = "tosa.const"() <{values = dense<1.250000e-01> : tensor<1x1x1xf32>}>
// CHECK: %[[L:.*]] = nn.linear %arg0
// CHECK-NEXT: %[[Q:.*]] = tosa.mul %[[L]]
// CHECK-NEXT: %[[M:.*]] = nn.matmul %arg0, %[[Q]]
// CHECK-NEXT: %[[R:.*]] = tosa.reshape %[[M]]
// CHECK-NEXT: %[[Y:.*]] = tosa.transpose %[[R]]
// CHECK-NEXT: %[[S:.*]] = tosa.mul %arg1, %[[K]]
// CHECK-NEXT: %[[Z:.*]] = nn.matmul %arg0, %[[S]]
// CHECK-NEXT: return %[[Y]], %[[Z]]
func.func @scaled_scores(%x: tensor<2x3x3xf32>, %v: tensor<2x3x2xf32>) -> (tensor<1x2x3x3xf32>, tensor<2x3x2xf32>) {
  %w = "tosa.const"() {values = dense<1.0> : tensor<3x3xf32>} : () -> tensor<3x3xf32>
  %o = "tosa.const"() {values = dense<0.0> : tensor<3xf32>} : () -> tensor<3xf32>
  %k = "tosa.const"() {values = dense<0.125> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %l = "tosa.const"() {values = dense<0.125> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 2, 3, 3]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %q = nn.linear %x, %w, %o : (tensor<2x3x3xf32>, tensor<3x3xf32>, tensor<3xf32>) -> tensor<2x3x3xf32>
  %a = nn.matmul %x, %q : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %b = tosa.reshape %a, %shape : (tensor<2x3x3xf32>, !tosa.shape<4>) -> tensor<1x2x3x3xf32>
  %c = tosa.transpose %b {perms = array<i32: 0, 1, 3, 2>} : (tensor<1x2x3x3xf32>) -> tensor<1x2x3x3xf32>
  %y = tosa.mul %c, %k, %shift : (tensor<1x2x3x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x2x3x3xf32>
  %m = nn.matmul %x, %v : (tensor<2x3x3xf32>, tensor<2x3x2xf32>) -> tensor<2x3x2xf32>
  %z = tosa.mul %m, %l, %shift : (tensor<2x3x2xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x3x2xf32>
  return %y, %z : tensor<1x2x3x3xf32>, tensor<2x3x2xf32>
}

// -----

// A negative number, one behind a value that is read twice, and one behind what
// computes no sum stay.
// CHECK-LABEL: @unmoved_factors
// CHECK: %[[A:.*]] = tosa.reshape
// CHECK-NEXT: tosa.mul %[[A]]
// CHECK: %[[B:.*]] = tosa.reshape
// CHECK-NEXT: tosa.mul %[[B]]
// CHECK-NEXT: %[[C:.*]] = tosa.reshape %arg0
// CHECK-NEXT: tosa.mul %[[C]]
func.func @unmoved_factors(%x: tensor<2x3x3xf32>) -> (tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>) {
  %k = "tosa.const"() {values = dense<0.125> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %n = "tosa.const"() {values = dense<-0.125> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 2, 3, 3]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %d = nn.matmul %x, %x : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %e = tosa.reshape %d, %shape : (tensor<2x3x3xf32>, !tosa.shape<4>) -> tensor<1x2x3x3xf32>
  %z = tosa.mul %e, %n, %shift : (tensor<1x2x3x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x2x3x3xf32>
  %f = nn.matmul %x, %x : (tensor<2x3x3xf32>, tensor<2x3x3xf32>) -> tensor<2x3x3xf32>
  %g = tosa.reshape %f, %shape : (tensor<2x3x3xf32>, !tosa.shape<4>) -> tensor<1x2x3x3xf32>
  %u = tosa.mul %g, %k, %shift : (tensor<1x2x3x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x2x3x3xf32>
  %h = tosa.reshape %x, %shape : (tensor<2x3x3xf32>, !tosa.shape<4>) -> tensor<1x2x3x3xf32>
  %v = tosa.mul %h, %k, %shift : (tensor<1x2x3x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x2x3x3xf32>
  return %z, %g, %u, %v : tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>, tensor<1x2x3x3xf32>
}
