// RUN: narrow-opt %s --hoist-names | FileCheck %s

// Through a chain, but not over a name, nor onto a constant.
// CHECK-LABEL: @main
// CHECK: "tosa.const"() <{values = dense<1.000000e+00> : tensor<4x2xf32>}> : ()
// CHECK: tosa.tanh %arg0 {narrow.name = "a"}
// CHECK-NOT: narrow.name = "a"
// CHECK: tosa.exp %{{.*}} {narrow.name = "b"}
// CHECK: tosa.transpose %{{.*}} {narrow.name = "c"
// CHECK: tosa.transpose %{{.*}} {narrow.name = "d"
func.func @main(%x: tensor<2x4xf32>) -> (tensor<4x2xf32>, tensor<2x4xf32>) {
  %s = tosa.const_shape {values = dense<[4, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %k = "tosa.const"() {values = dense<1.0> : tensor<4x2xf32>} : () -> tensor<4x2xf32>
  %0 = tosa.tanh %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %1 = tosa.transpose %0 {perms = array<i32: 1, 0>} : (tensor<2x4xf32>) -> tensor<4x2xf32>
  %2 = tosa.reshape %1, %s {narrow.name = "a"} : (tensor<4x2xf32>, !tosa.shape<2>) -> tensor<4x2xf32>
  %3 = tosa.exp %2 {narrow.name = "b"} : (tensor<4x2xf32>) -> tensor<4x2xf32>
  %4 = tosa.transpose %3 {perms = array<i32: 1, 0>, narrow.name = "c"} : (tensor<4x2xf32>) -> tensor<2x4xf32>
  %5 = tosa.transpose %k {perms = array<i32: 1, 0>, narrow.name = "d"} : (tensor<4x2xf32>) -> tensor<2x4xf32>
  %6 = tosa.add %4, %5 : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return %3, %6 : tensor<4x2xf32>, tensor<2x4xf32>
}
