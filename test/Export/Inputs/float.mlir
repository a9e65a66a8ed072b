!q = !quant.uniform<u8:f32, 0.5:3>
func.func @main(%x: tensor<1x4x!q> {narrow.name = "x"}) -> (tensor<1x4xf32> {narrow.name = "y"}) {
  %f = fxp.dequantize %x {narrow.name = "f"} : tensor<1x4x!q> -> tensor<1x4xf32>
  %y = tosa.exp %f {narrow.name = "y"} : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("power")
  return %y : tensor<1x4xf32>
}
