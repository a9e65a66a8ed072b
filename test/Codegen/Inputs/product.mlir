!l = !quant.uniform<u8:f32, 0.02:100>
!r = !quant.uniform<i8:f32, 0.05:-7>
!y = !quant.uniform<u8:f32, 0.5:120>
func.func @product(%l: tensor<2x3xKKx!l>, %r: tensor<2xKKxNNx!r>) -> tensor<2x3xNNx!y> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1099511628], shift = [39]>
    : (tensor<2x3xKKx!l>, tensor<2xKKxNNx!r>) -> tensor<2x3xNNx!y>
  return %0 : tensor<2x3xNNx!y>
}
