// Every op parses, verifies and prints.
// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

!u8 = !quant.uniform<u8:f32, 0.5:3>
!u4 = !quant.uniform<u4:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32:0, {0.25, 0.5}>
!w1 = !quant.uniform<i8:f32, 0.5>
!channels = !quant.uniform<u8:f32:3, {0.5:3, 0.25:128}>
!probability = !quant.uniform<u8:f32, 0.00390625>

// CHECK-LABEL: func @contractions
func.func @contractions(%x: tensor<1x5x5x2x!u8>, %m: tensor<2x3x4x!u8>, %n: tensor<2x4x5x!u8>) {
  %w = fxp.constant dense<1> : tensor<2x3x3x2xi8> -> tensor<2x3x3x2x!w>
  %b = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  // CHECK: fxp.conv2d %{{.*}}, %{{.*}}, %{{.*}} <mode = q31, multiplier = [1073741824, 1073741824], shift = [32, 31]>
  %0 = fxp.conv2d %x, %w, %b <mode = q31, multiplier = [1073741824, 1073741824], shift = [32, 31]>
    {strides = array<i64: 2, 1>, pads = array<i64: 1, 1, 0, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x5x2x!u8>, tensor<2x3x3x2x!w>, tensor<2xi32>) -> tensor<1x2x5x2x!u8>
  // CHECK: fxp.transposed_conv2d
  %1 = fxp.transposed_conv2d %x, %w, %b <mode = pow2, shift = [2, 1]>
    {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x5x2x!u8>, tensor<2x3x3x2x!w>, tensor<2xi32>) -> tensor<1x11x11x2x!u8>
  // A result with scales of its own per channel, and bounds per channel.
  // CHECK: fxp.conv2d {{.*}} min = [0, 1], max = [255, 200]>
  %2 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [2, 0], min = [0, 1], max = [255, 200]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x5x5x2x!u8>, tensor<2x3x3x2x!w>, tensor<2xi32>) -> tensor<1x5x5x2x!channels>
  // CHECK: fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!quant.uniform{{.*}}> {storage = #fxp.storage<lut2>}
  %wf = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!w> {storage = #fxp.storage<lut2>}
  // CHECK: fxp.constant dense<[{{.*}}]> : tensor<1x2xi8> -> tensor<1x2x!quant.uniform{{.*}}> {narrow.block = 128 : i64, storage = #fxp.storage<i4>}
  %wb = fxp.constant dense<[[105, -90]]> : tensor<1x2xi8> -> tensor<1x2x!quant.uniform<i8:f32, 0.5>> {narrow.block = 128 : i64, storage = #fxp.storage<i4>}
  // CHECK: fxp.fully_connected
  %3 = fxp.fully_connected %x, %wf, %b <mode = pow2, shift = [1, 0]>
    : (tensor<1x5x5x2x!u8>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x5x5x2x!i16>
  // Several scales of the input: the largest is that of the products.
  // CHECK: fxp.fully_connected
  %4 = fxp.fully_connected %2, %wf, %b <mode = pow2, shift = [1, 0]>
    : (tensor<1x5x5x2x!channels>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x5x5x2x!i16>
  // CHECK: fxp.matmul
  %5 = fxp.matmul %m, %n <mode = q15, multiplier = [16384], shift = [0], offset = [6]>
    : (tensor<2x3x4x!u8>, tensor<2x4x5x!u8>) -> tensor<2x3x5x!u8>
  return
}

// CHECK-LABEL: func @elementwise
func.func @elementwise(%x: tensor<2x3x!u8>, %y: tensor<1x3x!i16>, %z: tensor<2x3x!u4>) {
  // CHECK: fxp.add
  %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 8192 : i32, shift = 14 : i32, min = 3 : i32}
    : (tensor<2x3x!u8>, tensor<1x3x!i16>) -> tensor<2x3x!u8>
  // CHECK: fxp.sub
  %1 = fxp.sub %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 8192 : i32, shift = 14 : i32}
    : (tensor<2x3x!u8>, tensor<1x3x!i16>) -> tensor<2x3x!u8>
  // CHECK: fxp.min
  %2 = fxp.min %x, %x {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32}
    : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  // CHECK: fxp.max
  %3 = fxp.max %x, %x {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32}
    : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  // CHECK: fxp.mul
  %4 = fxp.mul %x, %x <mode = f32, multiplier = [1056964608]> : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  // CHECK: fxp.lookup
  %5 = fxp.lookup %z dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, -1]> : tensor<16xi8> : tensor<2x3x!u4> -> tensor<2x3x!u8>
  // CHECK: fxp.lookup
  %6 = fxp.lookup %z dense<7> : tensor<3x16xi16> : tensor<2x3x!u4> -> tensor<2x3x!i16>
  // CHECK: fxp.interpolate
  %interpolated = fxp.interpolate %z dense<[0, 8, 16]> : tensor<3xi16> {segment_bits = array<i32: 3>, fraction_bits = 0 : i32} : tensor<2x3x!u4> -> tensor<2x3x!i16>
  // CHECK: fxp.softmax
  %7 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, masked}
    : tensor<2x3x!u8> -> tensor<2x3x!probability>
  // CHECK: fxp.log_softmax
  %8 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32,
    scale_multiplier = 1073741824 : i32, scale_shift = 29 : i32, log_multiplier = 22713 : i64} : tensor<2x3x!u8> -> tensor<2x3x!i16>
  // CHECK: fxp.normalize %{{.*}} scale dense<4096> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred,
  %9 = fxp.normalize %x scale dense<4096> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 1 : i64, spread_shift = 0 : i32,
    input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 22 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i16>
  return
}

