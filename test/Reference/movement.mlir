// Rules N50 to N52.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<i8:f32, 1.0:-3>

// CHECK-LABEL: @reshape_and_transpose
// CHECK-NEXT: tensor<3x2x{{.*}}> [1, 2, 3, 4, 5, 6]
// CHECK-NEXT: tensor<3x1x2x{{.*}}> [1, 4, 2, 5, 3, 6]
func.func @reshape_and_transpose() -> (tensor<3x2x!x>, tensor<3x1x2x!x>) {
  %x = fxp.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> -> tensor<2x3x!x>
  %0 = fxp.reshape %x : tensor<2x3x!x> -> tensor<3x2x!x>
  %1 = fxp.reshape %x : tensor<2x3x!x> -> tensor<2x3x1x!x>
  %2 = fxp.transpose %1 {perms = array<i64: 1, 2, 0>} : tensor<2x3x1x!x> -> tensor<3x1x2x!x>
  return %0, %2 : tensor<3x2x!x>, tensor<3x1x2x!x>
}

// Backwards in steps of two.
// CHECK-LABEL: @slice
// CHECK-NEXT: tensor<{{.*}}> [6, 4]
func.func @slice() -> tensor<1x2x!x> {
  %x = fxp.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> -> tensor<2x3x!x>
  %0 = fxp.slice %x {starts = array<i64: 1, 2>, steps = array<i64: 1, -2>} : tensor<2x3x!x> -> tensor<1x2x!x>
  return %0 : tensor<1x2x!x>
}

// CHECK-LABEL: @pad
// CHECK-NEXT: tensor<{{.*}}> [-3, -3, -3, -3, 1, 2]
func.func @pad() -> tensor<2x3x!x> {
  %x = fxp.constant dense<[[1, 2]]> : tensor<1x2xi8> -> tensor<1x2x!x>
  %0 = fxp.pad %x {low = array<i64: 1, 1>, value = -3 : i32} : tensor<1x2x!x> -> tensor<2x3x!x>
  return %0 : tensor<2x3x!x>
}

// CHECK-LABEL: @concat
// CHECK-NEXT: tensor<{{.*}}> [1, 2, 7, 3, 4, 8]
func.func @concat() -> tensor<2x3x!x> {
  %x = fxp.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  %y = fxp.constant dense<[[7], [8]]> : tensor<2x1xi8> -> tensor<2x1x!x>
  %0 = fxp.concat %x, %y {axis = 1 : i64} : (tensor<2x2x!x>, tensor<2x1x!x>) -> tensor<2x3x!x>
  return %0 : tensor<2x3x!x>
}

// CHECK-LABEL: @gather
// CHECK-NEXT: tensor<{{.*}}> [3, 1, 3, 6, 4, 6]
func.func @gather() -> tensor<2x3x!x> {
  %x = fxp.constant dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi8> -> tensor<2x3x!x>
  %0 = fxp.gather %x {indices = array<i64: 2, 0, 2>, axis = 1 : i64} : tensor<2x3x!x> -> tensor<2x3x!x>
  return %0 : tensor<2x3x!x>
}

// Rows at 1/2, columns at 0, 3/4 and 1: (10 + 20)/2 = 15, then
// ((10 * 64 + 30 * 192) + (20 * 64 - 40 * 192)) / 512 = 0; (30 - 40)/2 = -5.
// CHECK-LABEL: @resize_linear
// CHECK-NEXT: tensor<{{.*}}> [15, 0, -5]
func.func @resize_linear() -> tensor<1x1x3x1x!x> {
  %x = fxp.constant dense<[[[[10], [30]], [[20], [-40]]]]> : tensor<1x2x2x1xi8> -> tensor<1x2x2x1x!x>
  %0 = fxp.resize %x {h_taps = array<i32: 0, 1, 128>, w_taps = array<i32: 0, 0, 0, 0, 1, 192, 1, 1, 0>} : tensor<1x2x2x1x!x> -> tensor<1x1x3x1x!x>
  return %0 : tensor<1x1x3x1x!x>
}

// Ties go up: (1 + 2)/2 = 2, (-1 + -2)/2 = -1; nearest copies.
// CHECK-LABEL: @resize_ties
// CHECK-NEXT: tensor<{{.*}}> [2, -1, 1, -1]
func.func @resize_ties() -> tensor<1x1x2x2x!x> {
  %x = fxp.constant dense<[[[[1, -1], [2, -2]]]]> : tensor<1x1x2x2xi8> -> tensor<1x1x2x2x!x>
  %0 = fxp.resize %x {h_taps = array<i32: 0, 0, 0>, w_taps = array<i32: 0, 1, 128, 0, 0, 0>} : tensor<1x1x2x2x!x> -> tensor<1x1x2x2x!x>
  return %0 : tensor<1x1x2x2x!x>
}

// Floats move like stored integers.
// CHECK-LABEL: @floats
// CHECK-NEXT: tensor<{{.*}}> [1.5, 5, 2.5, 6]
func.func @floats() -> tensor<1x4xf32> {
  %x = arith.constant dense<[[1.5, 2.5, 3.5]]> : tensor<1x3xf32>
  %y = arith.constant dense<[[5.0, 6.0]]> : tensor<1x2xf32>
  %0 = fxp.slice %x {starts = array<i64: 0, 0>, steps = array<i64: 1, 1>} : tensor<1x3xf32> -> tensor<1x2xf32>
  %1 = fxp.concat %0, %y {axis = 0 : i64} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<2x2xf32>
  %2 = fxp.transpose %1 {perms = array<i64: 1, 0>} : tensor<2x2xf32> -> tensor<2x2xf32>
  %3 = fxp.reshape %2 : tensor<2x2xf32> -> tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}
