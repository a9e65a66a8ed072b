// RUN: narrow-check-kernels %s --emulate --samples=12 | FileCheck %s
// Byte operands of whole sixteens of columns and quads of depth, zero points at the rim.
// CHECK: every output equals the interpreter's

func.func @u_by_i(%l: tensor<2x5x40x!quant.uniform<u8:f32, 0.02:0>>, %r: tensor<2x40x64x!quant.uniform<i8:f32, 0.02:-128>>) -> tensor<2x5x64x!quant.uniform<i8:f32, 0.5:3>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1759218604], shift = [41]>
    : (tensor<2x5x40x!quant.uniform<u8:f32, 0.02:0>>, tensor<2x40x64x!quant.uniform<i8:f32, 0.02:-128>>) -> tensor<2x5x64x!quant.uniform<i8:f32, 0.5:3>>
  return %0 : tensor<2x5x64x!quant.uniform<i8:f32, 0.5:3>>
}
func.func @i_by_u(%l: tensor<1x7x64x!quant.uniform<i8:f32, 0.02:127>>, %r: tensor<1x64x112x!quant.uniform<u8:f32, 0.02:255>>) -> tensor<1x7x112x!quant.uniform<i8:f32, 0.5:3>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1759218604], shift = [41]>
    : (tensor<1x7x64x!quant.uniform<i8:f32, 0.02:127>>, tensor<1x64x112x!quant.uniform<u8:f32, 0.02:255>>) -> tensor<1x7x112x!quant.uniform<i8:f32, 0.5:3>>
  return %0 : tensor<1x7x112x!quant.uniform<i8:f32, 0.5:3>>
}
func.func @u_by_u(%l: tensor<3x4x4x!quant.uniform<u8:f32, 0.02:255>>, %r: tensor<3x4x48x!quant.uniform<u8:f32, 0.02:0>>) -> tensor<3x4x48x!quant.uniform<i8:f32, 0.5:3>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1759218604], shift = [41]>
    : (tensor<3x4x4x!quant.uniform<u8:f32, 0.02:255>>, tensor<3x4x48x!quant.uniform<u8:f32, 0.02:0>>) -> tensor<3x4x48x!quant.uniform<i8:f32, 0.5:3>>
  return %0 : tensor<3x4x48x!quant.uniform<i8:f32, 0.5:3>>
}
func.func @i_by_i(%l: tensor<1x1x12x!quant.uniform<i8:f32, 0.02:-128>>, %r: tensor<1x12x16x!quant.uniform<i8:f32, 0.02:127>>) -> tensor<1x1x16x!quant.uniform<i8:f32, 0.5:3>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1759218604], shift = [41]>
    : (tensor<1x1x12x!quant.uniform<i8:f32, 0.02:-128>>, tensor<1x12x16x!quant.uniform<i8:f32, 0.02:127>>) -> tensor<1x1x16x!quant.uniform<i8:f32, 0.5:3>>
  return %0 : tensor<1x1x16x!quant.uniform<i8:f32, 0.5:3>>
}
func.func @no_zeros(%l: tensor<2x9x32x!quant.uniform<i8:f32, 0.02:0>>, %r: tensor<2x32x80x!quant.uniform<i8:f32, 0.02:0>>) -> tensor<2x9x80x!quant.uniform<i8:f32, 0.5:3>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1759218604], shift = [41]>
    : (tensor<2x9x32x!quant.uniform<i8:f32, 0.02:0>>, tensor<2x32x80x!quant.uniform<i8:f32, 0.02:0>>) -> tensor<2x9x80x!quant.uniform<i8:f32, 0.5:3>>
  return %0 : tensor<2x9x80x!quant.uniform<i8:f32, 0.5:3>>
}
func.func @wide(%l: tensor<1x6x20x!quant.uniform<u8:f32, 0.02:100>>, %r: tensor<1x20x32x!quant.uniform<i8:f32, 0.02:-7>>) -> tensor<1x6x32x!quant.uniform<i16:f32, 0.001>> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1717986918], shift = [32]>
    : (tensor<1x6x20x!quant.uniform<u8:f32, 0.02:100>>, tensor<1x20x32x!quant.uniform<i8:f32, 0.02:-7>>) -> tensor<1x6x32x!quant.uniform<i16:f32, 0.001>>
  return %0 : tensor<1x6x32x!quant.uniform<i16:f32, 0.001>>
}
