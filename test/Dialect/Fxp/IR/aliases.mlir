// Lists for many channels stand above a module under names; short ones stay where they are used.
// RUN: narrow-opt %s | FileCheck %s
// RUN: narrow-opt %s | narrow-opt | FileCheck %s

// CHECK: !per_channel = !quant.uniform<i8<-127:127>:f32:0, {5.0{{0*}}e-01,{{.*}}}>

!x = !quant.uniform<u8:f32, 5.0e-01:3>
!y = !quant.uniform<u8:f32, 1.0:3>
!many = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}>
!few = !quant.uniform<i8<-127:127>:f32:0, {0.5, 0.25}>

// CHECK-LABEL: func @many
// CHECK: fxp.constant dense<1> : tensor<9x4xi8> -> tensor<9x4x!per_channel>
// CHECK: fxp.fully_connected %{{.*}}, %{{.*}}, %{{.*}} <mode = q31, {{.*}}> : (tensor<1x4x!quant.uniform<u8:f32, 5.0{{0*}}e-01:3>>, tensor<9x4x!per_channel>, tensor<9xi32>) ->
func.func @many(%x: tensor<1x4x!x>) -> tensor<1x9x!y> {
  %w = fxp.constant dense<1> : tensor<9x4xi8> -> tensor<9x4x!many>
  %b = fxp.constant dense<0> : tensor<9xi32> -> tensor<9xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824, 1073741824], shift = [32, 32, 32, 32, 32, 32, 32, 32, 32]>
    : (tensor<1x4x!x>, tensor<9x4x!many>, tensor<9xi32>) -> tensor<1x9x!y>
  return %0 : tensor<1x9x!y>
}

// CHECK-LABEL: func @few
// CHECK: fxp.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!quant.uniform<
func.func @few() -> tensor<2x4x!few> {
  %w = fxp.constant dense<1> : tensor<2x4xi8> -> tensor<2x4x!few>
  return %w : tensor<2x4x!few>
}
