// Rules N31 to N33, and i64 accumulators.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<u8:f32, 1.0:10>
!w = !quant.uniform<i8:f32, 1.0>
!y = !quant.uniform<i16:f32, 1.0>
!x16 = !quant.uniform<i16:f32, 1.0>

// Inputs 1, 2 (above the zero point), kernel [1, 10, 100] in a row, stride 2:
// positions 0..2 get 1, 10, 100 and positions 2..4 get 2, 20, 200; bias 5.
// CHECK-LABEL: @transposed_conv2d
// CHECK-NEXT: tensor<{{.*}}> [6, 15, 107, 25, 205]
func.func @transposed_conv2d() -> tensor<1x1x5x1x!y> {
  %x = fxp.constant dense<[[[[11], [12]]]]> : tensor<1x1x2x1xi8> -> tensor<1x1x2x1x!x>
  %w = fxp.constant dense<[[[[1], [10], [100]]]]> : tensor<1x1x3x1xi8> -> tensor<1x1x3x1x!w>
  %b = fxp.constant dense<5> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.transposed_conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x1x2x1x!x>, tensor<1x1x3x1x!w>, tensor<1xi32>) -> tensor<1x1x5x1x!y>
  return %y : tensor<1x1x5x1x!y>
}

// The same with the first and the last position cropped, and two groups.
// CHECK-LABEL: @transposed_conv2d_crops
// CHECK-NEXT: tensor<{{.*}}> [10, 30, 102, 306, 20, 60]
func.func @transposed_conv2d_crops() -> tensor<1x1x3x2x!y> {
  %x = fxp.constant dense<[[[[11, 13], [12, 16]]]]> : tensor<1x1x2x2xi8> -> tensor<1x1x2x2x!x>
  %w = fxp.constant dense<[[[[1], [10], [100]]], [[[1], [10], [100]]]]> : tensor<2x1x3x1xi8> -> tensor<2x1x3x1x!w>
  %b = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  %y = fxp.transposed_conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 2>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x1x2x2x!x>, tensor<2x1x3x1x!w>, tensor<2xi32>) -> tensor<1x1x3x2x!y>
  return %y : tensor<1x1x3x2x!y>
}

// Rows [1, 2] and [0 - 10, 255 - 10]: 1*3 - 2*128 + 7 = -246, 1*127 + 2*1 = 129;
// -30 - 245*128 + 7 = -31383, -1270 + 245 = -1025.
// CHECK-LABEL: @fully_connected
// CHECK-NEXT: tensor<{{.*}}> [-246, 129, -31383, -1025]
func.func @fully_connected() -> tensor<1x2x2x!y> {
  %x = fxp.constant dense<[[[11, 12], [0, 255]]]> : tensor<1x2x2xi8> -> tensor<1x2x2x!x>
  %w = fxp.constant dense<[[3, -128], [127, 1]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %b = fxp.constant dense<[7, 0]> : tensor<2xi32> -> tensor<2xi32>
  %y = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]>
    : (tensor<1x2x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x2x!y>
  return %y : tensor<1x2x2x!y>
}

!scaled = !quant.uniform<i16:f32, 1073741824.0>

// 16-bit values need an i64 bias: three times 2^30 leaves i32.
// CHECK-LABEL: @wide_accumulators
// CHECK-NEXT: tensor<{{.*}}> [3]
func.func @wide_accumulators() -> tensor<1x1x!scaled> {
  %x = fxp.constant dense<-32768> : tensor<1x3xi16> -> tensor<1x3x!x16>
  %w = fxp.constant dense<-32768> : tensor<1x3xi16> -> tensor<1x3x!x16>
  %b = fxp.constant dense<0> : tensor<1xi64> -> tensor<1xi64>
  %y = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [30]>
    : (tensor<1x3x!x16>, tensor<1x3x!x16>, tensor<1xi64>) -> tensor<1x1x!scaled>
  return %y : tensor<1x1x!scaled>
}

// Both sides have a zero point: ([1, 2] . [3, 4]) = 11; second batch [-10, 245] . [-10, -10].
// CHECK-LABEL: @matmul
// CHECK-NEXT: tensor<{{.*}}> [11, -2350]
func.func @matmul() -> tensor<2x1x1x!y> {
  %l = fxp.constant dense<[[[11, 12]], [[0, 255]]]> : tensor<2x1x2xi8> -> tensor<2x1x2x!x>
  %r = fxp.constant dense<[[[13], [14]], [[0], [0]]]> : tensor<2x2x1xi8> -> tensor<2x2x1x!x>
  %y = fxp.matmul %l, %r <mode = pow2, shift = [0]> : (tensor<2x1x2x!x>, tensor<2x2x1x!x>) -> tensor<2x1x1x!y>
  return %y : tensor<2x1x1x!y>
}

// Three times 2^30 leaves i32, so that the sums are i64.
// CHECK-LABEL: @long_matmul
// CHECK-NEXT: tensor<{{.*}}> [3]
func.func @long_matmul() -> tensor<1x1x1x!scaled> {
  %l = fxp.constant dense<-32768> : tensor<1x1x3xi16> -> tensor<1x1x3x!x16>
  %r = fxp.constant dense<-32768> : tensor<1x3x1xi16> -> tensor<1x3x1x!x16>
  %y = fxp.matmul %l, %r <mode = pow2, shift = [30]> : (tensor<1x1x3x!x16>, tensor<1x3x1x!x16>) -> tensor<1x1x1x!scaled>
  return %y : tensor<1x1x1x!scaled>
}

// Results of 32 bits are whole accumulators: 200 * 127 + 2147025400 and
// 0 - 2147000000 - 3. Mode f32 keeps 24 bits of them: 84 * 200 + 16760417 = 16777217
// and 16777222 - 3 go to the even neighbour (N22). Beyond the range they saturate.
// CHECK-LABEL: @long_results
// CHECK-NEXT: tensor<{{.*}}> [2147050800, -2147000003]
// CHECK-NEXT: tensor<{{.*}}> [16777216, 16777220]
// CHECK-NEXT: tensor<{{.*}}> [2147483647, -2147483648]
!y32 = !quant.uniform<i32:f32, 1.0>
!y32d = !quant.uniform<i32:f32, 0.5>
func.func @long_results() -> (tensor<2x!y32>, tensor<2x!y32>, tensor<2x!y32d>) {
  %x = fxp.constant dense<[210, 11]> : tensor<2xi8> -> tensor<2x!x>
  %w = fxp.constant dense<[[127, 0], [0, -3]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %b = fxp.constant dense<[2147025400, -2147000000]> : tensor<2xi32> -> tensor<2xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]> : (tensor<2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<2x!y32>
  %v = fxp.constant dense<[[84, 0], [0, -3]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %d = fxp.constant dense<[16760417, 16777222]> : tensor<2xi32> -> tensor<2xi32>
  %1 = fxp.fully_connected %x, %v, %d <mode = f32, multiplier = [1065353216]> : (tensor<2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<2x!y32>
  %2 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [1073741824]> : (tensor<2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<2x!y32d>
  return %0, %1, %2 : tensor<2x!y32>, tensor<2x!y32>, tensor<2x!y32d>
}
