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
