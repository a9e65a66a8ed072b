// Rules N40 to N42.
// RUN: narrow-interpret %s | FileCheck %s

!u8 = !quant.uniform<u8:f32, 1.0:10>
!half = !quant.uniform<i8:f32, 0.5:-4>
!y = !quant.uniform<u8:f32, 1.0:100>

// lhs - z = [1, -10, 245], rhs - z = [3, 131, -124] halves; sums 2.5 up to 3,
// 55.5 up to 56, 183: saturates at 255 from 283.
// CHECK-LABEL: @add
// CHECK-NEXT: tensor<{{.*}}> [103, 156, 255]
// CHECK-NEXT: tensor<{{.*}}> [100, 25, 255]
// CHECK-NEXT: tensor<{{.*}}> [101, 90, 38]
// CHECK-NEXT: tensor<{{.*}}> [102, 166, 255]
func.func @add() -> (tensor<3x!y>, tensor<3x!y>, tensor<3x!y>, tensor<3x!y>) {
  %l = fxp.constant dense<[11, 0, -1]> : tensor<3xi8> -> tensor<3x!u8>
  %r = fxp.constant dense<[-1, 127, -128]> : tensor<3xi8> -> tensor<3x!half>
  %0 = fxp.add %l, %r {lhs_multiplier = 2 : i32, rhs_multiplier = 1 : i32, shift = 1 : i32} : (tensor<3x!u8>, tensor<3x!half>) -> tensor<3x!y>
  // 1 - 1.5 = -0.5 up to 0; -10 - 65.5 = -75.5 up to -75; 245 + 62.
  %1 = fxp.sub %l, %r {lhs_multiplier = 2 : i32, rhs_multiplier = 1 : i32, shift = 1 : i32} : (tensor<3x!u8>, tensor<3x!half>) -> tensor<3x!y>
  // min(1, 1.5), min(-10, 65.5), min(245, -62).
  %2 = fxp.min %l, %r {lhs_multiplier = 2 : i32, rhs_multiplier = 1 : i32, shift = 1 : i32} : (tensor<3x!u8>, tensor<3x!half>) -> tensor<3x!y>
  // max(1, 1.5) = 1.5 up to 2, 65.5 up to 66, 245.
  %3 = fxp.max %l, %r {lhs_multiplier = 2 : i32, rhs_multiplier = 1 : i32, shift = 1 : i32} : (tensor<3x!u8>, tensor<3x!half>) -> tensor<3x!y>
  return %0, %1, %2, %3 : tensor<3x!y>, tensor<3x!y>, tensor<3x!y>, tensor<3x!y>
}

// Sizes of 1 are broadcast on both sides; the clamp is the op's.
// CHECK-LABEL: @add_broadcasts_and_clamps
// CHECK-NEXT: tensor<{{.*}}> [102, 103, 103, 103]
func.func @add_broadcasts_and_clamps() -> tensor<2x2x!y> {
  %l = fxp.constant dense<[[11], [12]]> : tensor<2x1xi8> -> tensor<2x1x!u8>
  %r = fxp.constant dense<[[11, 12]]> : tensor<1x2xi8> -> tensor<1x2x!u8>
  %0 = fxp.add %l, %r {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32, max = 103 : i32}
    : (tensor<2x1x!u8>, tensor<1x2x!u8>) -> tensor<2x2x!y>
  return %0 : tensor<2x2x!y>
}

!long = !quant.uniform<i22:f32, 0.0625>
!part = !quant.uniform<i16:f32, 0.03125>

// Sums in i64 where a side or the result has more than 16 bits: 2000000 + 1.5
// up to 2000002, -2097152 - 16383.5 saturates.
// CHECK-LABEL: @add_long
// CHECK-NEXT: tensor<{{.*}}> [2000002, -2097152, 7]
// CHECK-NEXT: tensor<{{.*}}> [1999999, -2080768, 8]
func.func @add_long() -> (tensor<3x!long>, tensor<3x!long>) {
  %l = fxp.constant dense<[2000000, -2097152, 7]> : tensor<3xi32> -> tensor<3x!long>
  %r = fxp.constant dense<[3, -32767, -1]> : tensor<3xi16> -> tensor<3x!part>
  %0 = fxp.add %l, %r {lhs_multiplier = 1073741824 : i32, rhs_multiplier = 536870912 : i32, shift = 30 : i32} : (tensor<3x!long>, tensor<3x!part>) -> tensor<3x!long>
  %1 = fxp.sub %l, %r {lhs_multiplier = 1073741824 : i32, rhs_multiplier = 536870912 : i32, shift = 30 : i32} : (tensor<3x!long>, tensor<3x!part>) -> tensor<3x!long>
  return %0, %1 : tensor<3x!long>, tensor<3x!long>
}

// 1 * 1.5 = 1.5 up to 2; -10 * 65.5 saturates; 245 * -62 too.
// CHECK-LABEL: @mul
// CHECK-NEXT: tensor<{{.*}}> [102, 0, 0]
func.func @mul() -> tensor<3x!y> {
  %l = fxp.constant dense<[11, 0, -1]> : tensor<3xi8> -> tensor<3x!u8>
  %r = fxp.constant dense<[-1, 127, -128]> : tensor<3xi8> -> tensor<3x!half>
  %0 = fxp.mul %l, %r <mode = pow2, shift = [1]> : (tensor<3x!u8>, tensor<3x!half>) -> tensor<3x!y>
  return %0 : tensor<3x!y>
}

!i2 = !quant.uniform<i2:f32, 1.0>

// Entries from the lowest stored input on; unsigned results as the same bits.
// CHECK-LABEL: @lookup
// CHECK-NEXT: tensor<{{.*}}> [0, 255, 7, 200]
func.func @lookup() -> tensor<4x!y> {
  %x = fxp.constant dense<[-2, -1, 0, 1]> : tensor<4xi8> -> tensor<4x!i2>
  %0 = fxp.lookup %x dense<[0, -1, 7, -56]> : tensor<4xi8> : tensor<4x!i2> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

!i16 = !quant.uniform<i16:f32, 1.0>

// One table per channel, wide results.
// CHECK-LABEL: @lookup_per_channel
// CHECK-NEXT: tensor<{{.*}}> [10, -30000, 40, 8]
func.func @lookup_per_channel() -> tensor<2x2x!i16> {
  %x = fxp.constant dense<[[-2, -2], [1, 1]]> : tensor<2x2xi8> -> tensor<2x2x!i2>
  %0 = fxp.lookup %x dense<[[10, 20, 30, 40], [-30000, 6, 7, 8]]> : tensor<2x4xi16> : tensor<2x2x!i2> -> tensor<2x2x!i16>
  return %0 : tensor<2x2x!i16>
}

// A table for an input of 16 bits: a sub-range keeps it short.
// CHECK-LABEL: @lookup_16
// CHECK-NEXT: tensor<{{.*}}> [30000, -7, 0, 5]
func.func @lookup_16() -> tensor<4x!i16> {
  %x = fxp.constant dense<[-2, 1, 0, -1]> : tensor<4xi16> -> tensor<4x!quant.uniform<i16<-2:1>:f32, 0.5>>
  %0 = fxp.lookup %x dense<[30000, 5, 0, -7]> : tensor<4xi16> : tensor<4x!quant.uniform<i16<-2:1>:f32, 0.5>> -> tensor<4x!i16>
  return %0 : tensor<4x!i16>
}
