// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's
// Scales found at run time: vectors with rests, rows, images with pads; sums as
// the results of tiles of every size, and of convolutions.

!q = !quant.uniform<u8:f32, 1.0:128>
!r = !quant.uniform<i8<-127:127>:f32, 1.0>
!w = !quant.uniform<i8:f32, 1.0>
!z = !quant.uniform<i8:f32:0, {1.0:3, 1.0:-128}>
!s = !quant.uniform<i32:f32, 1.0>
!t = !quant.uniform<i32:f32:1, {0.1, 0.003}>

func.func @shared(%x: tensor<3x37xf32>, %one: tensor<1xf32>, %image: tensor<2x3x5x3xf32>)
    -> (tensor<3x37x!q>, tensor<1x2xf32>, tensor<1x!q>, tensor<1x2xf32>, tensor<2x6x6x3x!q>, tensor<1x2xf32>) {
  %0:2 = fxp.dynamic_quantize %x : tensor<3x37xf32> -> tensor<3x37x!q>, tensor<1x2xf32>
  %1:2 = fxp.dynamic_quantize %one : tensor<1xf32> -> tensor<1x!q>, tensor<1x2xf32>
  %2:2 = fxp.dynamic_quantize %image {pads = array<i64: 1, 0, 2, 1>} : tensor<2x3x5x3xf32> -> tensor<2x6x6x3x!q>, tensor<1x2xf32>
  return %0#0, %0#1, %1#0, %1#1, %2#0, %2#1 : tensor<3x37x!q>, tensor<1x2xf32>, tensor<1x!q>, tensor<1x2xf32>, tensor<2x6x6x3x!q>, tensor<1x2xf32>
}

func.func @rows(%x: tensor<2x3x37xf32>, %v: tensor<70xf32>, %column: tensor<5x1xf32>)
    -> (tensor<2x3x37x!r>, tensor<6x1xf32>, tensor<70x!r>, tensor<1x1xf32>, tensor<5x1x!r>, tensor<5x1xf32>) {
  %0:2 = fxp.dynamic_quantize %x {per_row} : tensor<2x3x37xf32> -> tensor<2x3x37x!r>, tensor<6x1xf32>
  %1:2 = fxp.dynamic_quantize %v {per_row} : tensor<70xf32> -> tensor<70x!r>, tensor<1x1xf32>
  %2:2 = fxp.dynamic_quantize %column {per_row} : tensor<5x1xf32> -> tensor<5x1x!r>, tensor<5x1xf32>
  return %0#0, %0#1, %1#0, %1#1, %2#0, %2#1 : tensor<2x3x37x!r>, tensor<6x1xf32>, tensor<70x!r>, tensor<1x1xf32>, tensor<5x1x!r>, tensor<5x1xf32>
}

// Constants, so that the numbers are no arguments of any width.
func.func @layer(%x: tensor<7x16xf32>) -> (tensor<7x2xf32>, tensor<7x2xf32>) {
  %w = fxp.constant dense<[[1,2,3,4,5,6,7,8,-1,-2,-3,-4,-5,-6,-7,127],[-127,3,9,9,1,1,1,1,1,1,1,1,0,0,0,0]]> : tensor<2x16xi8> -> tensor<2x16x!quant.uniform<i8:f32:0, {0.1, 0.003}>>
  %b = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  %q, %p = fxp.dynamic_quantize %x : tensor<7x16xf32> -> tensor<7x16x!q>, tensor<1x2xf32>
  %s = fxp.fully_connected %q, %w, %b <mode = pow2, shift = [0]> : (tensor<7x16x!q>, tensor<2x16x!quant.uniform<i8:f32:0, {0.1, 0.003}>>, tensor<2xi32>) -> tensor<7x2x!t>
  %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: 135, -98>, bias = array<f32: 0.5, -1.0e-3>} : tensor<7x2x!t>, tensor<1x2xf32> -> tensor<7x2xf32>
  %r, %k = fxp.dynamic_quantize %x {per_row} : tensor<7x16xf32> -> tensor<7x16x!r>, tensor<7x1xf32>
  %u = fxp.fully_connected %r, %w, %b <mode = pow2, shift = [0]> : (tensor<7x16x!r>, tensor<2x16x!quant.uniform<i8:f32:0, {0.1, 0.003}>>, tensor<2xi32>) -> tensor<7x2x!t>
  %v = fxp.dynamic_dequantize %u, %k : tensor<7x2x!t>, tensor<7x1xf32> -> tensor<7x2xf32>
  return %y, %v : tensor<7x2xf32>, tensor<7x2xf32>
}

