// Rules N13 and N14: ranges with 0 in them, ties, NaN, infinities, rows of zeros.
// RUN: narrow-interpret %s | FileCheck %s

!q = !quant.uniform<u8:f32, 1.0:128>
!r = !quant.uniform<i8<-127:127>:f32, 1.0>
!s = !quant.uniform<i32:f32:1, {0.5, 0.25}>

// From -1 to 1.55 in steps of 0.01; -0.3 is the step 70.
// CHECK-LABEL: @range
// CHECK-NEXT: tensor<{{.*}}> [0, 255, 70, 100]
// CHECK-NEXT: tensor<{{.*}}> [0.0099999{{.*}}, 100]
func.func @range() -> (tensor<4x!q>, tensor<1x2xf32>) {
  %x = arith.constant dense<[-1.0, 1.55, -0.3, 0.0]> : tensor<4xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<4xf32> -> tensor<4x!q>, tensor<1x2xf32>
  return %q, %p : tensor<4x!q>, tensor<1x2xf32>
}

// All positive: the range starts at 0, in steps of 1; ties to even, NaN is z.
// CHECK-LABEL: @positive
// CHECK-NEXT: tensor<{{.*}}> [255, 2, 4, 0, 0]
// CHECK-NEXT: tensor<{{.*}}> [1, 0]
func.func @positive() -> (tensor<5x!q>, tensor<1x2xf32>) {
  %x = arith.constant dense<[255.0, 2.5, 3.5, 0.5, 0x7FC00000]> : tensor<5xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<5xf32> -> tensor<5x!q>, tensor<1x2xf32>
  return %q, %p : tensor<5x!q>, tensor<1x2xf32>
}

// All negative: the zero point is the highest integer.
// CHECK-LABEL: @negative
// CHECK-NEXT: tensor<{{.*}}> [0, 254]
// CHECK-NEXT: tensor<{{.*}}> [1, 255]
func.func @negative() -> (tensor<2x!q>, tensor<1x2xf32>) {
  %x = arith.constant dense<[-255.0, -1.0]> : tensor<2xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<2xf32> -> tensor<2x!q>, tensor<1x2xf32>
  return %q, %p : tensor<2x!q>, tensor<1x2xf32>
}

// CHECK-LABEL: @zeros
// CHECK-NEXT: tensor<{{.*}}> [0, 0]
// CHECK-NEXT: tensor<{{.*}}> [1, 0]
func.func @zeros() -> (tensor<2x!q>, tensor<1x2xf32>) {
  %x = arith.constant dense<[0.0, -0.0]> : tensor<2xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<2xf32> -> tensor<2x!q>, tensor<1x2xf32>
  return %q, %p : tensor<2x!q>, tensor<1x2xf32>
}

// An infinite step: everything is the zero point.
// CHECK-LABEL: @infinite
// CHECK-NEXT: tensor<{{.*}}> [0, 0]
// CHECK-NEXT: tensor<{{.*}}> [inf, 0]
func.func @infinite() -> (tensor<2x!q>, tensor<1x2xf32>) {
  %x = arith.constant dense<[0x7F800000, 3.0]> : tensor<2xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<2xf32> -> tensor<2x!q>, tensor<1x2xf32>
  return %q, %p : tensor<2x!q>, tensor<1x2xf32>
}

// CHECK-LABEL: @rows
// CHECK-NEXT: tensor<{{.*}}> [-127, 64, 0, 0, 127, -2]
// CHECK-NEXT: tensor<{{.*}}> [1, 1, 2]
func.func @rows() -> (tensor<3x2x!r>, tensor<3x1xf32>) {
  %x = arith.constant dense<[[-127.0, 63.5], [0.0, 0x7FC00000], [254.0, -5.0]]> : tensor<3x2xf32>
  %q, %p = fxp.dynamic_quantize %x {per_row} : tensor<3x2xf32> -> tensor<3x2x!r>, tensor<3x1xf32>
  return %q, %p : tensor<3x2x!r>, tensor<3x1xf32>
}

// The rim holds the zero point, here 100.
// CHECK-LABEL: @pads
// CHECK-NEXT: tensor<{{.*}}> [100, 100, 100, 0, 100, 255]
func.func @pads() -> tensor<1x2x3x1x!q> {
  %x = arith.constant dense<[[[[-1.0], [0.0], [1.55]]]]> : tensor<1x1x3x1xf32>
  %q, %p = fxp.dynamic_quantize %x {pads = array<i64: 1, 0, 0, 0>} : tensor<1x1x3x1xf32> -> tensor<1x2x3x1x!q>, tensor<1x2xf32>
  return %q : tensor<1x2x3x1x!q>
}

// Sums 10 and 20 at scale 2 and zero point 126: a = 10 + 2 * 3, 20 + 2 * -4.
// CHECK-LABEL: @dequantize
// CHECK-NEXT: tensor<{{.*}}> [17, 6.5]
func.func @dequantize() -> tensor<1x2xf32> {
  %s = fxp.constant dense<[[10, 20]]> : tensor<1x2xi32> -> tensor<1x2x!s>
  %p = arith.constant dense<[[2.0, 126.0]]> : tensor<1x2xf32>
  %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: 3, -4>, bias = array<f32: 1.0, 0.5>} : tensor<1x2x!s>, tensor<1x2xf32> -> tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}

// CHECK-LABEL: @dequantize_rows
// CHECK-NEXT: tensor<{{.*}}> [10, 10, 40, 40]
func.func @dequantize_rows() -> tensor<2x2xf32> {
  %s = fxp.constant dense<[[10, 20], [20, 40]]> : tensor<2x2xi32> -> tensor<2x2x!s>
  %p = arith.constant dense<[[2.0], [4.0]]> : tensor<2x1xf32>
  %y = fxp.dynamic_dequantize %s, %p : tensor<2x2x!s>, tensor<2x1xf32> -> tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}
