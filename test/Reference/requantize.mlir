// Rules N20 to N24, N27 and N28: every mode, ties, and both ends.
// RUN: narrow-interpret %s | FileCheck %s

!u8 = !quant.uniform<u8:f32, 1.0:10>
!i8n = !quant.uniform<i8<-127:127>:f32, 1.0>
!eighth = !quant.uniform<i16:f32, 0.125>
!quarter = !quant.uniform<i16:f32, 0.25>
!half = !quant.uniform<i16:f32, 0.5>
!one = !quant.uniform<i16:f32, 1.0>

// M = 1/8. v = (a + 10 * 8 + 2) >> 2, y = (v * 16384 + 2^14) >> 15 = round(v / 2).
// a = 0: 82 >> 2 = 20: 10; a = -83: v = -1: 0; a = 4: 86 >> 2 = 21, 10.5 up: 11;
// a = 32767: v = 8212, y saturates.
// CHECK-LABEL: @q15
// CHECK-NEXT: tensor<{{.*}}> [10, 0, 11, 255, 0]
func.func @q15() -> tensor<5x!u8> {
  %x = fxp.constant dense<[0, -83, 4, 32767, -32768]> : tensor<5xi16> -> tensor<5x!eighth>
  %y = fxp.requantize %x <mode = q15, multiplier = [16384], shift = [2], offset = [82]> : tensor<5x!eighth> -> tensor<5x!u8>
  return %y : tensor<5x!u8>
}

!small = !quant.uniform<i16:f32, 0.009155273>
!w = !quant.uniform<i8:f32, 1.0>

// The shifted value saturates to 16 bits before the product: 32767 + 100000
// becomes 32767, times 300 / 2^15 = 300, clamped to max = 200; the other end
// becomes -300, clamped to min = 20.
// CHECK-LABEL: @q15_saturates_and_clamps
// CHECK-NEXT: tensor<{{.*}}> [200, 20]
func.func @q15_saturates_and_clamps() -> tensor<2x1x!u8> {
  %x = fxp.constant dense<[[32767], [-32768]]> : tensor<2x1xi16> -> tensor<2x1x!small>
  %w = fxp.constant dense<4> : tensor<1x1xi8> -> tensor<1x1x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.fully_connected %x, %w, %b <mode = q15, multiplier = [300], shift = [0], offset = [1092], min = [20], max = [200]>
    : (tensor<2x1x!small>, tensor<1x1x!w>, tensor<1xi32>) -> tensor<2x1x!u8>
  return %y : tensor<2x1x!u8>
}

// M = 1/2: ties go up, towards plus infinity: 1/2 -> 1, -1/2 -> 0, -3/2 -> -1; plus 10.
// CHECK-LABEL: @q31_ties
// CHECK-NEXT: tensor<{{.*}}> [11, 10, 9, 12, 255, 0]
func.func @q31_ties() -> tensor<6x!u8> {
  %x = fxp.constant dense<[1, -1, -3, 3, 32767, -32768]> : tensor<6xi16> -> tensor<6x!half>
  %y = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [31]> : tensor<6x!half> -> tensor<6x!u8>
  return %y : tensor<6x!u8>
}

// A ratio above 1: m * 2^-s = 2^30 * 2^-28 = 4; the input's zero point is subtracted first.
// CHECK-LABEL: @q31_widens
// CHECK-NEXT: tensor<{{.*}}> [-40, 0, 980]
func.func @q31_widens() -> tensor<3x!quarter> {
  %x = fxp.constant dense<[0, 10, 255]> : tensor<3xi8> -> tensor<3x!u8>
  %y = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [28]> : tensor<3x!u8> -> tensor<3x!quarter>
  return %y : tensor<3x!quarter>
}

