// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>
!v8 = !quant.uniform<u8:f32, 0.04:3>
!i16 = !quant.uniform<i16:f32, 0.001>

func.func @add(%x: tensor<1x5x5x9x!u8>, %y: tensor<1x5x5x9x!v8>) -> tensor<1x5x5x9x!v8> {
  %0 = fxp.add %x, %y {lhs_multiplier = 20480 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x5x5x9x!u8>, tensor<1x5x5x9x!v8>) -> tensor<1x5x5x9x!v8>
  return %0 : tensor<1x5x5x9x!v8>
}
func.func @sub_broadcast(%x: tensor<1x4x4x8x!u8>, %y: tensor<1x1x1x8x!v8>) -> tensor<1x4x4x8x!u8> {
  %0 = fxp.sub %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 13107 : i32, shift = 14 : i32, min = 128 : i32}
    : (tensor<1x4x4x8x!u8>, tensor<1x1x1x8x!v8>) -> tensor<1x4x4x8x!u8>
  return %0 : tensor<1x4x4x8x!u8>
}
func.func @min_max(%x: tensor<1x4x40x!u8>, %y: tensor<1x4x1x!v8>) -> (tensor<1x4x40x!u8>, tensor<1x4x40x!u8>) {
  %0 = fxp.min %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 13107 : i32, shift = 14 : i32}
    : (tensor<1x4x40x!u8>, tensor<1x4x1x!v8>) -> tensor<1x4x40x!u8>
  %1 = fxp.max %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 13107 : i32, shift = 14 : i32}
    : (tensor<1x4x40x!u8>, tensor<1x4x1x!v8>) -> tensor<1x4x40x!u8>
  return %0, %1 : tensor<1x4x40x!u8>, tensor<1x4x40x!u8>
}
func.func @mul(%x: tensor<2x33x!u8>, %y: tensor<2x33x!v8>) -> tensor<2x33x!i16> {
  %0 = fxp.mul %x, %y <mode = q31, multiplier = [1073741824], shift = [29]>
    : (tensor<2x33x!u8>, tensor<2x33x!v8>) -> tensor<2x33x!i16>
  return %0 : tensor<2x33x!i16>
}

// Sums in i64: long sides, long results, broadcast and in whole vectors.
!long = !quant.uniform<i22:f32, 0.001>
!wide = !quant.uniform<i16:f32, 0.0005>
func.func @add_long(%x: tensor<3x37x!long>, %y: tensor<3x37x!wide>) -> (tensor<3x37x!long>, tensor<3x37x!wide>, tensor<3x37x!long>) {
  %0 = fxp.add %x, %y {lhs_multiplier = 1073741824 : i32, rhs_multiplier = 536870912 : i32, shift = 30 : i32}
    : (tensor<3x37x!long>, tensor<3x37x!wide>) -> tensor<3x37x!long>
  %1 = fxp.sub %0, %x {lhs_multiplier = 2147483647 : i32, rhs_multiplier = 2147483647 : i32, shift = 30 : i32}
    : (tensor<3x37x!long>, tensor<3x37x!long>) -> tensor<3x37x!wide>
  %2 = fxp.add %y, %y {lhs_multiplier = 8192 : i32, rhs_multiplier = 8192 : i32, shift = 14 : i32}
    : (tensor<3x37x!wide>, tensor<3x37x!wide>) -> tensor<3x37x!long>
  return %0, %1, %2 : tensor<3x37x!long>, tensor<3x37x!wide>, tensor<3x37x!long>
}
