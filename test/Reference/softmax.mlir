// Rule N43.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<i8:f32, 0.6931472>
!y = !quant.uniform<u8:f32, 0.00390625>

// One octave per step: post_shift 12, distances up to 15, multiplier 2^27 / 2^12 = 32768:
// t = d * 4096 * 32768 >> 16 = d * 2048. e = 32765 >> d, rounded.
// Two equal logits: sum 65530, R = round(2^31 / 65530) = 32771, e * R >> 16 = 16384,
// y = round(16384 / 2^7) = 128.
// CHECK-LABEL: @equal
// CHECK-NEXT: tensor<{{.*}}> [128, 128]
func.func @equal() -> tensor<1x2x!y> {
  %x = fxp.constant dense<[[5, 5]]> : tensor<1x2xi8> -> tensor<1x2x!x>
  %y = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x2x!x> -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}

// A single logit: 256 saturates to 255. Rows do not see each other.
// CHECK-LABEL: @one
// CHECK-NEXT: tensor<{{.*}}> [255, 255]
func.func @one() -> tensor<2x1x!y> {
  %x = fxp.constant dense<[[127], [-128]]> : tensor<2x1xi8> -> tensor<2x1x!x>
  %y = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<2x1x!x> -> tensor<2x1x!y>
  return %y : tensor<2x1x!y>
}

// Octaves 0, 1, 2 and beyond the end: 4/7, 2/7, 1/7 of 256 = 146.3, 73.1, 36.6, 0.
// CHECK-LABEL: @octaves
// CHECK-NEXT: tensor<{{.*}}> [146, 73, 37, 0]
func.func @octaves() -> tensor<1x4x!y> {
  %x = fxp.constant dense<[[5, 4, 3, -128]]> : tensor<1x4xi8> -> tensor<1x4x!x>
  %y = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x4x!x> -> tensor<1x4x!y>
  return %y : tensor<1x4x!y>
}

// The lowest value is a value like any other, unless it means masked; a row of
// masks is one of equal values.
// CHECK-LABEL: @masked
// CHECK-NEXT: tensor<{{.*}}> [171, 85, 128, 128]
// CHECK-NEXT: tensor<{{.*}}> [255, 0, 128, 128]
func.func @masked() -> (tensor<2x2x!y>, tensor<2x2x!y>) {
  %x = fxp.constant dense<[[-127, -128], [-128, -128]]> : tensor<2x2xi8> -> tensor<2x2x!x>
  %y = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<2x2x!x> -> tensor<2x2x!y>
  %z = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32, masked} : tensor<2x2x!x> -> tensor<2x2x!y>
  return %y, %z : tensor<2x2x!y>, tensor<2x2x!y>
}

!wide = !quant.uniform<i32:f32, 1.0e-6>

// i32 logits over their whole range: 2^32 - 1 steps are many octaves.
// CHECK-LABEL: @i32
// CHECK-NEXT: tensor<{{.*}}> [255, 0]
func.func @i32() -> tensor<1x2x!y> {
  %x = fxp.constant dense<[[2147483647, -2147483648]]> : tensor<1x2xi32> -> tensor<1x2x!wide>
  %y = fxp.softmax %x {pre_shift = 8 : i32, post_shift = 0 : i32, distance_max = 65535 : i32, multiplier = 49571 : i32} : tensor<1x2x!wide> -> tensor<1x2x!y>
  return %y : tensor<1x2x!y>
}

!fine = !quant.uniform<i16:f32, 3.0517578125e-05>
!finest = !quant.uniform<i16:f32, 2.384185791015625e-07>
!part = !quant.uniform<i16<0:2047>:f32, 4.8828125e-04>
!byte = !quant.uniform<u8:f32, 9.765625e-04>

// Results at 2^-15 and 2^-22 (which saturate), at 2^-11 in a part of i16, and in
// bytes at 2^-10: 4/7, 2/7, 1/7 of 32768 and of 2048; 1 is out of range.
// CHECK-LABEL: @widths
// CHECK-NEXT: tensor<{{.*}}> [18724, 9362, 4681, 0]
// CHECK-NEXT: tensor<{{.*}}> [32767, 32767, 32767, 0]
// CHECK-NEXT: tensor<{{.*}}> [1170, 585, 293, 0]
// CHECK-NEXT: tensor<{{.*}}> [255, 255, 146, 0]
func.func @widths() -> (tensor<1x4x!fine>, tensor<1x4x!finest>, tensor<1x4x!part>, tensor<1x4x!byte>) {
  %x = fxp.constant dense<[[5, 4, 3, -128]]> : tensor<1x4xi8> -> tensor<1x4x!x>
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x4x!x> -> tensor<1x4x!fine>
  %1 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x4x!x> -> tensor<1x4x!finest>
  %2 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x4x!x> -> tensor<1x4x!part>
  %3 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32} : tensor<1x4x!x> -> tensor<1x4x!byte>
  return %0, %1, %2, %3 : tensor<1x4x!fine>, tensor<1x4x!finest>, tensor<1x4x!part>, tensor<1x4x!byte>
}
