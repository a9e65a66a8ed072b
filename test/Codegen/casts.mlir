// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>
!i8 = !quant.uniform<i8:f32, 0.03:-5>
!w8 = !quant.uniform<i8:f32, 0.064:-5>
!i16 = !quant.uniform<i16:f32, 0.001>
!u7 = !quant.uniform<u8<3:99>:f32, 0.05:40>
!z8 = !quant.uniform<u8:f32, 0.01>
!s8 = !quant.uniform<u8:f32, 0.128:131>
!s4 = !quant.uniform<i4:f32, 0.16:-8>

func.func @quantize_u8(%x: tensor<3x37xf32>) -> tensor<3x37x!u8> {
  %0 = fxp.quantize %x : tensor<3x37xf32> -> tensor<3x37x!u8>
  return %0 : tensor<3x37x!u8>
}
func.func @quantize_i16(%x: tensor<200xf32>) -> tensor<200x!i16> {
  %0 = fxp.quantize %x : tensor<200xf32> -> tensor<200x!i16>
  return %0 : tensor<200x!i16>
}
func.func @dequantize(%x: tensor<1x5x3x7x!i8>, %y: tensor<19x!i16>) -> (tensor<1x5x3x7xf32>, tensor<19xf32>) {
  %0 = fxp.dequantize %x : tensor<1x5x3x7x!i8> -> tensor<1x5x3x7xf32>
  %1 = fxp.dequantize %y : tensor<19x!i16> -> tensor<19xf32>
  return %0, %1 : tensor<1x5x3x7xf32>, tensor<19xf32>
}
func.func @requantize_q15(%x: tensor<1x4x4x13x!u8>) -> tensor<1x4x4x13x!w8> {
  %0 = fxp.requantize %x <mode = q15, multiplier = [25600], shift = [0], offset = [-6]> : tensor<1x4x4x13x!u8> -> tensor<1x4x4x13x!w8>
  return %0 : tensor<1x4x4x13x!w8>
}
func.func @requantize_q31(%x: tensor<77x!i16>) -> tensor<77x!u8> {
  %0 = fxp.requantize %x <mode = q31, multiplier = [1374389535], shift = [36]> : tensor<77x!i16> -> tensor<77x!u8>
  return %0 : tensor<77x!u8>
}
// Fewer bits of a wide value, by a rounding shift: of all 16 bits, and from a
// zero point far from 0.
func.func @requantize_pow2(%x: tensor<1x4x4x13x!i16>, %y: tensor<77x!z8>) -> (tensor<1x4x4x13x!s8>, tensor<77x!s4>) {
  %0 = fxp.requantize %x <mode = pow2, shift = [7]> : tensor<1x4x4x13x!i16> -> tensor<1x4x4x13x!s8>
  %1 = fxp.requantize %y <mode = pow2, shift = [4], max = [5]> : tensor<77x!z8> -> tensor<77x!s4>
  return %0, %1 : tensor<1x4x4x13x!s8>, tensor<77x!s4>
}
// Pixels from planes of floats: two, three and four planes; signed, a narrow
// range, a zero point that is the lowest integer.
func.func @pixels(%x: tensor<2x2x3x37xf32>, %y: tensor<1x3x17x16xf32>, %z: tensor<1x4x2x50xf32>)
    -> (tensor<2x3x37x2x!i8>, tensor<1x17x16x3x!u8>, tensor<1x2x50x4x!u7>) {
  %0 = fxp.quantize %x : tensor<2x2x3x37xf32> -> tensor<2x2x3x37x!i8>
  %1 = fxp.transpose %0 {perms = array<i64: 0, 2, 3, 1>} : tensor<2x2x3x37x!i8> -> tensor<2x3x37x2x!i8>
  %2 = fxp.quantize %y : tensor<1x3x17x16xf32> -> tensor<1x3x17x16x!u8>
  %3 = fxp.transpose %2 {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x17x16x!u8> -> tensor<1x17x16x3x!u8>
  %4 = fxp.quantize %z : tensor<1x4x2x50xf32> -> tensor<1x4x2x50x!u7>
  %5 = fxp.transpose %4 {perms = array<i64: 0, 2, 3, 1>} : tensor<1x4x2x50x!u7> -> tensor<1x2x50x4x!u7>
  return %1, %3, %5 : tensor<2x3x37x2x!i8>, tensor<1x17x16x3x!u8>, tensor<1x2x50x4x!u7>
}
func.func @zero_at_the_rim(%x: tensor<1x3x5x21xf32>, %y: tensor<301xf32>) -> (tensor<1x5x21x3x!z8>, tensor<301x!z8>) {
  %0 = fxp.quantize %x : tensor<1x3x5x21xf32> -> tensor<1x3x5x21x!z8>
  %1 = fxp.transpose %0 {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x5x21x!z8> -> tensor<1x5x21x3x!z8>
  %2 = fxp.quantize %y : tensor<301xf32> -> tensor<301x!z8>
  return %1, %2 : tensor<1x5x21x3x!z8>, tensor<301x!z8>
}
func.func @to_integers(%x: tensor<1x5x3x7x!i8>, %y: tensor<3x37x!u8>, %z: tensor<70x!i16>)
    -> (tensor<1x5x3x7xi8>, tensor<1x5x3x7xi64>, tensor<3x37xi8>, tensor<3x37xi16>, tensor<3x37xi32>, tensor<70xi32>) {
  %0 = fxp.to_integers %x : tensor<1x5x3x7x!i8> -> tensor<1x5x3x7xi8>
  %1 = fxp.to_integers %x : tensor<1x5x3x7x!i8> -> tensor<1x5x3x7xi64>
  %2 = fxp.to_integers %y : tensor<3x37x!u8> -> tensor<3x37xi8>
  %3 = fxp.to_integers %y : tensor<3x37x!u8> -> tensor<3x37xi16>
  %4 = fxp.to_integers %y : tensor<3x37x!u8> -> tensor<3x37xi32>
  %5 = fxp.to_integers %z : tensor<70x!i16> -> tensor<70xi32>
  return %0, %1, %2, %3, %4, %5 : tensor<1x5x3x7xi8>, tensor<1x5x3x7xi64>, tensor<3x37xi8>, tensor<3x37xi16>, tensor<3x37xi32>, tensor<70xi32>
}
func.func @from_integers(%a: tensor<91xi8>, %b: tensor<91xi16>, %c: tensor<91xi32>, %d: tensor<91xi64>)
    -> (tensor<91x!u8>, tensor<91x!u7>, tensor<91x!i8>, tensor<91x!i16>, tensor<91x!u8>, tensor<91x!u7>, tensor<91x!i16>) {
  %0 = fxp.from_integers %a : tensor<91xi8> -> tensor<91x!u8>
  %1 = fxp.from_integers %a : tensor<91xi8> -> tensor<91x!u7>
  %2 = fxp.from_integers %b : tensor<91xi16> -> tensor<91x!i8>
  %3 = fxp.from_integers %b : tensor<91xi16> -> tensor<91x!i16>
  %4 = fxp.from_integers %c : tensor<91xi32> -> tensor<91x!u8>
  %5 = fxp.from_integers %d : tensor<91xi64> -> tensor<91x!u7>
  %6 = fxp.from_integers %d : tensor<91xi64> -> tensor<91x!i16>
  return %0, %1, %2, %3, %4, %5, %6 : tensor<91x!u8>, tensor<91x!u7>, tensor<91x!i8>, tensor<91x!i16>, tensor<91x!u8>, tensor<91x!u7>, tensor<91x!i16>
}
// Seen as integers and back a value stays in its buffer.
func.func @round_trip(%x: tensor<1x6x5x8x!u8>) -> tensor<1x6x5x8x!u8> {
  %0 = fxp.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : tensor<1x6x5x8x!u8> -> tensor<1x6x5x8x!u8>
  %1 = fxp.to_integers %0 : tensor<1x6x5x8x!u8> -> tensor<1x6x5x8xi8>
  %2 = fxp.from_integers %1 : tensor<1x6x5x8xi8> -> tensor<1x6x5x8x!u8>
  %3 = fxp.max_pool2d %2 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : tensor<1x6x5x8x!u8> -> tensor<1x6x5x8x!u8>
  return %3 : tensor<1x6x5x8x!u8>
}

// N12: one number, and one per channel of each axis.
func.func @normalise(%x: tensor<3x37xf32>, %y: tensor<2x3x2x21xf32>) -> (tensor<3x37x!u8>, tensor<3x37x!u8>, tensor<2x3x2x21x!i16>) {
  %0 = fxp.quantize %x {mean = array<f32: 3.5>, factor = array<f32: 10.0>} : tensor<3x37xf32> -> tensor<3x37x!u8>
  %1 = fxp.quantize %x {mean = array<f32: 1.0, -2.0, 1.0e6>, factor = array<f32: 10.0, -3.0, 1.0>, axis = 0 : i64} : tensor<3x37xf32> -> tensor<3x37x!u8>
  %2 = fxp.quantize %y {mean = array<f32: 1.0, -2.0, 0.5>, factor = array<f32: 10.0, 30.0, 500.0>, axis = 1 : i64} : tensor<2x3x2x21xf32> -> tensor<2x3x2x21x!i16>
  return %0, %1, %2 : tensor<3x37x!u8>, tensor<3x37x!u8>, tensor<2x3x2x21x!i16>
}
// Planes of floats to normalised pixels, and last channels.
func.func @normalised_pixels(%x: tensor<1x3x4x40xf32>, %y: tensor<5x7xf32>) -> (tensor<1x4x40x3x!u8>, tensor<5x7x!u8>) {
  %0 = fxp.quantize %x {mean = array<f32: 1.0, -2.0, 0.5>, factor = array<f32: 10.0, 30.0, 50.0>, axis = 1 : i64} : tensor<1x3x4x40xf32> -> tensor<1x3x4x40x!u8>
  %1 = fxp.transpose %0 {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x4x40x!u8> -> tensor<1x4x40x3x!u8>
  %2 = fxp.quantize %y {mean = array<f32: 1.0, -2.0, 0.5, 0.0, 1.0, 2.0, 3.0>, factor = array<f32: 10.0, 30.0, 50.0, 1.0, 2.0, 3.0, 4.0>, axis = 1 : i64} : tensor<5x7xf32> -> tensor<5x7x!u8>
  return %1, %2 : tensor<1x4x40x3x!u8>, tensor<5x7x!u8>
}

// Casts from and to the integers of long sums.
!long = !quant.uniform<i22:f32, 0.0001>
func.func @long(%x: tensor<3x37xf32>) -> tensor<3x37xf32> {
  %0 = fxp.quantize %x : tensor<3x37xf32> -> tensor<3x37x!long>
  %1 = fxp.dequantize %0 : tensor<3x37x!long> -> tensor<3x37xf32>
  return %1 : tensor<3x37xf32>
}
