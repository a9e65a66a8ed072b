// RUN: narrow-opt %s --canonicalize | FileCheck %s

!a = !quant.uniform<u8:f32, 0.5:3>
!b = !quant.uniform<u8:f32, 1.0:3>

// CHECK-LABEL: func @reshapes
// CHECK-NEXT: %[[R:.*]] = fxp.reshape %arg0 : tensor<2x6x{{.*}}> -> tensor<3x4x{{.*}}>
// CHECK-NEXT: return %[[R]], %arg0
func.func @reshapes(%x: tensor<2x6x!a>) -> (tensor<3x4x!a>, tensor<2x6x!a>) {
  %0 = fxp.reshape %x : tensor<2x6x!a> -> tensor<12x!a>
  %1 = fxp.reshape %0 : tensor<12x!a> -> tensor<3x4x!a>
  %2 = fxp.reshape %0 : tensor<12x!a> -> tensor<2x6x!a>
  return %1, %2 : tensor<3x4x!a>, tensor<2x6x!a>
}

// CHECK-LABEL: func @transposes
// CHECK-NEXT: %[[T:.*]] = fxp.transpose %arg0 {perms = array<i64: 2, 0, 1>}
// CHECK-NEXT: return %arg0, %[[T]]
func.func @transposes(%x: tensor<2x3x4x!a>) -> (tensor<2x3x4x!a>, tensor<4x2x3x!a>) {
  %0 = fxp.transpose %x {perms = array<i64: 1, 2, 0>} : tensor<2x3x4x!a> -> tensor<3x4x2x!a>
  %1 = fxp.transpose %0 {perms = array<i64: 2, 0, 1>} : tensor<3x4x2x!a> -> tensor<2x3x4x!a>
  %2 = fxp.transpose %0 {perms = array<i64: 1, 2, 0>} : tensor<3x4x2x!a> -> tensor<4x2x3x!a>
  return %1, %2 : tensor<2x3x4x!a>, tensor<4x2x3x!a>
}

// CHECK-LABEL: func @transpose_of_ones
// CHECK-NEXT: fxp.reshape %arg0
// CHECK-NEXT: return
func.func @transpose_of_ones(%x: tensor<1x1x1x4x!a>) -> tensor<1x4x1x1x!a> {
  %0 = fxp.transpose %x {perms = array<i64: 0, 3, 1, 2>} : tensor<1x1x1x4x!a> -> tensor<1x4x1x1x!a>
  return %0 : tensor<1x4x1x1x!a>
}

// CHECK-LABEL: func @nothing_changes
// CHECK-NEXT: return %arg0
func.func @nothing_changes(%x: tensor<1x2x2x2x!a>) -> tensor<1x2x2x2x!a> {
  %0 = fxp.slice %x {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %1 = fxp.pad %0 {low = array<i64: 0, 0, 0, 0>, value = 3 : i32} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %2 = fxp.concat %1 {axis = 1 : i64} : (tensor<1x2x2x2x!a>) -> tensor<1x2x2x2x!a>
  %3 = fxp.gather %2 {indices = array<i64: 0, 1>, axis = 2 : i64} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %4 = fxp.max_pool2d %3 {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %5 = fxp.reduce_max %4 {axis = 0 : i64} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %6 = fxp.requantize %5 <mode = q31, multiplier = [1073741824], shift = [30], min = [0]> : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %7 = fxp.requantize %6 <mode = pow2, shift = [0]> : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  return %7 : tensor<1x2x2x2x!a>
}

// These look alike but do something.
// CHECK-LABEL: func @something_changes
// CHECK-NEXT: fxp.slice
// CHECK-NEXT: fxp.gather
// CHECK-NEXT: fxp.requantize
// CHECK-NEXT: fxp.requantize
// CHECK-NEXT: fxp.max_pool2d
// CHECK-NEXT: return
func.func @something_changes(%x: tensor<1x2x2x2x!a>) -> tensor<1x2x2x2x!b> {
  %0 = fxp.slice %x {starts = array<i64: 0, 0, 0, 1>, steps = array<i64: 1, 1, 1, -1>} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %1 = fxp.gather %0 {indices = array<i64: 1, 0>, axis = 2 : i64} : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %2 = fxp.requantize %1 <mode = pow2, shift = [0], min = [3]> : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!a>
  %3 = fxp.requantize %2 <mode = pow2, shift = [1]> : tensor<1x2x2x2x!a> -> tensor<1x2x2x2x!b>
  %4 = fxp.max_pool2d %3 {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 1, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x2x2x2x!b> -> tensor<1x2x2x2x!b>
  return %4 : tensor<1x2x2x2x!b>
}

// Equal constants of different types stay two.
// CHECK-LABEL: func @constants
// CHECK-DAG: fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!quant.uniform<u8:f32, 5.000000e-01:3>>
// CHECK-DAG: fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!quant.uniform<u8:f32, 1.000000e+00:3>>
// CHECK-NOT: fxp.constant
func.func @constants() -> (tensor<2x!a>, tensor<2x!b>, tensor<2x!b>) {
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!a>
  %1 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!b>
  %2 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!b>
  return %0, %1, %2 : tensor<2x!a>, tensor<2x!b>, tensor<2x!b>
}
