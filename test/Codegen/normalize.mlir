// RUN: narrow-check-kernels %s --emulate --samples=12 | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.1:7>
!i16 = !quant.uniform<i16:f32, 0.001>
!y8 = !quant.uniform<i8:f32, 0.03>
!y16 = !quant.uniform<i16:f32, 0.0002>

// Along rows: whole vectors, what is left of them, and less than one.
func.func @rows(%x: tensor<5x83x!u8>, %y: tensor<3x5x!i16>) -> (tensor<5x83x!y8>, tensor<3x5x!y16>) {
  %0 = fxp.normalize %x scale dense<1365> : tensor<1x1xi32> offset dense<419430> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 3 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 14 : i32, shift = 20 : i32} : tensor<5x83x!u8> -> tensor<5x83x!y8>
  %1 = fxp.normalize %y scale dense<[[320000, -320000, 1, 0, 5000000]]> : tensor<1x5xi32> offset dense<-71> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 100 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 28 : i32, shift = 34 : i32} : tensor<3x5x!i16> -> tensor<3x5x!y16>
  return %0, %1 : tensor<5x83x!y8>, tensor<3x5x!y16>
}

// One channel in each lane, with a scale and an offset of its own.
func.func @channels(%x: tensor<2x3x5x19x!u8>) -> tensor<2x3x5x19x!y8> {
  %0 = fxp.normalize %x scale dense<2000> : tensor<1x1x1x19xi32>
    offset dense<[[[[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -400000, -500000, -600000, -700000, 0, 0, 0, 100000, 200000]]]]> : tensor<1x1x1x19xi64>
    {axes = array<i64: 1, 2>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<2x3x5x19x!u8> -> tensor<2x3x5x19x!y8>
  return %0 : tensor<2x3x5x19x!y8>
}

// Groups of neighbouring channels; and no mean.
func.func @groups(%x: tensor<2x6x3x8x!u8>, %y: tensor<1x40x!i16>) -> (tensor<2x6x3x8x!y8>, tensor<1x40x!y8>) {
  %0 = fxp.normalize %x scale dense<2000> : tensor<1x1x3x1xi32> offset dense<-7> : tensor<1x1x3x8xi64>
    {axes = array<i64: 1, 3>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 15 : i32, shift = 20 : i32} : tensor<2x6x3x8x!u8> -> tensor<2x6x3x8x!y8>
  %1 = fxp.normalize %y scale dense<2000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 1 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 15 : i32, shift = 20 : i32} : tensor<1x40x!i16> -> tensor<1x40x!y8>
  return %0, %1 : tensor<2x6x3x8x!y8>, tensor<1x40x!y8>
}

// Eight rows together, and what is left of them.
func.func @many_rows(%x: tensor<19x6x!u8>) -> tensor<19x6x!y8> {
  %0 = fxp.normalize %x scale dense<1365> : tensor<1x1xi32> offset dense<419430> : tensor<1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 3 : i64, spread_shift = 20 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<19x6x!u8> -> tensor<19x6x!y8>
  return %0 : tensor<19x6x!y8>
}

// Inputs of 22 bits, along rows and one channel in each lane.
!long = !quant.uniform<i22:f32, 0.001>
func.func @long(%x: tensor<9x83x!long>, %y: tensor<1x5x19x!long>) -> (tensor<9x83x!y16>, tensor<1x5x19x!y8>) {
  %0 = fxp.normalize %x scale dense<320000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 100 : i64, spread_shift = 0 : i32, input_shift = 8 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 26 : i32, shift = 34 : i32} : tensor<9x83x!long> -> tensor<9x83x!y16>
  %1 = fxp.normalize %y scale dense<2000> : tensor<1x1x1xi32> offset dense<0> : tensor<1x1x1xi64>
    {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 8 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<1x5x19x!long> -> tensor<1x5x19x!y8>
  return %0, %1 : tensor<9x83x!y16>, tensor<1x5x19x!y8>
}
