// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>
!s8 = !quant.uniform<u8:f32, 2.5:128>
!t8 = !quant.uniform<u8:f32, 0.15:128>
!i8 = !quant.uniform<i8:f32, 0.05:4>

func.func @max_padded(%x: tensor<1x9x7x5x!i8>) -> tensor<1x5x4x5x!i8> {
  %0 = fxp.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>}
    : tensor<1x9x7x5x!i8> -> tensor<1x5x4x5x!i8>
  return %0 : tensor<1x5x4x5x!i8>
}
func.func @max_batch(%x: tensor<2x4x4x64x!u8>) -> tensor<2x2x2x64x!u8> {
  %0 = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<2x4x4x64x!u8> -> tensor<2x2x2x64x!u8>
  return %0 : tensor<2x2x2x64x!u8>
}
func.func @avg_counted(%x: tensor<1x5x5x20x!u8>) -> tensor<1x5x5x20x!u8> {
  %0 = fxp.avg_pool2d %x <mode = q31, multiplier = [1908874354, 1431655765, 2147483647], shift = [34, 33, 33]>
    {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, counts = array<i64: 9, 6, 4>}
    : tensor<1x5x5x20x!u8> -> tensor<1x5x5x20x!u8>
  return %0 : tensor<1x5x5x20x!u8>
}
func.func @avg_global(%x: tensor<1x8x8x70x!u8>) -> tensor<1x1x1x70x!u8> {
  %0 = fxp.avg_pool2d %x <mode = q15, multiplier = [2048], shift = [2], offset = [8194]>
    {kernel = array<i64: 8, 8>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 64>}
    : tensor<1x8x8x70x!u8> -> tensor<1x1x1x70x!u8>
  return %0 : tensor<1x1x1x70x!u8>
}
func.func @sums(%x: tensor<3x50x!u8>) -> (tensor<3x1x!s8>, tensor<1x50x!t8>, tensor<3x1x!u8>, tensor<1x50x!u8>) {
  %0 = fxp.reduce_sum %x <mode = q31, multiplier = [1374389535], shift = [36]> {axis = 1 : i64} : tensor<3x50x!u8> -> tensor<3x1x!s8>
  %1 = fxp.reduce_sum %x <mode = q31, multiplier = [1431655765], shift = [32]> {axis = 0 : i64} : tensor<3x50x!u8> -> tensor<1x50x!t8>
  %2 = fxp.reduce_max %x {axis = 1 : i64} : tensor<3x50x!u8> -> tensor<3x1x!u8>
  %3 = fxp.reduce_max %x {axis = 0 : i64} : tensor<3x50x!u8> -> tensor<1x50x!u8>
  return %0, %1, %2, %3 : tensor<3x1x!s8>, tensor<1x50x!t8>, tensor<3x1x!u8>, tensor<1x50x!u8>
}
