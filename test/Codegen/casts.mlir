// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>
!i8 = !quant.uniform<i8:f32, 0.03:-5>
!w8 = !quant.uniform<i8:f32, 0.064:-5>
!i16 = !quant.uniform<i16:f32, 0.001>

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
