// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>
!i16 = !quant.uniform<i16:f32, 0.05>

func.func @reshape(%x: tensor<2x3x20x!u8>) -> tensor<6x20x!u8> {
  %0 = fxp.reshape %x : tensor<2x3x20x!u8> -> tensor<6x20x!u8>
  return %0 : tensor<6x20x!u8>
}
func.func @transpose(%x: tensor<1x3x6x7x!u8>, %y: tensor<4x5x!i16>) -> (tensor<1x6x7x3x!u8>, tensor<5x4x!i16>) {
  %0 = fxp.transpose %x {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x6x7x!u8> -> tensor<1x6x7x3x!u8>
  %1 = fxp.transpose %y {perms = array<i64: 1, 0>} : tensor<4x5x!i16> -> tensor<5x4x!i16>
  return %0, %1 : tensor<1x6x7x3x!u8>, tensor<5x4x!i16>
}
func.func @slice(%x: tensor<1x6x7x3x!u8>) -> tensor<1x3x4x2x!u8> {
  %0 = fxp.slice %x {starts = array<i64: 0, 5, 0, 1>, steps = array<i64: 1, -2, 2, 1>} : tensor<1x6x7x3x!u8> -> tensor<1x3x4x2x!u8>
  return %0 : tensor<1x3x4x2x!u8>
}
func.func @pad(%x: tensor<1x4x4x3x!u8>) -> tensor<1x7x6x3x!u8> {
  %0 = fxp.pad %x {low = array<i64: 0, 1, 2, 0>, value = 128 : i32} : tensor<1x4x4x3x!u8> -> tensor<1x7x6x3x!u8>
  return %0 : tensor<1x7x6x3x!u8>
}
func.func @concat(%x: tensor<1x3x3x5x!u8>, %y: tensor<1x3x3x2x!u8>) -> tensor<1x3x3x7x!u8> {
  %0 = fxp.concat %x, %y {axis = 3 : i64} : (tensor<1x3x3x5x!u8>, tensor<1x3x3x2x!u8>) -> tensor<1x3x3x7x!u8>
  return %0 : tensor<1x3x3x7x!u8>
}
func.func @gather(%x: tensor<5x40x!i16>) -> tensor<4x40x!i16> {
  %0 = fxp.gather %x {indices = array<i64: 4, 0, 0, 2>, axis = 0 : i64} : tensor<5x40x!i16> -> tensor<4x40x!i16>
  return %0 : tensor<4x40x!i16>
}
func.func @resize_nearest(%x: tensor<1x2x2x5x!u8>) -> tensor<1x4x4x5x!u8> {
  %0 = fxp.resize %x {h_taps = array<i32: 0,0,0, 0,0,0, 1,1,0, 1,1,0>, w_taps = array<i32: 0,0,0, 0,0,0, 1,1,0, 1,1,0>}
    : tensor<1x2x2x5x!u8> -> tensor<1x4x4x5x!u8>
  return %0 : tensor<1x4x4x5x!u8>
}
func.func @resize_linear(%x: tensor<1x2x2x5x!i16>) -> tensor<1x4x4x5x!i16> {
  %0 = fxp.resize %x {h_taps = array<i32: 0,0,0, 0,1,64, 0,1,192, 1,1,0>, w_taps = array<i32: 0,0,0, 0,1,64, 0,1,192, 1,1,0>}
    : tensor<1x2x2x5x!i16> -> tensor<1x4x4x5x!i16>
  return %0 : tensor<1x4x4x5x!i16>
}
func.func @interleave(%x: tensor<1x3x5x37x!u8>, %y: tensor<1x2x4x16x!u8>) -> (tensor<1x5x37x3x!u8>, tensor<1x4x16x2x!u8>) {
  %0 = fxp.transpose %x {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x5x37x!u8> -> tensor<1x5x37x3x!u8>
  %1 = fxp.transpose %y {perms = array<i64: 0, 2, 3, 1>} : tensor<1x2x4x16x!u8> -> tensor<1x4x16x2x!u8>
  return %0, %1 : tensor<1x5x37x3x!u8>, tensor<1x4x16x2x!u8>
}
// Pixels unshuffled, channels split off, and what shuffles do not reach.
func.func @shuffle(%x: tensor<1x4x21x9x!u8>, %y: tensor<1x5x19x3x!i16>, %z: tensor<1x4x9x20x!u8>)
    -> (tensor<1x12x63x1x!u8>, tensor<1x3x5x19x!i16>, tensor<1x20x4x9x!u8>) {
  %0 = fxp.reshape %x : tensor<1x4x21x9x!u8> -> tensor<1x4x21x3x3x!u8>
  %1 = fxp.transpose %0 {perms = array<i64: 0, 1, 3, 2, 4>} : tensor<1x4x21x3x3x!u8> -> tensor<1x4x3x21x3x!u8>
  %2 = fxp.reshape %1 : tensor<1x4x3x21x3x!u8> -> tensor<1x12x63x1x!u8>
  %3 = fxp.transpose %y {perms = array<i64: 0, 3, 1, 2>} : tensor<1x5x19x3x!i16> -> tensor<1x3x5x19x!i16>
  %4 = fxp.transpose %z {perms = array<i64: 0, 3, 1, 2>} : tensor<1x4x9x20x!u8> -> tensor<1x20x4x9x!u8>
  return %2, %3, %4 : tensor<1x12x63x1x!u8>, tensor<1x3x5x19x!i16>, tensor<1x20x4x9x!u8>
}
// Many runs are read from a table: along the first axis, a middle one of a value
// with a halo, and the last.
func.func @gather_table(%x: tensor<24x40x!i16>, %y: tensor<1x20x5x8x!u8>, %z: tensor<3x21x!u8>)
    -> (tensor<24x40x!i16>, tensor<1x20x5x8x!u8>, tensor<3x40x!u8>) {
  %0 = fxp.gather %x {indices = array<i64: 23, 10, 20, 14, 11, 1, 16, 5, 22, 13, 21, 19, 18, 8, 6, 0, 17, 2, 4, 15, 12, 3, 9, 7>, axis = 0 : i64} : tensor<24x40x!i16> -> tensor<24x40x!i16>
  %1 = fxp.max_pool2d %y {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : tensor<1x20x5x8x!u8> -> tensor<1x20x5x8x!u8>
  %2 = fxp.gather %1 {indices = array<i64: 0, 2, 3, 7, 18, 13, 14, 17, 12, 15, 1, 16, 11, 10, 4, 9, 5, 6, 19, 8>, axis = 1 : i64} : tensor<1x20x5x8x!u8> -> tensor<1x20x5x8x!u8>
  %3 = fxp.max_pool2d %2 {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>} : tensor<1x20x5x8x!u8> -> tensor<1x20x5x8x!u8>
  %4 = fxp.gather %z {indices = array<i64: 7, 19, 14, 20, 5, 1, 11, 15, 4, 10, 6, 3, 8, 12, 13, 16, 18, 0, 9, 17, 2, 2, 1, 14, 20, 8, 16, 17, 20, 15, 10, 4, 6, 2, 13, 6, 20, 20, 14, 8>, axis = 1 : i64} : tensor<3x21x!u8> -> tensor<3x40x!u8>
  return %0, %3, %4 : tensor<24x40x!i16>, tensor<1x20x5x8x!u8>, tensor<3x40x!u8>
}

// Parts of a result, joined behind their casts: side by side, and one after the
// other, and moved after that.
func.func @parts(%x: tensor<1x5x8x!u8>, %y: tensor<1x5x3x!i16>, %z: tensor<1x4x6x9x!u8>)
    -> (tensor<1x5x11xf32>, tensor<11x5xf32>, tensor<1x4x6x12xf32>, tensor<2x5x8xf32>) {
  %0 = fxp.dequantize %x : tensor<1x5x8x!u8> -> tensor<1x5x8xf32>
  %1 = fxp.dequantize %y : tensor<1x5x3x!i16> -> tensor<1x5x3xf32>
  %2 = fxp.concat %0, %1 {axis = 2 : i64} : (tensor<1x5x8xf32>, tensor<1x5x3xf32>) -> tensor<1x5x11xf32>
  %3 = fxp.transpose %2 {perms = array<i64: 0, 2, 1>} : tensor<1x5x11xf32> -> tensor<1x11x5xf32>
  %4 = fxp.reshape %3 : tensor<1x11x5xf32> -> tensor<11x5xf32>
  %5 = fxp.dequantize %z : tensor<1x4x6x9x!u8> -> tensor<1x4x6x9xf32>
  %6 = fxp.slice %5 {starts = array<i64: 0, 0, 0, 2>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x4x6x9xf32> -> tensor<1x4x6x3xf32>
  %7 = fxp.concat %5, %6 {axis = 3 : i64} : (tensor<1x4x6x9xf32>, tensor<1x4x6x3xf32>) -> tensor<1x4x6x12xf32>
  %8 = fxp.concat %0, %0 {axis = 0 : i64} : (tensor<1x5x8xf32>, tensor<1x5x8xf32>) -> tensor<2x5x8xf32>
  return %2, %4, %7, %8 : tensor<1x5x11xf32>, tensor<11x5xf32>, tensor<1x4x6x12xf32>, tensor<2x5x8xf32>
}
