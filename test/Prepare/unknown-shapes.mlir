// Passes that are run by themselves leave values of unknown shape alone.
// RUN: narrow-opt %s --hoist-names --normalize-tosa --fuse-softmax --fold-constants \
// RUN:   --strided-slice-to-pool --simplify-movement --propagate-transposes --merge-clamps \
// RUN:   --fuse-activations --fuse-pad --fold-batch-norm --merge-linear-bias \
// RUN:   --insert-observers | FileCheck %s

// CHECK-LABEL: @dynamic
// CHECK: tosa.transpose
// CHECK: tosa.pad
// CHECK: tosa.conv2d
// CHECK: tosa.slice
// CHECK-NOT: fxp.observe %{{.*}}?x
func.func @dynamic(%x: tensor<?x4x?x3xf32>, %w: tensor<4x1x1x3xf32>, %b: tensor<4xf32>) -> tensor<?x?x?x?xf32> {
  %pads = tosa.const_shape {values = dense<[0, 0, 1, 1, 1, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %start = tosa.const_shape {values = dense<0> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<1> : tensor<4xindex>} : () -> !tosa.shape<4>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 1, 3>} : (tensor<?x4x?x3xf32>) -> tensor<?x?x4x3xf32>
  %1 = tosa.pad %0, %pads, %z : (tensor<?x?x4x3xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<?x?x?x3xf32>
  %2 = tosa.conv2d %1, %w, %b, %z, %z {acc_type = f32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<?x?x?x3xf32>, tensor<4x1x1x3xf32>, tensor<4xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<?x?x?x4xf32>
  %3 = tosa.clamp %2 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32>
  %4 = tosa.mul %3, %2, %s : (tensor<?x?x?x4xf32>, tensor<?x?x?x4xf32>, tensor<1xi8>) -> tensor<?x?x?x4xf32>
  %5 = tosa.exp %4 : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x4xf32>
  %6 = tosa.reduce_sum %5 {axis = 3 : i32} : (tensor<?x?x?x4xf32>) -> tensor<?x?x?x1xf32>
  %7 = tosa.reciprocal %6 : (tensor<?x?x?x1xf32>) -> tensor<?x?x?x1xf32>
  %8 = tosa.mul %5, %7, %s : (tensor<?x?x?x4xf32>, tensor<?x?x?x1xf32>, tensor<1xi8>) -> tensor<?x?x?x4xf32>
  %9 = tosa.slice %8, %start, %size : (tensor<?x?x?x4xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<?x?x?x?xf32>
  return %9 : tensor<?x?x?x?xf32>
}

// CHECK-LABEL: @unranked
func.func @unranked(%x: tensor<*xf32>) -> tensor<*xf32> {
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %0 = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<*xf32>) -> tensor<*xf32>
  %1 = tosa.sigmoid %0 : (tensor<*xf32>) -> tensor<*xf32>
  %2 = tosa.mul %0, %1, %s : (tensor<*xf32>, tensor<*xf32>, tensor<1xi8>) -> tensor<*xf32>
  %3 = tosa.transpose %2 {perms = array<i32: 1, 0>} : (tensor<*xf32>) -> tensor<*xf32>
  return %3 : tensor<*xf32>
}

// A scalar has no axes.
// CHECK-LABEL: @scalar
// CHECK: fxp.observe %arg0
func.func @scalar(%x: tensor<f32>) -> tensor<f32> {
  %k = "tosa.const"() {values = dense<2.0> : tensor<f32>} : () -> tensor<f32>
  %0 = tosa.add %x, %k : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %1 = tosa.add %k, %k : (tensor<f32>, tensor<f32>) -> tensor<f32>
  %2 = tosa.maximum %0, %1 : (tensor<f32>, tensor<f32>) -> tensor<f32>
  return %2 : tensor<f32>
}
