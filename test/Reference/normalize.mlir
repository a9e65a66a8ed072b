// Rule N45.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<i8:f32, 0.5>
!w = !quant.uniform<i16:f32, 0.001>
!y = !quant.uniform<i8:f32, 0.015625>
!z = !quant.uniform<u8<20:240>:f32, 0.015625:128>

// 64 steps of the result a deviation. 1 to 8: mean 4.5, deviation 2.2913: 1.5275 deviations
// are 97.76 steps, 1.0911 are 69.83, 0.6547 are 41.9, 0.2182 are 13.97. A row of one value is 0,
// one far from seven others sqrt(7) deviations off them: 169.3 steps saturate, the others are 24.19.
// CHECK-LABEL: @rows
// CHECK-NEXT: tensor<{{.*}}> [-98, -70, -42, -14, 14, 42, 70, 98, 0, 0, 0, 0, 0, 0, 0, 0, -24, -24, -24, -24, -24, -24, -24, 127]
func.func @rows() -> tensor<3x8x!y> {
  %x = fxp.constant dense<[[1, 2, 3, 4, 5, 6, 7, 8], [-9, -9, -9, -9, -9, -9, -9, -9], [0, 0, 0, 0, 0, 0, 0, 1]]> : tensor<3x8xi8> -> tensor<3x8x!x>
  %y = fxp.normalize %x scale dense<8192> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 23 : i32} : tensor<3x8x!x> -> tensor<3x8x!y>
  return %y : tensor<3x8x!y>
}

// The same in 16 bits, -20000 to 15000, by products of 64 bits.
// CHECK-LABEL: @wide
// CHECK-NEXT: tensor<{{.*}}> [-98, -70, -42, -14, 14, 42, 70, 98]
func.func @wide() -> tensor<1x8x!y> {
  %x = fxp.constant dense<[[-20000, -15000, -10000, -5000, 0, 5000, 10000, 15000]]> : tensor<1x8xi16> -> tensor<1x8x!w>
  %y = fxp.normalize %x scale dense<8192> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 16 : i32, shift = 23 : i32} : tensor<1x8x!w> -> tensor<1x8x!y>
  return %y : tensor<1x8x!y>
}

!long = !quant.uniform<i22:f32, 0.001>

// The same in 22 bits: -2000000 to 1500000, shifted by 8.
// CHECK-LABEL: @long
// CHECK-NEXT: tensor<{{.*}}> [-98, -70, -42, -14, 14, 42, 70, 98]
func.func @long() -> tensor<1x8x!y> {
  %x = fxp.constant dense<[[-2000000, -1500000, -1000000, -500000, 0, 500000, 1000000, 1500000]]> : tensor<1x8xi32> -> tensor<1x8x!long>
  %y = fxp.normalize %x scale dense<8192> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 8 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 16 : i32, shift = 23 : i32} : tensor<1x8x!long> -> tensor<1x8x!y>
  return %y : tensor<1x8x!y>
}

// Columns, a scale and an offset each: means 2 and 0, deviations 1.633 and 0; 78.38 times 1/2,
// and 10 steps more on the first, -20 on the second; zero point 128, bounds 20 and 240.
// CHECK-LABEL: @columns
// CHECK-NEXT: tensor<{{.*}}> [99, 108, 138, 108, 177, 108]
func.func @columns() -> tensor<3x2x!z> {
  %x = fxp.constant dense<[[0, 0], [2, 0], [4, 0]]> : tensor<3x2xi8> -> tensor<3x2x!x>
  %y = fxp.normalize %x scale dense<[[4096, 8192]]> : tensor<1x2xi32> offset dense<[[83886080, -167772160]]> : tensor<1x2xi64>
    {axes = array<i64: 0>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 23 : i32} : tensor<3x2x!x> -> tensor<3x2x!z>
  return %y : tensor<3x2x!z>
}

// No mean: the root of the mean square of 3 and 4 is 3.5355: 54.31 and 72.41 steps. With an epsilon
// of 4 * 12.5 (800 / 2^4), as much again, they are 38.4 and 51.2. Zeros are zeros.
// CHECK-LABEL: @root_mean_square
// CHECK-NEXT: tensor<{{.*}}> [54, 72, 0, 0]
// CHECK-NEXT: tensor<{{.*}}> [38, -51, 0, 0]
func.func @root_mean_square() -> (tensor<2x2x!y>, tensor<2x2x!y>) {
  %a = fxp.constant dense<[[3, 4], [0, 0]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  %0 = fxp.normalize %a scale dense<4096> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 17 : i32, shift = 23 : i32} : tensor<2x2x!x> -> tensor<2x2x!y>
  %b = fxp.constant dense<[[3, -4], [0, 0]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  %1 = fxp.normalize %b scale dense<4096> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 800 : i64, spread_shift = 4 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 17 : i32, shift = 23 : i32} : tensor<2x2x!x> -> tensor<2x2x!y>
  return %0, %1 : tensor<2x2x!y>, tensor<2x2x!y>
}
