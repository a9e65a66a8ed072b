// RUN: narrow-opt %s --channels-last-interface | FileCheck %s --check-prefix=ALONE
// RUN: narrow-opt %s --channels-last-interface --channels-last-interface --simplify-movement | FileCheck %s

// ALONE: tosa.transpose %arg0 {perms = array<i32: 0, 3, 1, 2>}

// The observer stays at the argument; matrices are left.
// CHECK: func.func @main(%[[X:.*]]: tensor<1x8x8x3xf32> {narrow.layout = "nhwc", narrow.name = "image"}, %[[M:.*]]: tensor<3x4xf32>)
// CHECK-SAME: -> (tensor<1x8x8x3xf32> {narrow.layout = "nhwc"}, tensor<3x4xf32>)
// CHECK-NEXT: fxp.observe %[[X]] "image"
// CHECK-NEXT: %[[E:.*]] = tosa.exp %[[X]]
// CHECK-NEXT: return %[[E]], %[[M]]
func.func @main(%x: tensor<1x3x8x8xf32> {narrow.name = "image"}, %m: tensor<3x4xf32>) -> (tensor<1x3x8x8xf32>, tensor<3x4xf32>) {
  fxp.observe %x "image" : tensor<1x3x8x8xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  %1 = tosa.exp %0 : (tensor<1x8x8x3xf32>) -> tensor<1x8x8x3xf32>
  %2 = tosa.transpose %1 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x3x8x8xf32>
  return %2, %m : tensor<1x3x8x8xf32>, tensor<3x4xf32>
}
