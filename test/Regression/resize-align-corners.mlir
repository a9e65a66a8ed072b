// RUN: narrow-opt %s --quantize | FileCheck %s

// The last position of 5 to 7 by a scale of 1.5 is 6 * 4 / (7.5 - 1) = 3.69:
// taps of their own made it 4 in fixed point, another function than in float.
func.func @align_corners(%x: tensor<1x5x5x1xf32>) -> tensor<1x7x7x1xf32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.05:128>} : tensor<1x5x5x1xf32>
  // CHECK: fxp.resize
  // CHECK-SAME: 3, 4, 177
  %0 = nn.resize linear align_corners %x {scales = array<f64: 1.5, 1.5>} : tensor<1x5x5x1xf32> -> tensor<1x7x7x1xf32>
  return %0 : tensor<1x7x7x1xf32>
}
