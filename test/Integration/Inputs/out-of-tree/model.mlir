!a = !quant.uniform<u8:f32, 5.0e-01:3>
func.func @rescale(%x: tensor<4x!a>) -> tensor<2x2x!a> {
  %y = fxp.reshape %x : tensor<4x!a> -> tensor<2x2x!a>
  return %y : tensor<2x2x!a>
}
