// Normalisations that differ in nothing but a zero point shared one kernel.
// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!i16 = !quant.uniform<i16:f32, 0.001>
!u8 = !quant.uniform<u8:f32, 0.03:128>
!v8 = !quant.uniform<u8:f32, 0.03:40>
!y8 = !quant.uniform<i8:f32, 0.03>

func.func @results(%x: tensor<2x32x!i16>) -> (tensor<2x32x!u8>, tensor<2x32x!v8>) {
  %0 = fxp.normalize %x scale dense<2000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<2x32x!i16> -> tensor<2x32x!u8>
  %1 = fxp.normalize %x scale dense<2000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<2x32x!i16> -> tensor<2x32x!v8>
  return %0, %1 : tensor<2x32x!u8>, tensor<2x32x!v8>
}

func.func @inputs(%x: tensor<2x32x!u8>, %y: tensor<2x32x!v8>) -> (tensor<2x32x!y8>, tensor<2x32x!y8>) {
  %0 = fxp.normalize %x scale dense<2000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<2x32x!u8> -> tensor<2x32x!y8>
  %1 = fxp.normalize %y scale dense<2000> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64>
    {axes = array<i64: 1>, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32,
     fraction_bits = 16 : i32, shift = 20 : i32} : tensor<2x32x!v8> -> tensor<2x32x!y8>
  return %0, %1 : tensor<2x32x!y8>, tensor<2x32x!y8>
}
