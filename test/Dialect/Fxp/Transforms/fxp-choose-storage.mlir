// RUN: narrow-opt %s --fxp-choose-storage | FileCheck %s

!x = !quant.uniform<u8:f32, 0.1>
!w = !quant.uniform<i8:f32, 0.1>
!z = !quant.uniform<i8:f32, 0.1:1>

// The narrowest code that holds all weights of a layer.
// CHECK-LABEL: func @linear
func.func @linear(%x: tensor<1x2x!x>) -> (tensor<1x2x!x>, tensor<1x2x!x>, tensor<1x2x!x>) {
  %b = fxp.constant dense<5> : tensor<2xi32> -> tensor<2xi32>
  // CHECK: fxp.constant dense<{{.*}}-2, 1], [0, -1{{.*}} {storage = #fxp.storage<i2>}
  %two = fxp.constant dense<[[-2, 1], [0, -1]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %0 = fxp.fully_connected %x, %two, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  // CHECK: fxp.constant dense<{{.*}}-8, 7], [0, 2{{.*}} {storage = #fxp.storage<i4>}
  %four = fxp.constant dense<[[-8, 7], [0, 2]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %1 = fxp.fully_connected %x, %four, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  // One weight too large.
  // CHECK: fxp.constant dense<{{.*}}-8, 8], [0, 2{{.*}}tensor<2x2x!quant.uniform<i8:f32, 1.000000e-01>>{{$}}
  %eight = fxp.constant dense<[[-8, 8], [0, 2]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %2 = fxp.fully_connected %x, %eight, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  return %0, %1, %2 : tensor<1x2x!x>, tensor<1x2x!x>, tensor<1x2x!x>
}

// What is named stays, and so do weights with a zero point and constants that others read.
// CHECK-LABEL: func @not
func.func @not(%x: tensor<1x2x!x>) -> (tensor<1x2x!x>, tensor<1x2x!x>, tensor<1x2x!x>, tensor<2x2x!w>) {
  %b = fxp.constant dense<5> : tensor<2xi32> -> tensor<2xi32>
  // CHECK: fxp.constant dense<1> {{.*}} {storage = #fxp.storage<i8>}
  %named = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!w> {storage = #fxp.storage<i8>}
  %0 = fxp.fully_connected %x, %named, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  // CHECK-NOT: storage
  %zero = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!z>
  %1 = fxp.fully_connected %x, %zero, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!z>, tensor<2xi32>) -> tensor<1x2x!x>
  %read = fxp.constant dense<0> : tensor<2x2xi8> -> tensor<2x2x!w>
  %2 = fxp.fully_connected %x, %read, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  return %0, %1, %2, %read : tensor<1x2x!x>, tensor<1x2x!x>, tensor<1x2x!x>, tensor<2x2x!w>
}
