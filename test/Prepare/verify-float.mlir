// RUN: narrow-opt %s --verify-float | FileCheck %s

// CHECK-LABEL: @main
func.func @main(%x: tensor<1x4xf32>) -> tensor<1xi32> {
  fxp.observe %x "x" : tensor<1x4xf32>
  %0 = nn.softmax %x {axis = 1 : i64} : tensor<1x4xf32>
  %1 = tosa.argmax %0 {axis = 1 : i32} : (tensor<1x4xf32>) -> tensor<1xi32>
  return %1 : tensor<1xi32>
}