// M = 0.5f (bits 0x3f000000): ties go to even: 1/2 -> 0, 3/2 -> 2, 5/2 -> 2, -1/2 -> 0.
// CHECK-LABEL: @f32_ties
// CHECK-NEXT: tensor<{{.*}}> [10, 12, 12, 10, 255, 0]
func.func @f32_ties() -> tensor<6x!u8> {
  %x = fxp.constant dense<[1, 3, 5, -1, 32767, -32768]> : tensor<6xi16> -> tensor<6x!half>
  %y = fxp.requantize %x <mode = f32, multiplier = [1056964608]> : tensor<6x!half> -> tensor<6x!u8>
  return %y : tensor<6x!u8>
}

// (a + 2) >> 2, and a narrow range.
// CHECK-LABEL: @pow2_ties
// CHECK-NEXT: tensor<{{.*}}> [1, 0, 0, 127, -127]
func.func @pow2_ties() -> tensor<5x!i8n> {
  %x = fxp.constant dense<[2, 1, -2, 32767, -32768]> : tensor<5xi16> -> tensor<5x!quarter>
  %y = fxp.requantize %x <mode = pow2, shift = [2]> : tensor<5x!quarter> -> tensor<5x!i8n>
  return %y : tensor<5x!i8n>
}

!per_axis = !quant.uniform<u8:f32:1, {1.0:10, 0.5:20}>

// Channels have a zero point, a multiplier and a bound of their own:
// 7 * 1 + 10 = 17; 7 * 2 + 20 = 34, at most 33; -100: 0, and 20 - 200: at least 5.
// CHECK-LABEL: @per_channel
// CHECK-NEXT: tensor<{{.*}}> [17, 33, 0, 5]
func.func @per_channel() -> tensor<2x2x!per_axis> {
  %x = fxp.constant dense<[[7, 7], [-100, -100]]> : tensor<2x2xi16> -> tensor<2x2x!one>
  %y = fxp.requantize %x <mode = q31, multiplier = [1073741824, 1073741824], shift = [30, 29], min = [0, 5], max = [255, 33]>
    : tensor<2x2x!one> -> tensor<2x2x!per_axis>
  return %y : tensor<2x2x!per_axis>
}

// M = 1/4, rounded at bit 31 of the product first, half away from zero, then half up: 1/4 becomes a half and that
// becomes 1, -1/2 becomes -1; plus 10. q31 gives 10, 10, 10, 11, 9 here.
// CHECK-LABEL: @q31_double
// CHECK-NEXT: tensor<{{.*}}> [11, 10, 9, 11, 9, 255, 0]
func.func @q31_double() -> tensor<7x!u8> {
  %x = fxp.constant dense<[1, -1, -2, 2, -3, 32767, -32768]> : tensor<7xi16> -> tensor<7x!quarter>
  %y = fxp.requantize %x <mode = q31_double, multiplier = [1073741824], shift = [32]> : tensor<7x!quarter> -> tensor<7x!u8>
  return %y : tensor<7x!u8>
}

// Up to a shift of 31 nothing is rounded twice: ties go up as in @q31_ties.
// CHECK-LABEL: @q31_double_short
// CHECK-NEXT: tensor<{{.*}}> [11, 10, 9, 12]
func.func @q31_double_short() -> tensor<4x!u8> {
  %x = fxp.constant dense<[1, -1, -3, 3]> : tensor<4xi16> -> tensor<4x!half>
  %y = fxp.requantize %x <mode = q31_double, multiplier = [1073741824], shift = [31]> : tensor<4x!half> -> tensor<4x!u8>
  return %y : tensor<4x!u8>
}

// Given integers (N28): neither do the types' scales say them, nor need multipliers fill their bits; 0 gives the zero
// point.
// CHECK-LABEL: @given
// CHECK-NEXT: tensor<{{.*}}> [12, 10, 9, 10]
func.func @given() -> tensor<2x2x!u8> {
  %x = fxp.constant dense<[[3, 100], [-2, -100]]> : tensor<2x2xi16> -> tensor<2x2x!one>
  %y = fxp.requantize %x <mode = q31, multiplier = [1, 0], shift = [1, 40], given = true> : tensor<2x2x!one> -> tensor<2x2x!u8>
  return %y : tensor<2x2x!u8>
}
