// Rules N2, N10, N11 and N53: NaN, infinities, ties and the rims.
// RUN: narrow-interpret %s | FileCheck %s

!u8 = !quant.uniform<u8:f32, 0.5:128>
!rim = !quant.uniform<u8:f32, 0.5:255>
!i4 = !quant.uniform<i4<-7:7>:f32, 1.0>
!u4 = !quant.uniform<u4:f32, 1.0:15>
!i16 = !quant.uniform<i16:f32, 0.1>
!axis = !quant.uniform<u8:f32:1, {1.0:0, 0.5:10}>

// NaN, +inf, -inf, 1e30, -1e30; ties to even: 0.25 * 2 = 0.5 -> 0, 0.75 -> 1.5 -> 2,
// 1.25 -> 2.5 -> 2; 63.5 -> 127; 64 saturates.
// CHECK-LABEL: @quantize
// CHECK-NEXT: tensor<{{.*}}> [128, 255, 0, 255, 0, 128, 130, 130, 128, 255, 255]
func.func @quantize() -> tensor<11x!u8> {
  %x = arith.constant dense<[0x7FC00000, 0x7F800000, 0xFF800000, 1.0e30, -1.0e30, 0.25, 0.75, 1.25, -0.25, 63.5, 64.0]> : tensor<11xf32>
  %y = fxp.quantize %x : tensor<11xf32> -> tensor<11x!u8>
  return %y : tensor<11x!u8>
}

// A zero point at the rim, and a NaN with a sign.
// CHECK-LABEL: @zero_point_at_the_rim
// CHECK-NEXT: tensor<{{.*}}> [255, 255, 253, 0]
func.func @zero_point_at_the_rim() -> tensor<4x!rim> {
  %x = arith.constant dense<[0xFFC00001, 0.5, -1.0, -1.0e9]> : tensor<4xf32>
  %y = fxp.quantize %x : tensor<4xf32> -> tensor<4x!rim>
  return %y : tensor<4x!rim>
}

// CHECK-LABEL: @narrow_range
// CHECK-NEXT: tensor<{{.*}}> [-7, 7, 2]
func.func @narrow_range() -> tensor<3x!i4> {
  %x = arith.constant dense<[-8.0, 8.0, 2.5]> : tensor<3xf32>
  %y = fxp.quantize %x : tensor<3xf32> -> tensor<3x!i4>
  return %y : tensor<3x!i4>
}

// The product is rounded to f32 before the integer: 1/0.1f = 10, 0.05f * 10 = 0.5 -> 0.
// CHECK-LABEL: @product_in_f32
// CHECK-NEXT: tensor<{{.*}}> [0, 2, 32767, -32768]
func.func @product_in_f32() -> tensor<4x!i16> {
  %x = arith.constant dense<[0.05, 0.15, 1.0e4, -1.0e4]> : tensor<4xf32>
  %y = fxp.quantize %x : tensor<4xf32> -> tensor<4x!i16>
  return %y : tensor<4x!i16>
}

// CHECK-LABEL: @scales_per_axis
// CHECK-NEXT: tensor<{{.*}}> [3, 16]
// CHECK-NEXT: tensor<1x2xf32> [3, 3]
func.func @scales_per_axis() -> (tensor<1x2x!axis>, tensor<1x2xf32>) {
  %x = arith.constant dense<3.0> : tensor<1x2xf32>
  %y = fxp.quantize %x : tensor<1x2xf32> -> tensor<1x2x!axis>
  %z = fxp.dequantize %y : tensor<1x2x!axis> -> tensor<1x2xf32>
  return %y, %z : tensor<1x2x!axis>, tensor<1x2xf32>
}

