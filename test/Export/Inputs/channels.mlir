// A scale for each channel in front of what is no contraction.
!x = !quant.uniform<u8:f32:1, {0.5:3, 0.25:3}>
!y = !quant.uniform<u8:f32, 0.5:3>
func.func @main(%x: tensor<1x2x!x> {narrow.name = "x"}) -> (tensor<1x2x!y> {narrow.name = "y"}) {
  %y = fxp.requantize %x <mode = q31, multiplier = [1073741824, 1073741824], shift = [30, 31]> {narrow.name = "y"} : tensor<1x2x!x> -> tensor<1x2x!y> loc("rescale")
  return %y : tensor<1x2x!y>
}
