// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's
// Results of more than 16 bits in every mode, from accumulators of 32 and 64
// bits, and what reads them.

!x = !quant.uniform<u8:f32, 1.0:100>
!v = !quant.uniform<i16:f32, 1.0:-77>
!w = !quant.uniform<i8:f32, 1.0>
!y = !quant.uniform<i32:f32, 1.0>
!far = !quant.uniform<i32:f32, 1.0:2147483647>
!small = !quant.uniform<i32:f32, 0.001:-2147483648>
!short = !quant.uniform<i20<-300000:500000>:f32, 0.25:-11>
!half = !quant.uniform<i32:f32, 2.0:5>
!p = !quant.uniform<u8:f32, 0.00390625>

func.func @modes(%x: tensor<3x5x!x>) -> (tensor<3x5x!y>, tensor<3x5x!far>, tensor<3x5x!small>, tensor<3x5x!short>, tensor<3x5x!half>, tensor<3x5x!half>) {
  %w = fxp.constant dense<[[1,2,3,4,5],[-1,-127,3,4,5],[127,127,127,127,127],[1,-2,3,-4,5],[0,0,0,0,1]]> : tensor<5x5xi8> -> tensor<5x5x!w>
  %b = fxp.constant dense<[1000000,-70000,3,2147000000,-2147000000]> : tensor<5xi32> -> tensor<5xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]> : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!y>
  %1 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824], shift = [30], min = [-5, 0, 7, 8, 9], max = [2147483647]>
    : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!far>
  // Products leave the range; 1000 in f32.
  %2 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [1148846080], max = [2000000000]> : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!small>
  %3 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824], shift = [28]> : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!short>
  // Ties on both sides of 2^22 and of 2^23; f32 holds no halves beyond.
  %4 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [1056964608]> : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!half>
  %5 = fxp.fully_connected %x, %w, %b <mode = q15, multiplier = [16384], shift = [0], offset = [10]> : (tensor<3x5x!x>, tensor<5x5x!w>, tensor<5xi32>) -> tensor<3x5x!half>
  return %0, %1, %2, %3, %4, %5 : tensor<3x5x!y>, tensor<3x5x!far>, tensor<3x5x!small>, tensor<3x5x!short>, tensor<3x5x!half>, tensor<3x5x!half>
}

func.func @halves(%x: tensor<8x1x!v>) -> tensor<8x19x!half> {
  %w = fxp.constant dense<[[1],[2],[3],[64],[127],[-128],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1],[1]]> : tensor<19x1xi8> -> tensor<19x1x!w>
  %b = fxp.constant dense<[0, 4194304, 8388608, 8388609, 16777217, -4194304, -8388607, -8388609, -16777217, 1, -1, 3, -3, 5, 4194303, -4194303, 8388607, 33554433, 33554435]>
    : tensor<19xi32> -> tensor<19xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [1056964608]> : (tensor<8x1x!v>, tensor<19x1x!w>, tensor<19xi32>) -> tensor<8x19x!half>
  return %0 : tensor<8x19x!half>
}

func.func @accumulators_of_64_bits(%x: tensor<3x5x!v>) -> (tensor<3x5x!y>, tensor<3x5x!far>, tensor<3x5x!small>, tensor<3x5x!half>) {
  %w = fxp.constant dense<[[1,2,3,4,5],[-1,-127,3,4,5],[127,127,127,127,127],[1,-2,3,-4,5],[0,0,0,0,1]]> : tensor<5x5xi8> -> tensor<5x5x!w>
  %b = fxp.constant dense<[1000000,-70000,3,2147000000000,-2147000000000]> : tensor<5xi64> -> tensor<5xi64>
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]> : (tensor<3x5x!v>, tensor<5x5x!w>, tensor<5xi64>) -> tensor<3x5x!y>
  %1 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824], shift = [30]> : (tensor<3x5x!v>, tensor<5x5x!w>, tensor<5xi64>) -> tensor<3x5x!far>
  %2 = fxp.fully_connected %x, %w, %b <mode = f32, multiplier = [1148846080]> : (tensor<3x5x!v>, tensor<5x5x!w>, tensor<5xi64>) -> tensor<3x5x!small>
  %3 = fxp.fully_connected %x, %w, %b <mode = q15, multiplier = [16384], shift = [0], offset = [10]> : (tensor<3x5x!v>, tensor<5x5x!w>, tensor<5xi64>) -> tensor<3x5x!half>
  return %0, %1, %2, %3 : tensor<3x5x!y>, tensor<3x5x!far>, tensor<3x5x!small>, tensor<3x5x!half>
}

