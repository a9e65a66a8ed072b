// Rule N47: sides that are shifted and rescaled apart, then combined and requantised.
// RUN: narrow-interpret %s | FileCheck %s

!i8 = !quant.uniform<i8:f32, 1.0>
!z = !quant.uniform<i8:f32, 1.0:-1>

// a = 16 l, b = floor(1.5 (r + 1) + 1/2), y = floor((a + b) / 8 + 1/2): 48 + 8 = 56, -48 - 7 = -55, and saturation.
// CHECK-LABEL: @add
// CHECK-NEXT: tensor<{{.*}}> [7, -7, 127, -128]
func.func @add() -> tensor<4x!i8> {
  %l = fxp.constant dense<[3, -3, 127, -128]> : tensor<4xi8> -> tensor<4x!i8>
  %r = fxp.constant dense<[4, -6, 126, -128]> : tensor<4xi8> -> tensor<4x!z>
  %y = fxp.combine add %l <mode = pow2, shift = [0], given = true>,
    %r <mode = q31, multiplier = [1610612736], shift = [30], given = true>
    to <mode = q31, multiplier = [1073741824], shift = [33], given = true> {lhs_shift = 4 : i64}
    : (tensor<4x!i8>, tensor<4x!z>) -> tensor<4x!i8>
  return %y : tensor<4x!i8>
}

// The others on the same sides, broadcast: a = 2, b = 3 and -5.
// CHECK-LABEL: @sub
// CHECK-NEXT: tensor<{{.*}}> [-1, 7]
// CHECK-LABEL: @mul
// CHECK-NEXT: tensor<{{.*}}> [6, -10]
// CHECK-LABEL: @min
// CHECK-NEXT: tensor<{{.*}}> [2, -5]
// CHECK-LABEL: @max
// CHECK-NEXT: tensor<{{.*}}> [3, 2]
func.func @sub() -> tensor<2x!i8> {
  %l = fxp.constant dense<2> : tensor<1xi8> -> tensor<1x!i8>
  %r = fxp.constant dense<[3, -5]> : tensor<2xi8> -> tensor<2x!i8>
  %y = fxp.combine sub %l <mode = pow2, shift = [0], given = true>, %r <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<1x!i8>, tensor<2x!i8>) -> tensor<2x!i8>
  return %y : tensor<2x!i8>
}
func.func @mul() -> tensor<2x!i8> {
  %l = fxp.constant dense<2> : tensor<1xi8> -> tensor<1x!i8>
  %r = fxp.constant dense<[3, -5]> : tensor<2xi8> -> tensor<2x!i8>
  %y = fxp.combine mul %l <mode = pow2, shift = [0], given = true>, %r <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<1x!i8>, tensor<2x!i8>) -> tensor<2x!i8>
  return %y : tensor<2x!i8>
}
func.func @min() -> tensor<2x!i8> {
  %l = fxp.constant dense<2> : tensor<1xi8> -> tensor<1x!i8>
  %r = fxp.constant dense<[3, -5]> : tensor<2xi8> -> tensor<2x!i8>
  %y = fxp.combine min %l <mode = pow2, shift = [0], given = true>, %r <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<1x!i8>, tensor<2x!i8>) -> tensor<2x!i8>
  return %y : tensor<2x!i8>
}
func.func @max() -> tensor<2x!i8> {
  %l = fxp.constant dense<2> : tensor<1xi8> -> tensor<1x!i8>
  %r = fxp.constant dense<[3, -5]> : tensor<2xi8> -> tensor<2x!i8>
  %y = fxp.combine max %l <mode = pow2, shift = [0], given = true>, %r <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<1x!i8>, tensor<2x!i8>) -> tensor<2x!i8>
  return %y : tensor<2x!i8>
}
