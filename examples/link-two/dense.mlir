// One fully connected layer: the sum and the difference of four inputs.
!x = !quant.uniform<u8:f32, 0.125:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.25>
!y = !quant.uniform<i16:f32, 0.03125>

func.func @main(%x: tensor<1x4xf32> {narrow.name = "x"}) -> (tensor<1x2xf32> {narrow.name = "sums"}) {
  %0 = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!x>
  %w = fxp.constant dense<[[4, 4, 4, 4], [4, 4, -4, -4]]> : tensor<2x4xi8> -> tensor<2x4x!w>
  %b = fxp.constant dense<[0, 32]> : tensor<2xi32> -> tensor<2xi32>
  %1 = fxp.fully_connected %0, %w, %b <mode = q31, multiplier = [1073741824], shift = [30]>
    : (tensor<1x4x!x>, tensor<2x4x!w>, tensor<2xi32>) -> tensor<1x2x!y>
  %2 = fxp.dequantize %1 : tensor<1x2x!y> -> tensor<1x2xf32>
  return %2 : tensor<1x2xf32>
}