func.func @convolution(%x: tensor<1x5x6x3xf32>) -> tensor<1x3x6x2xf32> {
  %w = fxp.constant dense<-3> : tensor<2x3x3x3xi8> -> tensor<2x3x3x3x!z>
  %b = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  %q, %p = fxp.dynamic_quantize %x {pads = array<i64: 0, 1, 1, 1>} : tensor<1x5x6x3xf32> -> tensor<1x6x8x3x!q>, tensor<1x2xf32>
  %s = fxp.conv2d %q, %w, %b <mode = pow2, shift = [0]> {strides = array<i64: 2, 1>, pads = array<i64: 0, 0, 1, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x6x8x3x!q>, tensor<2x3x3x3x!z>, tensor<2xi32>) -> tensor<1x3x6x2x!s>
  %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: -162, 3375>} : tensor<1x3x6x2x!s>, tensor<1x2xf32> -> tensor<1x3x6x2xf32>
  return %y : tensor<1x3x6x2xf32>
}

// Sums themselves: one row, many rows, a rest of channels; groups; packed weights.
func.func @sums(%x: tensor<1x40x!q>, %y: tensor<9x40x!q>, %c: tensor<1x5x6x32x!q>)
    -> (tensor<1x37x!s>, tensor<9x37x!s>, tensor<1x5x6x32x!s>, tensor<9x37x!s>, tensor<1x5x6x32x!s>) {
  %w = fxp.constant dense<-77> : tensor<37x40xi8> -> tensor<37x40x!w>
  %b = fxp.constant dense<123456> : tensor<37xi32> -> tensor<37xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]> : (tensor<1x40x!q>, tensor<37x40x!w>, tensor<37xi32>) -> tensor<1x37x!s>
  %1 = fxp.fully_connected %y, %w, %b <mode = pow2, shift = [0]> : (tensor<9x40x!q>, tensor<37x40x!w>, tensor<37xi32>) -> tensor<9x37x!s>
  %v = fxp.constant dense<5> : tensor<32x3x3x8xi8> -> tensor<32x3x3x8x!w>
  %d = fxp.constant dense<-7> : tensor<32xi32> -> tensor<32xi32>
  %2 = fxp.conv2d %c, %v, %d <mode = pow2, shift = [0]> {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 4 : i64}
    : (tensor<1x5x6x32x!q>, tensor<32x3x3x8x!w>, tensor<32xi32>) -> tensor<1x5x6x32x!s>
  %u = fxp.constant dense<-7> : tensor<37x40xi8> -> tensor<37x40x!w> {storage = #fxp.storage<i4>}
  %3 = fxp.fully_connected %y, %u, %b <mode = pow2, shift = [0]> : (tensor<9x40x!q>, tensor<37x40x!w>, tensor<37xi32>) -> tensor<9x37x!s>
  %g = fxp.constant dense<-128> : tensor<32x3x3x1xi8> -> tensor<32x3x3x1x!w>
  %4 = fxp.conv2d %c, %g, %d <mode = pow2, shift = [0]> {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 32 : i64}
    : (tensor<1x5x6x32x!q>, tensor<32x3x3x1x!w>, tensor<32xi32>) -> tensor<1x5x6x32x!s>
  return %0, %1, %2, %3, %4 : tensor<1x37x!s>, tensor<9x37x!s>, tensor<1x5x6x32x!s>, tensor<9x37x!s>, tensor<1x5x6x32x!s>
}
