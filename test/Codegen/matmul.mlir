// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!l = !quant.uniform<u8:f32, 0.02:100>
!r = !quant.uniform<i8:f32, 0.05:-7>
!y = !quant.uniform<u8:f32, 0.5:120>
!w = !quant.uniform<i16:f32, 0.001953125>

func.func @product(%l: tensor<2x3x40x!l>, %r: tensor<2x40x21x!r>) -> tensor<2x3x21x!y> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1099511628], shift = [39]>
    : (tensor<2x3x40x!l>, tensor<2x40x21x!r>) -> tensor<2x3x21x!y>
  return %0 : tensor<2x3x21x!y>
}
func.func @wide(%l: tensor<1x5x7x!l>, %r: tensor<1x7x16x!r>) -> tensor<1x5x16x!w> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1099511628], shift = [31]>
    : (tensor<1x5x7x!l>, tensor<1x7x16x!r>) -> tensor<1x5x16x!w>
  return %0 : tensor<1x5x16x!w>
}