// N12: the difference first. Time stamps lose nothing; a NaN is the zero point.
// CHECK-LABEL: @normalise
// CHECK-NEXT: tensor<{{.*}}> [128, 129, 0, 128]
// CHECK-NEXT: tensor<{{.*}}> [129, 126, 255, 128]
func.func @normalise() -> (tensor<4x!u8>, tensor<2x2x!u8>) {
  %x = arith.constant dense<[1.7e9, 1700000128.0, 1699987200.0, 0x7FC00000]> : tensor<4xf32>
  %0 = fxp.quantize %x {mean = array<f32: 1.7e9>, factor = array<f32: 0.01>} : tensor<4xf32> -> tensor<4x!u8>
  %y = arith.constant dense<[[11.0, 5000.0], [1.0e9, 6000.0]]> : tensor<2x2xf32>
  %1 = fxp.quantize %y {mean = array<f32: 10.0, 6000.0>, factor = array<f32: 1.0, 0.002>, axis = 1 : i64} : tensor<2x2xf32> -> tensor<2x2x!u8>
  return %0, %1 : tensor<4x!u8>, tensor<2x2x!u8>
}

// Unsigned storage is kept as the same bits: i8 -1 is u8 255; f32(0.1) * 3.
// CHECK-LABEL: @dequantize
// CHECK-NEXT: tensor<3xf32> [-64, 63.5, 0]
// CHECK-NEXT: tensor<2xf32> [-15, 0]
// CHECK-NEXT: tensor<2xf32> [0.300000012, -3276.80005]
func.func @dequantize() -> (tensor<3xf32>, tensor<2xf32>, tensor<2xf32>) {
  %0 = fxp.constant dense<[0, -1, -128]> : tensor<3xi8> -> tensor<3x!u8>
  %1 = fxp.dequantize %0 : tensor<3x!u8> -> tensor<3xf32>
  %2 = fxp.constant dense<[0, 15]> : tensor<2xi8> -> tensor<2x!u4>
  %3 = fxp.dequantize %2 : tensor<2x!u4> -> tensor<2xf32>
  %4 = fxp.constant dense<[3, -32768]> : tensor<2xi16> -> tensor<2x!i16>
  %5 = fxp.dequantize %4 : tensor<2x!i16> -> tensor<2xf32>
  return %1, %3, %5 : tensor<3xf32>, tensor<2xf32>, tensor<2xf32>
}

// N53: wider integers hold the numbers, those of one width the same bits, and
// what is beyond the range is clamped on the way back.
!u = !quant.uniform<u8:f32, 0.5:3>
!part = !quant.uniform<u8<0:63>:f32, 0.5>
// CHECK-LABEL: @integers
// CHECK-NEXT: tensor<3xi32> [0, 127, 200]
// CHECK-NEXT: tensor<3xi8> [0, 127, -56]
// CHECK-NEXT: tensor<3x{{.*}}> [0, 127, 200]
// CHECK-NEXT: tensor<3x{{.*}}> [0, 63, 63]
// CHECK-NEXT: tensor<3x{{.*}}> [0, 255, 7]
func.func @integers() -> (tensor<3xi32>, tensor<3xi8>, tensor<3x!u>, tensor<3x!part>, tensor<3x!u>) {
  %x = fxp.constant dense<[0, 127, -56]> : tensor<3xi8> -> tensor<3x!u>
  %long = "tosa.const"() <{values = dense<[-1, 4294967296, 7]> : tensor<3xi64>}> : () -> tensor<3xi64>
  %0 = fxp.to_integers %x : tensor<3x!u> -> tensor<3xi32>
  %1 = fxp.to_integers %x : tensor<3x!u> -> tensor<3xi8>
  %2 = fxp.from_integers %1 : tensor<3xi8> -> tensor<3x!u>
  %3 = fxp.from_integers %1 : tensor<3xi8> -> tensor<3x!part>
  %4 = fxp.from_integers %long : tensor<3xi64> -> tensor<3x!u>
  return %0, %1, %2, %3, %4 : tensor<3xi32>, tensor<3xi8>, tensor<3x!u>, tensor<3x!part>, tensor<3x!u>
}
