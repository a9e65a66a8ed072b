// Rules N60 to N63.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<u8:f32, 1.0:10>
!c = !quant.uniform<u8:f32:3, {1.0:10, 0.5:20}>

// 3x3, windows of 2 with stride 2 and ceil sizes: the rim holds fewer positions.
// CHECK-LABEL: @max_pool2d
// CHECK-NEXT: tensor<{{.*}}> [15, 16, 18, 255]
func.func @max_pool2d() -> tensor<1x2x2x1x!x> {
  %x = fxp.constant dense<[[[[11], [12], [13]], [[14], [15], [16]], [[17], [18], [-1]]]]> : tensor<1x3x3x1xi8> -> tensor<1x3x3x1x!x>
  %y = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x3x3x1x!x> -> tensor<1x2x2x1x!x>
  return %y : tensor<1x2x2x1x!x>
}

// Pads do not take part, not even where all values lie below the zero point;
// dilation 2 reads both ends.
// CHECK-LABEL: @max_pool2d_pads
// CHECK-NEXT: tensor<{{.*}}> [3, 4, 3]
func.func @max_pool2d_pads() -> tensor<1x1x3x1x!x> {
  %x = fxp.constant dense<[[[[4], [3], [2]]]]> : tensor<1x1x3x1xi8> -> tensor<1x1x3x1x!x>
  %y = fxp.max_pool2d %x {kernel = array<i64: 1, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 2>}
    : tensor<1x1x3x1x!x> -> tensor<1x1x3x1x!x>
  return %y : tensor<1x1x3x1x!x>
}

// Sums above the zero point: 1 + 2 + 4 + 5 = 12 of four, 3 + 6 = 9 of two,
// 7 + 8 = 15 of two, 9 of one: 3, 4.5 up, 7.5 up, 9.
// CHECK-LABEL: @avg_pool2d
// CHECK-NEXT: tensor<{{.*}}> [13, 15, 18, 19]
// CHECK-NEXT: tensor<{{.*}}> [13, 12, 14, 12]
func.func @avg_pool2d() -> (tensor<1x2x2x1x!x>, tensor<1x2x2x1x!x>) {
  %x = fxp.constant dense<[[[[11], [12], [13]], [[14], [15], [16]], [[17], [18], [19]]]]> : tensor<1x3x3x1xi8> -> tensor<1x3x3x1x!x>
  %y = fxp.avg_pool2d %x <mode = pow2, shift = [2, 1, 0]>
    {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4, 2, 1>}
    : tensor<1x3x3x1x!x> -> tensor<1x2x2x1x!x>
  // One count for all: what lies outside counts as zero. 12/4, 9/4, 15/4, 9/4.
  %z = fxp.avg_pool2d %x <mode = pow2, shift = [2]>
    {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, counts = array<i64: 4>}
    : tensor<1x3x3x1x!x> -> tensor<1x2x2x1x!x>
  return %y, %z : tensor<1x2x2x1x!x>, tensor<1x2x2x1x!x>
}

// CHECK-LABEL: @reduce_sum
// CHECK-NEXT: tensor<{{.*}}> [16, 0]
// CHECK-NEXT: tensor<{{.*}}> [13, 2]
func.func @reduce_sum() -> (tensor<2x1x!x>, tensor<2x1x!x>) {
  %x = fxp.constant dense<[[11, 15], [0, 3]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  // 1 + 5 = 6; -10 - 7 = -17, below the range.
  %y = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 1 : i64} : tensor<2x2x!x> -> tensor<2x1x!x>
  // The mean: 3; -8.5 up to -8.
  %z = fxp.reduce_sum %x <mode = pow2, shift = [1]> {axis = 1 : i64, divisor = 2 : i64} : tensor<2x2x!x> -> tensor<2x1x!x>
  return %y, %z : tensor<2x1x!x>, tensor<2x1x!x>
}

// Each channel has its own zero point: (15 - 10) + (11 - 10) = 6, (22 - 20) + (24 - 20) = 6.
// CHECK-LABEL: @reduce_sum_per_channel
// CHECK-NEXT: tensor<{{.*}}> [16, 26]
func.func @reduce_sum_per_channel() -> tensor<1x1x1x2x!c> {
  %x = fxp.constant dense<[[[[15, 22], [11, 24]]]]> : tensor<1x1x2x2xi8> -> tensor<1x1x2x2x!c>
  %y = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 2 : i64} : tensor<1x1x2x2x!c> -> tensor<1x1x1x2x!c>
  return %y : tensor<1x1x1x2x!c>
}

// CHECK-LABEL: @reduce_max
// CHECK-NEXT: tensor<{{.*}}> [11, 255]
func.func @reduce_max() -> tensor<1x2x!x> {
  %x = fxp.constant dense<[[11, 15], [0, -1]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  %y = fxp.reduce_max %x {axis = 0 : i64} : tensor<2x2x!x> -> tensor<1x2x!x>
  return %y : tensor<1x2x!x>
}