// CHECK-LABEL: func @casts
func.func @casts(%f: tensor<2x!u8>, %x: tensor<2x3xf32>) {
  // CHECK: fxp.quantize
  %0 = fxp.quantize %x : tensor<2x3xf32> -> tensor<2x3x!u8>
  // CHECK: fxp.quantize %{{.*}} {axis = 0 : i64, factor = array<f32: 2.000000e+00, 1.000000e+00>, mean = array<f32: 1.000000e+00, 0.000000e+00>}
  %10 = fxp.quantize %x {mean = array<f32: 1.0, 0.0>, factor = array<f32: 2.0, 1.0>, axis = 0 : i64} : tensor<2x3xf32> -> tensor<2x3x!u8>
  // CHECK: fxp.requantize
  %1 = fxp.requantize %0 <mode = q31, multiplier = [1073741824], shift = [29]> : tensor<2x3x!u8> -> tensor<2x3x!i16>
  // CHECK: fxp.dequantize
  %2 = fxp.dequantize %1 : tensor<2x3x!i16> -> tensor<2x3xf32>
  // CHECK: fxp.to_integers
  %integers = fxp.to_integers %1 : tensor<2x3x!i16> -> tensor<2x3xi32>
  // CHECK: fxp.from_integers
  %stored = fxp.from_integers %integers : tensor<2x3xi32> -> tensor<2x3x!i16>
  // CHECK: fxp.observe
  fxp.observe %2 "out" {range = array<f64: -1.0, 1.0>, type = !u8} : tensor<2x3xf32>
  return
}

// CHECK-LABEL: func @reductions
func.func @reductions(%x: tensor<1x5x4x2x!u8>, %c: tensor<1x5x4x2x!channels>) {
  // Ceil sizes: the last window hangs over the rim.
  // CHECK: fxp.max_pool2d
  %0 = fxp.max_pool2d %c {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x5x4x2x!channels> -> tensor<1x3x2x2x!channels>
  // CHECK: fxp.avg_pool2d
  %1 = fxp.avg_pool2d %x <mode = pow2, shift = [2, 1]>
    {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4, 2>}
    : tensor<1x5x4x2x!u8> -> tensor<1x3x2x2x!u8>
  // CHECK: fxp.reduce_sum
  %2 = fxp.reduce_sum %x <mode = pow2, shift = [2]> {axis = 2 : i64, divisor = 4 : i64} : tensor<1x5x4x2x!u8> -> tensor<1x5x1x2x!u8>
  // CHECK: fxp.reduce_max
  %3 = fxp.reduce_max %c {axis = 2 : i64} : tensor<1x5x4x2x!channels> -> tensor<1x5x1x2x!channels>
  return
}

!first = !quant.uniform<u8:f32:1, {0.5:3, 0.25:128}>
!flat = !quant.uniform<u8:f32:2, {0.5:3, 0.25:128}>
!swapped = !quant.uniform<u8:f32:3, {0.25:128, 0.5:3}>
!three = !quant.uniform<u8:f32:3, {0.5:3, 0.25:128, 0.5:3}>
!one = !quant.uniform<u8:f32:3, {0.5:3}>

// Scales per channel go where their channel goes.
// CHECK-LABEL: func @movement
func.func @movement(%x: tensor<1x4x4x2x!channels>, %o: tensor<1x4x4x1x!one>) {
  // CHECK: fxp.reshape
  %0 = fxp.reshape %x : tensor<1x4x4x2x!channels> -> tensor<1x16x2x!flat>
  // CHECK: fxp.transpose
  %1 = fxp.transpose %x {perms = array<i64: 0, 3, 1, 2>} : tensor<1x4x4x2x!channels> -> tensor<1x2x4x4x!first>
  // CHECK: fxp.slice
  %2 = fxp.slice %x {starts = array<i64: 0, 3, 0, 1>, steps = array<i64: 1, -2, 2, -1>} : tensor<1x4x4x2x!channels> -> tensor<1x2x2x2x!swapped>
  // CHECK: fxp.pad
  %3 = fxp.pad %x {low = array<i64: 0, 1, 0, 0>, value = 3 : i32} : tensor<1x4x4x2x!channels> -> tensor<1x6x4x2x!channels>
  // CHECK: fxp.concat
  %4 = fxp.concat %x, %o {axis = 3 : i64} : (tensor<1x4x4x2x!channels>, tensor<1x4x4x1x!one>) -> tensor<1x4x4x3x!three>
  // CHECK: fxp.gather
  %5 = fxp.gather %x {indices = array<i64: 1, 0>, axis = 3 : i64} : tensor<1x4x4x2x!channels> -> tensor<1x4x4x2x!swapped>
  // CHECK: fxp.resize
  %6 = fxp.resize %x {h_taps = array<i32: 0, 1, 128, 2, 3, 128>, w_taps = array<i32: 0, 0, 0>} : tensor<1x4x4x2x!channels> -> tensor<1x2x1x2x!channels>
  return
}
