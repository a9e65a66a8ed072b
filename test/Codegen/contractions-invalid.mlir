// RUN: not narrow-emit %s --target=avx2 -o %t.o 2>&1 | FileCheck %s

!x = !quant.uniform<u8:f32, 1.0>
!w = !quant.uniform<i8:f32, 0.001953125>
!y = !quant.uniform<u8:f32, 1.0>

// CHECK: accumulator of output channel 1 can leave 32 bits: expected [-2^31, 2^31 - 1], found [2147483640, 2147484150]
func.func @overflow(%x: tensor<1x1x!x>) -> tensor<1x2x!y> {
  %w = fxp.constant dense<[[1], [2]]> : tensor<2x1xi8> -> tensor<2x1x!w>
  %b = fxp.constant dense<[0, 2147483640]> : tensor<2xi32> -> tensor<2xi32>
  %y = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824], shift = [39]>
    : (tensor<1x1x!x>, tensor<2x1x!w>, tensor<2xi32>) -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}
