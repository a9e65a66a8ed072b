// Twice the input, in fixed point.
!x = !quant.uniform<u8:f32, 0.125:128>
!y = !quant.uniform<u8:f32, 0.25:128>

func.func @main(%x: tensor<1x4xf32> {narrow.name = "x"}) -> (tensor<1x4xf32> {narrow.name = "twice"}) {
  %0 = fxp.quantize %x : tensor<1x4xf32> -> tensor<1x4x!x>
  %1 = fxp.add %0, %0 {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 15 : i32}
    : (tensor<1x4x!x>, tensor<1x4x!x>) -> tensor<1x4x!y>
  %2 = fxp.dequantize %1 : tensor<1x4x!y> -> tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}
