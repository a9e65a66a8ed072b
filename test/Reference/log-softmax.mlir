// Rule N44.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<i8:f32, 0.69314718>
!y = !quant.uniform<i16:f32, 6.7690154e-4>
!z = !quant.uniform<u8<3:250>:f32, 0.043321699:200>

// One octave per step of the input (see softmax.mlir) and 1024 steps of the result an octave.
// Two equal logits: S = 65530, log2(S / 2^15) = 0.99987: -1023.87 steps.
// Octaves 0, 1, 2 and 133: S = 32765 + 16383 + 8191, 0.80722 octaves are 826.6 steps, and
// the last result saturates. A single logit: S = 32765, 0.00013 octaves below 1.
// CHECK-LABEL: @octaves
// CHECK-NEXT: tensor<{{.*}}> [-1024, -1024]
// CHECK-NEXT: tensor<{{.*}}> [-827, -1851, -2875, -32768]
// CHECK-NEXT: tensor<{{.*}}> [0, 0]
func.func @octaves() -> (tensor<1x2x!y>, tensor<1x4x!y>, tensor<2x1x!y>) {
  %a = fxp.constant dense<[[5, 5]]> : tensor<1x2xi8> -> tensor<1x2x!x>
  %0 = fxp.log_softmax %a {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32,
    scale_multiplier = 67108864 : i32, scale_shift = 16 : i32, log_multiplier = 1024 : i64} : tensor<1x2x!x> -> tensor<1x2x!y>
  %b = fxp.constant dense<[[5, 4, 3, -128]]> : tensor<1x4xi8> -> tensor<1x4x!x>
  %1 = fxp.log_softmax %b {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32,
    scale_multiplier = 67108864 : i32, scale_shift = 16 : i32, log_multiplier = 1024 : i64} : tensor<1x4x!x> -> tensor<1x4x!y>
  %c = fxp.constant dense<[[127], [-128]]> : tensor<2x1xi8> -> tensor<2x1x!x>
  %2 = fxp.log_softmax %c {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32,
    scale_multiplier = 67108864 : i32, scale_shift = 16 : i32, log_multiplier = 1024 : i64} : tensor<2x1x!x> -> tensor<2x1x!y>
  return %0, %1, %2 : tensor<1x2x!y>, tensor<1x4x!y>, tensor<2x1x!y>
}

// 16 steps an octave, zero point 200: 200 - 12.9, 16 and 32 below; the range begins at 3.
// CHECK-LABEL: @zero_point
// CHECK-NEXT: tensor<{{.*}}> [187, 171, 155, 3]
func.func @zero_point() -> tensor<1x4x!z> {
  %x = fxp.constant dense<[[5, 4, 3, -128]]> : tensor<1x4xi8> -> tensor<1x4x!x>
  %y = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 12 : i32, distance_max = 15 : i32, multiplier = 32768 : i32,
    scale_multiplier = 16777216 : i32, scale_shift = 20 : i32, log_multiplier = 256 : i64} : tensor<1x4x!x> -> tensor<1x4x!z>
  return %y : tensor<1x4x!z>
}
