// Multipliers of q15 are up to half a unit from the ratios of the scales, offsets
// from the zero point over those; the second layer has two multipliers for one
// scale of weights.
!in = !quant.uniform<u8:f32, 0.03125:118>
!w1 = !quant.uniform<i8<-127:127>:f32:0, {0.0105,0.0061,0.0089}>
!r1 = !quant.uniform<u8:f32, 0.015625:100>
!w2 = !quant.uniform<i8<-127:127>:f32, 0.0102>
!y = !quant.uniform<u8:f32, 0.015625:3>
func.func @main(%x: tensor<1x2x2x2x!in> {narrow.name = "x"}) -> (tensor<1x2x!y> {narrow.name = "y"}) {
  %w = fxp.constant dense<[[[[78, 127]]], [[[-98, 9]]], [[[16, -13]]]]> : tensor<3x1x1x2xi8> -> tensor<3x1x1x2x!w1> {narrow.name = "conv/weights"}
  %b = fxp.constant dense<[-730, -4574, 918]> : tensor<3xi32> -> tensor<3xi32> {narrow.name = "conv/bias"}
  %r = fxp.conv2d %x, %w, %b <mode = q15, multiplier = [1376, 1599, 1167], shift = [1, 2, 1], offset = [4763, 8199, 5619]> {dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>} : (tensor<1x2x2x2x!in>, tensor<3x1x1x2x!w1>, tensor<3xi32>) -> tensor<1x2x2x3x!r1>
  %f = fxp.reshape %r {narrow.name = "flat"} : tensor<1x2x2x3x!r1> -> tensor<1x12x!r1>
  %w2 = fxp.constant dense<[[-5, 6, -7, -2, 4, 4, -7, 7, 1, 1, 3, -7], [7, -4, -5, 1, 1, 7, 0, -7, 7, -1, -7, -1]]> : tensor<2x12xi8> -> tensor<2x12x!w2> {narrow.name = "dense/weights"}
  %b2 = fxp.constant dense<[1899, -647]> : tensor<2xi32> -> tensor<2xi32> {narrow.name = "dense/bias"}
  %y = fxp.fully_connected %f, %w2, %b2 <mode = q15, multiplier = [1337, 1336], shift = [2, 2], offset = [296, 296]> {narrow.name = "y"} : (tensor<1x12x!r1>, tensor<2x12x!w2>, tensor<2xi32>) -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}
