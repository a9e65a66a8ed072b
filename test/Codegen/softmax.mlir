// RUN: narrow-check-kernels %s --emulate --samples=12 | FileCheck %s
// CHECK: every output equals the interpreter's

!i8 = !quant.uniform<i8:f32, 0.1>
!u8 = !quant.uniform<u8:f32, 0.1:7>
!i16 = !quant.uniform<i16:f32, 0.001>
!p = !quant.uniform<u8:f32, 0.00390625>

func.func @softmax_i8(%x: tensor<3x10x!i8>) -> tensor<3x10x!p> {
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<3x10x!i8> -> tensor<3x10x!p>
  return %0 : tensor<3x10x!p>
}
func.func @softmax_u8(%x: tensor<1x130x!u8>) -> tensor<1x130x!p> {
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<1x130x!u8> -> tensor<1x130x!p>
  return %0 : tensor<1x130x!p>
}
func.func @softmax_i16(%x: tensor<2x2x70x!i16>) -> tensor<2x2x70x!p> {
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 2 : i32, distance_max = 16383 : i32, multiplier = 24204 : i32}
    : tensor<2x2x70x!i16> -> tensor<2x2x70x!p>
  return %0 : tensor<2x2x70x!p>
}
func.func @softmax_masked(%x: tensor<2x20x!i8>) -> tensor<2x20x!p> {
  %0 = fxp.softmax %x {masked, pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<2x20x!i8> -> tensor<2x20x!p>
  return %0 : tensor<2x20x!p>
}
// Short rows, 16 at a time and the last ones once more; equal and far values,
// rows that are masked whole.
func.func @short_rows(%x: tensor<1x53x2x!i8>, %y: tensor<3x7x3x!i16>, %z: tensor<40x4x!i8>)
    -> (tensor<1x53x2x!p>, tensor<3x7x3x!p>, tensor<40x4x!p>) {
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<1x53x2x!i8> -> tensor<1x53x2x!p>
  %1 = fxp.softmax %y {pre_shift = 0 : i32, post_shift = 2 : i32, distance_max = 16383 : i32, multiplier = 24204 : i32}
    : tensor<3x7x3x!i16> -> tensor<3x7x3x!p>
  %2 = fxp.softmax %z {masked, pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<40x4x!i8> -> tensor<40x4x!p>
  return %0, %1, %2 : tensor<1x53x2x!p>, tensor<3x7x3x!p>, tensor<40x4x!p>
}
// Other widths and scales, masked and in short rows too.
!i16at15 = !quant.uniform<i16<0:32767>:f32, 3.0517578125e-05>
!i16at11 = !quant.uniform<i16<0:2047>:f32, 4.8828125e-04>
!i16at22 = !quant.uniform<i16:f32, 2.384185791015625e-07>
!u8at13 = !quant.uniform<u8:f32, 1.220703125e-04>
func.func @widths(%x: tensor<3x10x!i8>, %y: tensor<2x2x70x!i16>, %z: tensor<1x130x!u8>, %s: tensor<40x4x!i8>)
    -> (tensor<3x10x!i16at15>, tensor<2x2x70x!i16at22>, tensor<1x130x!u8at13>, tensor<40x4x!i16at11>) {
  %0 = fxp.softmax %x {masked, pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<3x10x!i8> -> tensor<3x10x!i16at15>
  %1 = fxp.softmax %y {pre_shift = 0 : i32, post_shift = 2 : i32, distance_max = 16383 : i32, multiplier = 24204 : i32}
    : tensor<2x2x70x!i16> -> tensor<2x2x70x!i16at22>
  %2 = fxp.softmax %z {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<1x130x!u8> -> tensor<1x130x!u8at13>
  %3 = fxp.softmax %s {masked, pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32}
    : tensor<40x4x!i8> -> tensor<40x4x!i16at11>
  return %0, %1, %2, %3 : tensor<3x10x!i16at15>, tensor<2x2x70x!i16at22>, tensor<1x130x!u8at13>, tensor<40x4x!i16at11>
}
// The logarithm: rows of one and of many elements, bytes with a zero point, far
// values that saturate.
!log = !quant.uniform<i16:f32, 0.001>
!log8 = !quant.uniform<u8:f32, 0.05:230>
func.func @log_softmax(%x: tensor<3x10x!i8>, %y: tensor<2x2x70x!i16>, %z: tensor<5x1x!i8>) -> (tensor<3x10x!log>, tensor<2x2x70x!log8>, tensor<5x1x!log>) {
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32,
    scale_multiplier = 1677721600 : i32, scale_shift = 24 : i32, log_multiplier = 177446 : i64} : tensor<3x10x!i8> -> tensor<3x10x!log>
  %1 = fxp.log_softmax %y {pre_shift = 0 : i32, post_shift = 2 : i32, distance_max = 16383 : i32, multiplier = 24204 : i32,
    scale_multiplier = 1374389535 : i32, scale_shift = 36 : i32, log_multiplier = 14536350 : i64} : tensor<2x2x70x!i16> -> tensor<2x2x70x!log8>
  %2 = fxp.log_softmax %z {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 37818 : i32,
    scale_multiplier = 1677721600 : i32, scale_shift = 24 : i32, log_multiplier = 177446 : i64} : tensor<5x1x!i8> -> tensor<5x1x!log>
  return %0, %1, %2 : tensor<3x10x!log>, tensor<2x2x70x!log8>, tensor<5x1x!log>
}
