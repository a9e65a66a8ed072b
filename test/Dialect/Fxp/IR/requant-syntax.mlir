// RUN: narrow-opt %s | narrow-opt | FileCheck %s

!a = !quant.uniform<u8:f32, 0.4:3>
!b = !quant.uniform<u8:f32, 0.5:5>

// 0.8 = 26214 / 2^15; 5 / 0.8 = 6.25.
// CHECK-LABEL: func @rescale
// CHECK: fxp.requantize %{{.*}} <mode = q15, multiplier = [26214], shift = [0], offset = [6]>
func.func @rescale(%x: tensor<4x!a>) -> tensor<4x!b> {
  %y = fxp.requantize %x <mode = q15, multiplier = [26214], shift = [0], offset = [6]> : tensor<4x!a> -> tensor<4x!b>
  return %y : tensor<4x!b>
}
