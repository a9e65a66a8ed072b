// RUN: narrow-interpret %s | FileCheck %s

// N46, by hand.

!x = !quant.uniform<i16<-8:7>:f32, 1.0>
!y = !quant.uniform<i16:f32, 1.0>
!u8 = !quant.uniform<u8:f32, 1.0>

// Segments of four inputs, from -8 on. (10 * 1 + 20 * 3) / 4 = 17.5 is 18, half
// up, as (-30 * 2 + -25 * 2) / 4 = -27.5 is -27; then (-25 * 1 + 110 * 3) / 4.
// CHECK-LABEL: @uniform
// CHECK-NEXT: tensor<{{.*}}> [10, 18, 20, -27, 76]
func.func @uniform() -> tensor<5x!y> {
  %x = fxp.constant dense<[-8, -5, -4, 2, 7]> : tensor<5xi16> -> tensor<5x!x>
  %0 = fxp.interpolate %x dense<[10, 20, -30, -25, 110]> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32} : tensor<5x!x> -> tensor<5x!y>
  return %0 : tensor<5x!y>
}

// One rounding below the binary point, and the ends of a byte: 10.25 and 10.5
// between 41/4 and 43/4; 300 and -1.25 are clamped.
// CHECK-LABEL: @fraction
// CHECK-NEXT: tensor<{{.*}}> [10, 11, 255, 0]
func.func @fraction() -> tensor<4x!u8> {
  %x = fxp.constant dense<[-8, -6, 0, 4]> : tensor<4xi16> -> tensor<4x!x>
  %0 = fxp.interpolate %x dense<[41, 43, 1200, -5, 0]> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 2 : i32} : tensor<4x!x> -> tensor<4x!u8>
  return %0 : tensor<4x!u8>
}

// About -2: above it blocks of 1, 2, 4 and 3 inputs, of which the last two have
// segments of 2 and 8; below it, counted from -3 downwards, 1, 2 and 3 inputs.
// The seven entries above come first, then the four below.
// CHECK-LABEL: @octaves
// CHECK-NEXT: tensor<{{.*}}> [0, 10, 20, 30, 40, 45, 50, 60, -1, -2, -6, -10, -20]
func.func @octaves() -> tensor<13x!y> {
  %x = fxp.constant dense<[-2, -1, 0, 1, 3, 4, 5, 7, -3, -4, -5, -6, -8]> : tensor<13xi16> -> tensor<13x!x>
  %0 = fxp.interpolate %x dense<[0, 10, 20, 30, 40, 50, 90, -1, -2, -10, -30]> : tensor<11xi16>
    {segment_bits = array<i32: 0, 0, 1, 3, 0, 1, 2>, fraction_bits = 0 : i32, origin = -2 : i32, octave_bits = 0 : i64} : tensor<13x!x> -> tensor<13x!y>
  return %0 : tensor<13x!y>
}
