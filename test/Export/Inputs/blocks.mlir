// Weights in blocks of 32, each twice what 4 bits hold.
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
func.func @main() -> (tensor<1x32x!w> {narrow.name = "y"}) {
  %w = fxp.constant dense<14> : tensor<1x32xi8> -> tensor<1x32x!w> {narrow.block = 32 : i64, narrow.name = "w", storage = #fxp.storage<i4>}
  return %w : tensor<1x32x!w>
}
