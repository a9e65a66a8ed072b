// RUN: narrow-opt %s --strided-slice-to-pool --split-input-file | FileCheck %s

// Both axes of an NCHW image in one pool.
// CHECK-LABEL: @both
// CHECK: %[[T:.*]] = tosa.transpose %arg0 {perms = array<i32: 0, 2, 3, 1>}
// CHECK: %[[P:.*]] = nn.max_pool2d %[[T]] {{.*}}kernel = array<i64: 1, 1>{{.*}}narrow.name = "y"{{.*}}strides = array<i64: 2, 3>} : tensor<1x4x6x3xf32> -> tensor<1x2x2x3xf32>
// CHECK: tosa.transpose %[[P]] {perms = array<i32: 0, 3, 1, 2>}
// CHECK-NOT: tosa.slice
func.func @both(%x: tensor<1x3x4x6xf32>) -> tensor<1x3x2x2xf32> {
  %s0 = tosa.const_shape {values = dense<0> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s1 = tosa.const_shape {values = dense<[1, 3, 2, 2, 6]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s2 = tosa.const_shape {values = dense<[1, 3, 2, 1, 6]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s3 = tosa.const_shape {values = dense<[1, 3, 2, 6]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %s4 = tosa.const_shape {values = dense<[1, 3, 2, 2, 3]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s5 = tosa.const_shape {values = dense<[1, 3, 2, 2, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s6 = tosa.const_shape {values = dense<[1, 3, 2, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.reshape %x, %s1 : (tensor<1x3x4x6xf32>, !tosa.shape<5>) -> tensor<1x3x2x2x6xf32>
  %1 = tosa.slice %0, %s0, %s2 : (tensor<1x3x2x2x6xf32>, !tosa.shape<5>, !tosa.shape<5>) -> tensor<1x3x2x1x6xf32>
  %2 = tosa.reshape %1, %s3 : (tensor<1x3x2x1x6xf32>, !tosa.shape<4>) -> tensor<1x3x2x6xf32>
  %3 = tosa.reshape %2, %s4 : (tensor<1x3x2x6xf32>, !tosa.shape<5>) -> tensor<1x3x2x2x3xf32>
  %4 = tosa.slice %3, %s0, %s5 : (tensor<1x3x2x2x3xf32>, !tosa.shape<5>, !tosa.shape<5>) -> tensor<1x3x2x2x1xf32>
  %5 = tosa.reshape %4, %s6 {narrow.name = "y"} : (tensor<1x3x2x2x1xf32>, !tosa.shape<4>) -> tensor<1x3x2x2xf32>
  return %5 : tensor<1x3x2x2xf32>
}

// -----

// Height of an NHWC image: nothing to transpose.
// CHECK-LABEL: @nhwc
// CHECK-NEXT: nn.max_pool2d %arg0 {{.*}}strides = array<i64: 2, 1>
// CHECK-NEXT: return
func.func @nhwc(%x: tensor<1x4x6x3xf32>) -> tensor<1x2x6x3xf32> {
  %s0 = tosa.const_shape {values = dense<0> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s1 = tosa.const_shape {values = dense<[1, 2, 2, 6, 3]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s2 = tosa.const_shape {values = dense<[1, 2, 1, 6, 3]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s3 = tosa.const_shape {values = dense<[1, 2, 6, 3]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.reshape %x, %s1 : (tensor<1x4x6x3xf32>, !tosa.shape<5>) -> tensor<1x2x2x6x3xf32>
  %1 = tosa.slice %0, %s0, %s2 : (tensor<1x2x2x6x3xf32>, !tosa.shape<5>, !tosa.shape<5>) -> tensor<1x2x1x6x3xf32>
  %2 = tosa.reshape %1, %s3 : (tensor<1x2x1x6x3xf32>, !tosa.shape<4>) -> tensor<1x2x6x3xf32>
  return %2 : tensor<1x2x6x3xf32>
}

// -----

// From the second element on; and along the batch.
// CHECK-LABEL: @left
// CHECK-NOT: nn.max_pool2d
func.func @left(%x: tensor<4x4x1x1xf32>) -> (tensor<4x2x1x1xf32>, tensor<2x4x1x1xf32>) {
  %s0 = tosa.const_shape {values = dense<[0, 0, 1, 0, 0]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s1 = tosa.const_shape {values = dense<[4, 2, 2, 1, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s2 = tosa.const_shape {values = dense<[4, 2, 1, 1, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %s3 = tosa.const_shape {values = dense<[4, 2, 1, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %0 = tosa.reshape %x, %s1 : (tensor<4x4x1x1xf32>, !tosa.shape<5>) -> tensor<4x2x2x1x1xf32>
  %1 = tosa.slice %0, %s0, %s2 : (tensor<4x2x2x1x1xf32>, !tosa.shape<5>, !tosa.shape<5>) -> tensor<4x2x1x1x1xf32>
  %2 = tosa.reshape %1, %s3 : (tensor<4x2x1x1x1xf32>, !tosa.shape<4>) -> tensor<4x2x1x1xf32>
  %z = tosa.const_shape {values = dense<0> : tensor<5xindex>} : () -> !tosa.shape<5>
  %t1 = tosa.const_shape {values = dense<[2, 2, 4, 1, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %t2 = tosa.const_shape {values = dense<[2, 1, 4, 1, 1]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %t3 = tosa.const_shape {values = dense<[2, 4, 1, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %3 = tosa.reshape %x, %t1 : (tensor<4x4x1x1xf32>, !tosa.shape<5>) -> tensor<2x2x4x1x1xf32>
  %4 = tosa.slice %3, %z, %t2 : (tensor<2x2x4x1x1xf32>, !tosa.shape<5>, !tosa.shape<5>) -> tensor<2x1x4x1x1xf32>
  %5 = tosa.reshape %4, %t3 : (tensor<2x1x4x1x1xf32>, !tosa.shape<4>) -> tensor<2x4x1x1xf32>
  return %2, %5 : tensor<4x2x1x1xf32>, tensor<2x4x1x1xf32>
}
