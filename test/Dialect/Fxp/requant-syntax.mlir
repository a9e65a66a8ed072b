// RUN: narrow-opt %s | narrow-opt | FileCheck %s

!a = !quant.uniform<u8:f32, 5.0e-01:3>

// CHECK-LABEL: func @rescale
// CHECK: fxp.requantize %{{.*}} <mode = q15, multiplier = [20000], shift = [3], offset = [4]>
func.func @rescale(%x: tensor<4x!a>) -> tensor<4x!a> {
  %y = fxp.requantize %x <mode = q15, multiplier = [20000], shift = [3], offset = [4]> : tensor<4x!a> -> tensor<4x!a>
  return %y : tensor<4x!a>
}
