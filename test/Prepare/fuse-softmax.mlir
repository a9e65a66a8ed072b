// RUN: narrow-opt %s --fuse-softmax --split-input-file | FileCheck %s

// As TOSA's front ends write it.
// CHECK-LABEL: @softmax
// CHECK-NOT: tosa.exp
// CHECK: nn.softmax %arg0 {axis = 1 : i64, narrow.name = "y"} : tensor<2x4xf32>
func.func @softmax(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = tosa.reduce_max %x {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %d = tosa.sub %x, %m : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %e = tosa.exp %d : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %t = tosa.reduce_sum %e {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %r = tosa.reciprocal %t : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %y = tosa.mul %e, %r, %s {narrow.name = "y"} : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// CHECK-LABEL: @log_softmax
// CHECK: nn.log_softmax %arg0 {axis = 0 : i64}
func.func @log_softmax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %e = tosa.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %t = tosa.reduce_sum %e {axis = 0 : i32} : (tensor<4xf32>) -> tensor<1xf32>
  %l = tosa.log %t : (tensor<1xf32>) -> tensor<1xf32>
  %y = tosa.sub %x, %l : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// CHECK-LABEL: @log_of_softmax
// CHECK-NEXT: nn.log_softmax %arg0 {axis = 0 : i64}
// CHECK-NEXT: return
func.func @log_of_softmax(%x: tensor<4xf32>) -> tensor<4xf32> {
  %s = nn.softmax %x {axis = 0 : i64} : tensor<4xf32>
  %y = tosa.log %s : (tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}

// -----

// The sum is of something else; the maximum is taken along another axis, so
// that only the exponential is part of the softmax.
// CHECK-LABEL: @left
// CHECK: tosa.exp
// CHECK: tosa.mul
// CHECK: %[[D:.*]] = tosa.sub %arg0
// CHECK: nn.softmax %[[D]] {axis = 1 : i64}
func.func @left(%x: tensor<2x4xf32>, %z: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %e = tosa.exp %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %t = tosa.reduce_sum %z {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %r = tosa.reciprocal %t : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %y = tosa.mul %e, %r, %s : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %m = tosa.reduce_max %x {axis = 0 : i32} : (tensor<2x4xf32>) -> tensor<1x4xf32>
  %d = tosa.sub %x, %m : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %f = tosa.exp %d : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %u = tosa.reduce_sum %f {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %v = tosa.reciprocal %u : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %w = tosa.mul %v, %f, %s : (tensor<2x1xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %y, %w : tensor<2x4xf32>, tensor<2x4xf32>
}
