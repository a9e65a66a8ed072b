// Multipliers that a model brought along: scales say nothing.
!x = !quant.uniform<i8:f32, 1.0:3>
!y = !quant.uniform<i8:f32, 1.0:-5>
func.func @main() -> (tensor<1x2x!y> {narrow.name = "y"}) {
  %x = fxp.constant dense<[[100, -7]]> : tensor<1x2xi8> -> tensor<1x2x!x> {narrow.name = "x"}
  %a = fxp.combine sub %x <mode = q31, multiplier = [1073741824], shift = [20], given = true>, %x <mode = q31, multiplier = [805306368], shift = [22], given = true>
    to <mode = q31_double, multiplier = [1610612736], shift = [41], given = true> {lhs_shift = 1 : i64, narrow.name = "y"}
    : (tensor<1x2x!x>, tensor<1x2x!x>) -> tensor<1x2x!y> loc("difference")
  return %a : tensor<1x2x!y>
}
