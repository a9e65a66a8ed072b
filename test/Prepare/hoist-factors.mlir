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

// -----

// ReLU of a layer: a positive number for each channel goes to the weights.
// CHECK-LABEL: func @relu
// CHECK: %[[LINEAR:.*]] = nn.linear
// CHECK: %[[PRODUCT:.*]] = tosa.mul %[[LINEAR]], %{{.*}}, %{{.*}} : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
// CHECK: %[[RELU:.*]] = tosa.clamp %[[PRODUCT]] {max_val = 0x7F800000 : f32, min_val = 0.000000e+00 : f32, narrow.name = "scaled"}
// CHECK: return %[[RELU]]
func.func @relu(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>) -> tensor<2x3xf32> {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %f = "tosa.const"() <{values = dense<[[0.5, 2.0, 3.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
  %l = nn.linear %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %r = tosa.clamp %l {min_val = 0.0 : f32, max_val = 0x7F800000 : f32, narrow.name = "r"} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = tosa.mul %r, %f, %shift {narrow.name = "scaled"} : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// A negative number, an upper bound, another reader, no layer.
// CHECK-LABEL: func @no_relu
// CHECK: %[[A:.*]] = tosa.clamp
// CHECK-NEXT: tosa.mul %[[A]]
// CHECK: %[[B:.*]] = tosa.clamp {{.*}}max_val = 6
// CHECK-NEXT: tosa.mul %[[B]]
// CHECK: %[[C:.*]] = tosa.clamp
// CHECK-NEXT: tosa.mul %[[C]]
// CHECK: %[[D:.*]] = tosa.clamp %arg3
// CHECK-NEXT: tosa.mul %[[D]]
func.func @no_relu(%x: tensor<2x4xf32>, %w: tensor<3x4xf32>, %b: tensor<3xf32>, %v: tensor<2x3xf32>)
    -> (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>) {
  %shift = "tosa.const"() <{values = dense<0> : tensor<1xi8>}> : () -> tensor<1xi8>
  %f = "tosa.const"() <{values = dense<[[0.5, 2.0, 3.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
  %n = "tosa.const"() <{values = dense<[[0.5, -2.0, 3.0]]> : tensor<1x3xf32>}> : () -> tensor<1x3xf32>
  %l = nn.linear %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %r = tosa.clamp %l {min_val = 0.0 : f32, max_val = 0x7F800000 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %0 = tosa.mul %r, %n, %shift : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  %m = nn.linear %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %s = tosa.clamp %m {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %1 = tosa.mul %s, %f, %shift : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  %o = nn.linear %x, %w, %b : (tensor<2x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<2x3xf32>
  %t = tosa.clamp %o {min_val = 0.0 : f32, max_val = 0x7F800000 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %2 = tosa.mul %t, %f, %shift : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  %u = tosa.clamp %v {min_val = 0.0 : f32, max_val = 0x7F800000 : f32} : (tensor<2x3xf32>) -> tensor<2x3xf32>
  %3 = tosa.mul %u, %f, %shift : (tensor<2x3xf32>, tensor<1x3xf32>, tensor<1xi8>) -> tensor<2x3xf32>
  return %0, %1, %2, %3, %t : tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>, tensor<2x3xf32>
}
