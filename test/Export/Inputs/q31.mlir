// Operations whose requantisations are those of tosa.rescale.
!in = !quant.uniform<u8:f32, 0.028103860095143318:118>
!w1 = !quant.uniform<i8<-127:127>:f32:0, {0.010466139763593674,0.0060947653837502003,0.0089075975120067596}>
!r1 = !quant.uniform<u8:f32, 0.015488325618207455>
!p = !quant.uniform<u8:f32, 0.01:20>
!s = !quant.uniform<u8:f32, 0.030976651236414909:40>
!w2 = !quant.uniform<i4<-7:7>:f32:0, {0.25,0.125}>
!y = !quant.uniform<i16:f32, 5.3490290883928537E-4>
func.func @main() -> (tensor<1x2x!y> {narrow.name = "y"}) {
  %x = fxp.constant dense<"0x0102FF80107F3040507090B0C0D0E0F0FF00112233445566778899AABBCCDDEE"> : tensor<1x4x4x2xi8> -> tensor<1x4x4x2x!in> {narrow.name = "x"}
  %w = fxp.constant dense<[[[[78, 127], [-98, 9], [16, -13]], [[-22, -11], [-17, -26], [-8, -40]], [[-77, -15], [-9, 18], [-33, -9]]], [[[63, -18], [-13, -16], [2, 66]], [[101, -58], [36, -19], [-33, 58]], [[-12, 38], [35, 6], [127, 44]]], [[[-127, -2], [46, 63], [-43, 34]], [[-75, 9], [12, 50], [31, -9]], [[-20, -42], [-48, 26], [1, 26]]]]> : tensor<3x3x3x2xi8> -> tensor<3x3x3x2x!w1> {narrow.name = "conv/weights"}
  %b = fxp.constant dense<[-730, -4574, 918]> : tensor<3xi32> -> tensor<3xi32> {narrow.name = "conv/bias"}
  %r = fxp.conv2d %x, %w, %b <mode = q31, multiplier = [1305052185, 1519946621, 1110713201], shift = [36, 37, 36]> {dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv", pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>} : (tensor<1x4x4x2x!in>, tensor<3x3x3x2x!w1>, tensor<3xi32>) -> tensor<1x2x2x3x!r1>
  %p = fxp.avg_pool2d %r <mode = q31, multiplier = [1663046300], shift = [32]> {kernel = array<i64: 2, 2>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4>, narrow.name = "pool"} : tensor<1x2x2x3x!r1> -> tensor<1x1x1x3x!p>
  %s = fxp.add %r, %p {lhs_multiplier = 16384 : i32, narrow.name = "sum", rhs_multiplier = 10578 : i32, shift = 15 : i32, max = 100 : i32} : (tensor<1x2x2x3x!r1>, tensor<1x1x1x3x!p>) -> tensor<1x2x2x3x!s>
  %f = fxp.reshape %s {narrow.name = "flat"} : tensor<1x2x2x3x!s> -> tensor<1x12x!s>
  %w2 = fxp.constant dense<[[-5, 6, -7, -2, 4, 4, -7, 7, 1, 1, 3, -7], [7, -4, -5, 1, 1, 7, 0, -7, 7, -1, -7, -1]]> : tensor<2x12xi8> -> tensor<2x12x!w2> {narrow.name = "dense/weights", storage = #fxp.storage<i4>}
  %b2 = fxp.constant dense<[1899, -647]> : tensor<2xi32> -> tensor<2xi32> {narrow.name = "dense/bias"}
  %y = fxp.fully_connected %f, %w2, %b2 <mode = q31, multiplier = [1943163741, 1943163741], shift = [27, 28]> {narrow.name = "y"} : (tensor<1x12x!s>, tensor<2x12x!w2>, tensor<2xi32>) -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}