// Depthwise, grouped and transposed convolutions have kernels of their own for bytes.
func.func @convolutions(%x: tensor<1x4x5x16x!x>) -> (tensor<1x4x5x16x!y>, tensor<1x8x10x16x!y>) {
  %w = fxp.constant dense<3> : tensor<16x3x3x1xi8> -> tensor<16x3x3x1x!w>
  %b = fxp.constant dense<70000> : tensor<16xi32> -> tensor<16xi32>
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 16 : i64}
    : (tensor<1x4x5x16x!x>, tensor<16x3x3x1x!w>, tensor<16xi32>) -> tensor<1x4x5x16x!y>
  %u = fxp.constant dense<-7> : tensor<16x2x2x16xi8> -> tensor<16x2x2x16x!w>
  %1 = fxp.transposed_conv2d %x, %u, %b <mode = pow2, shift = [0]>
    {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x5x16x!x>, tensor<16x2x2x16x!w>, tensor<16xi32>) -> tensor<1x8x10x16x!y>
  return %0, %1 : tensor<1x4x5x16x!y>, tensor<1x8x10x16x!y>
}

// Products of bytes have kernels of their own too; differences take 33 bits.
func.func @readers(%l: tensor<2x3x40x!x>, %r: tensor<2x40x21x!w>) -> (tensor<2x3x21x!p>, tensor<2x3x21xf32>, tensor<2x3x21xf32>) {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [30]> : (tensor<2x3x40x!x>, tensor<2x40x21x!w>) -> tensor<2x3x21x!y>
  %1 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [30]> : (tensor<2x3x40x!x>, tensor<2x40x21x!w>) -> tensor<2x3x21x!far>
  %s = fxp.softmax %0 {pre_shift = 3 : i32, post_shift = 4 : i32, distance_max = 4095 : i32, multiplier = 9455 : i32} : tensor<2x3x21x!y> -> tensor<2x3x21x!p>
  %d = fxp.dequantize %0 : tensor<2x3x21x!y> -> tensor<2x3x21xf32>
  %f = fxp.dequantize %1 : tensor<2x3x21x!far> -> tensor<2x3x21xf32>
  return %s, %d, %f : tensor<2x3x21x!p>, tensor<2x3x21xf32>, tensor<2x3x21xf32>
}
func.func @difference(%x: tensor<40x!far>, %y: tensor<40x!small>) -> (tensor<40xf32>, tensor<40xf32>) {
  %0 = fxp.dequantize %x : tensor<40x!far> -> tensor<40xf32>
  %1 = fxp.dequantize %y : tensor<40x!small> -> tensor<40xf32>
  return %0, %1 : tensor<40xf32>, tensor<40xf32>
}
func.func @requantize(%x: tensor<50x!v>) -> (tensor<50x!half>, tensor<50x!small>) {
  %0 = fxp.requantize %x <mode = f32, multiplier = [1056964608]> : tensor<50x!v> -> tensor<50x!half>
  %1 = fxp.requantize %x <mode = f32, multiplier = [1148846080]> : tensor<50x!v> -> tensor<50x!small>
  return %0, %1 : tensor<50x!half>, tensor<50x!small>
}
