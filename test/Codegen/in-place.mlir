// RUN: narrow-check-kernels %s | FileCheck %s
// Parts of tensors that lie in the whole's buffer; which do is tested with the
// memory plan.
// CHECK: every output equals the interpreter's

!x = !quant.uniform<u8:f32, 0.05:128>
!y = !quant.uniform<u8:f32, 0.0512:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// A dense network: each convolution reads and extends one buffer, whose halo is
// filled once.
func.func @dense_block(%x: tensor<1x5x6x4x!x>) -> tensor<1x5x6x20x!x> {
  %w1 = fxp.constant dense<17> : tensor<8x3x3x4xi8> -> tensor<8x3x3x4x!w>
  %b1 = fxp.constant dense<[-900, 300, 0, 1000, -7, 70, 700, -700]> : tensor<8xi32> -> tensor<8xi32>
  %w2 = fxp.constant dense<-9> : tensor<8x3x3x12xi8> -> tensor<8x3x3x12x!w>
  %b2 = fxp.constant dense<[900, 300, 0, 1000, -7, 70, -700, 700]> : tensor<8xi32> -> tensor<8xi32>
  %a = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [30]> : tensor<1x5x6x4x!x> -> tensor<1x5x6x4x!x>
  %c1 = fxp.conv2d %a, %w1, %b1 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x6x4x!x>, tensor<8x3x3x4x!w>, tensor<8xi32>) -> tensor<1x5x6x8x!x>
  %d1 = fxp.concat %a, %c1 {axis = 3 : i64} : (tensor<1x5x6x4x!x>, tensor<1x5x6x8x!x>) -> tensor<1x5x6x12x!x>
  %c2 = fxp.conv2d %d1, %w2, %b2 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x6x12x!x>, tensor<8x3x3x12x!w>, tensor<8xi32>) -> tensor<1x5x6x8x!x>
  %d2 = fxp.concat %d1, %c2 {axis = 3 : i64} : (tensor<1x5x6x12x!x>, tensor<1x5x6x8x!x>) -> tensor<1x5x6x20x!x>
  return %d2 : tensor<1x5x6x20x!x>
}

// One half goes through a depthwise convolution, the other past it; an operand
// that is used twice is copied.
func.func @split_and_shuffle(%x: tensor<1x6x7x32x!x>) -> tensor<1x6x7x48x!x> {
  %w = fxp.constant dense<31> : tensor<16x3x3x1xi8> -> tensor<16x3x3x1x!w>
  %b = fxp.constant dense<77> : tensor<16xi32> -> tensor<16xi32>
  %m = fxp.max %x, %x {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32, min = 120 : i32}
    : (tensor<1x6x7x32x!x>, tensor<1x6x7x32x!x>) -> tensor<1x6x7x32x!x>
  %s0 = fxp.slice %m {starts = array<i64: 0, 0, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x6x7x32x!x> -> tensor<1x6x7x16x!x>
  %s1 = fxp.slice %m {starts = array<i64: 0, 0, 0, 16>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x6x7x32x!x> -> tensor<1x6x7x16x!x>
  %c = fxp.conv2d %s1, %w, %b <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 16 : i64}
    : (tensor<1x6x7x16x!x>, tensor<16x3x3x1x!w>, tensor<16xi32>) -> tensor<1x6x7x16x!x>
  %d = fxp.concat %s0, %c, %s0 {axis = 3 : i64} : (tensor<1x6x7x16x!x>, tensor<1x6x7x16x!x>, tensor<1x6x7x16x!x>) -> tensor<1x6x7x48x!x>
  return %d : tensor<1x6x7x48x!x>
}

// Rows of boxes from two maps, through reshapes; rows and columns cut off.
func.func @boxes(%x: tensor<1x4x4x6x!x>, %y: tensor<1x3x3x6x!x>) -> (tensor<1x50x3x!x>, tensor<1x2x3x6x!x>) {
  %a = fxp.max %x, %x {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32, min = 120 : i32}
    : (tensor<1x4x4x6x!x>, tensor<1x4x4x6x!x>) -> tensor<1x4x4x6x!x>
  %b = fxp.max %y, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32, max = 140 : i32}
    : (tensor<1x3x3x6x!x>, tensor<1x3x3x6x!x>) -> tensor<1x3x3x6x!x>
  %ra = fxp.reshape %a : tensor<1x4x4x6x!x> -> tensor<1x32x3x!x>
  %rb = fxp.reshape %b : tensor<1x3x3x6x!x> -> tensor<1x18x3x!x>
  %c = fxp.concat %ra, %rb {axis = 1 : i64} : (tensor<1x32x3x!x>, tensor<1x18x3x!x>) -> tensor<1x50x3x!x>
  %s = fxp.slice %a {starts = array<i64: 0, 1, 1, 0>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x4x4x6x!x> -> tensor<1x2x3x6x!x>
  %t = fxp.add %s, %s {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x2x3x6x!x>, tensor<1x2x3x6x!x>) -> tensor<1x2x3x6x!x>
  return %c, %t : tensor<1x50x3x!x>, tensor<1x2x3x6x!x>
}

// Images and constants beside what is computed.
func.func @mixed(%x: tensor<2x3x3x5x!x>) -> tensor<2x3x3x9x!x> {
  %k = fxp.constant dense<-56> : tensor<2x3x3x2xi8> -> tensor<2x3x3x2x!x>
  %p = fxp.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : tensor<2x3x3x5x!x> -> tensor<2x3x3x5x!x>
  %s = fxp.slice %x {starts = array<i64: 0, 0, 0, 3>, steps = array<i64: 1, 1, 1, 1>} : tensor<2x3x3x5x!x> -> tensor<2x3x3x2x!x>
  %c = fxp.concat %s, %p, %k {axis = 3 : i64} : (tensor<2x3x3x2x!x>, tensor<2x3x3x5x!x>, tensor<2x3x3x2x!x>) -> tensor<2x3x3x9x!x>
  return %c : tensor<2x3x3x9x!x>
}
