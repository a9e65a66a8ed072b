// Rule N30.
// RUN: narrow-interpret %s | FileCheck %s

!in = !quant.uniform<u8:f32, 1.0:10>
!w = !quant.uniform<i8<-127:127>:f32, 1.0>
!out = !quant.uniform<i16:f32, 1.0>

// 3x3 of ones over [[11, 12], [13, 14]] (1..4 above the zero point), pad 1:
// every window holds all four: 10.
// CHECK-LABEL: @pads_hold_the_zero_point
// CHECK-NEXT: tensor<{{.*}}> [10, 10, 10, 10]
func.func @pads_hold_the_zero_point() -> tensor<1x2x2x1x!out> {
  %x = fxp.constant dense<[[[[11], [12]], [[13], [14]]]]> : tensor<1x2x2x1xi8> -> tensor<1x2x2x1x!in>
  %w = fxp.constant dense<1> : tensor<1x3x3x1xi8> -> tensor<1x3x3x1x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x2x1x!in>, tensor<1x3x3x1x!w>, tensor<1xi32>) -> tensor<1x2x2x1x!out>
  return %y : tensor<1x2x2x1x!out>
}

// Input 1..16 in rows of four, stride 2, dilation 2, no pads, 2x2 kernel
// [[1, 2], [3, 4]]: 1 + 2*3 + 3*9 + 4*11 = 78; floor((4 - 3) / 2) + 1 = 1.
// CHECK-LABEL: @strides_and_dilations
// CHECK-NEXT: tensor<{{.*}}> [78]
func.func @strides_and_dilations() -> tensor<1x1x1x1x!out> {
  %x = fxp.constant dense<[[[[11], [12], [13], [14]], [[15], [16], [17], [18]], [[19], [20], [21], [22]], [[23], [24], [25], [26]]]]>
    : tensor<1x4x4x1xi8> -> tensor<1x4x4x1x!in>
  %w = fxp.constant dense<[[[[1], [2]], [[3], [4]]]]> : tensor<1x2x2x1xi8> -> tensor<1x2x2x1x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 2, 2>, groups = 1 : i64}
    : (tensor<1x4x4x1x!in>, tensor<1x2x2x1x!w>, tensor<1xi32>) -> tensor<1x1x1x1x!out>
  return %y : tensor<1x1x1x1x!out>
}

!w4 = !quant.uniform<i8:f32:0, {1.0:0, 1.0:1, 1.0:0, 1.0:-2}>

// Two groups of two channels, two outputs each; x - z = [1, 2, 3, 4].
// o0: 5 + 1*1 + 2*2 = 10; o1 (zero point 1): (3-1)*1 + (1-1)*2 = 2;
// o2: 3*-1 + 4*1 = 1; o3 (zero point -2): (0+2)*3 + (0+2)*4 = 14.
// CHECK-LABEL: @groups_and_weight_zero_points
// CHECK-NEXT: tensor<{{.*}}> [10, 2, 1, 14]
func.func @groups_and_weight_zero_points() -> tensor<1x1x1x4x!out> {
  %x = fxp.constant dense<[[[[11, 12, 13, 14]]]]> : tensor<1x1x1x4xi8> -> tensor<1x1x1x4x!in>
  %w = fxp.constant dense<[[[[1, 2]]], [[[3, 1]]], [[[-1, 1]]], [[[0, 0]]]]> : tensor<4x1x1x2xi8> -> tensor<4x1x1x2x!w4>
  %b = fxp.constant dense<[5, 0, 0, 0]> : tensor<4xi32> -> tensor<4xi32>
  %y = fxp.conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x1x1x4x!in>, tensor<4x1x1x2x!w4>, tensor<4xi32>) -> tensor<1x1x1x4x!out>
  return %y : tensor<1x1x1x4x!out>
}

!per_channel = !quant.uniform<u8:f32:3, {1.0:10, 1.0:200}>

// Zero points per input channel: (255 - 10) * 1 + (0 - 200) * 1 = 45.
// CHECK-LABEL: @zero_points_per_input_channel
// CHECK-NEXT: tensor<{{.*}}> [45]
func.func @zero_points_per_input_channel() -> tensor<1x1x1x1x!out> {
  %x = fxp.constant dense<[[[[255, 0]]]]> : tensor<1x1x1x2xi8> -> tensor<1x1x1x2x!per_channel>
  %w = fxp.constant dense<1> : tensor<1x1x1x2xi8> -> tensor<1x1x1x2x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x1x2x!per_channel>, tensor<1x1x1x2x!w>, tensor<1xi32>) -> tensor<1x1x1x1x!out>
  return %y : tensor<1x1x1x1x!out>
}
