// RUN: narrow-opt %s --split-input-file | FileCheck %s --check-prefix=BEFORE
// RUN: narrow-opt %s --fxp-unify-scales --fxp-fold-requant --split-input-file | FileCheck %s --check-prefix=AFTER

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// Four rescales around a concatenation before, none after.
// BEFORE-LABEL: func.func @concat
// BEFORE-COUNT-4: fxp.requantize
// BEFORE-NOT: fxp.requantize
// AFTER-LABEL: func.func @concat
// AFTER-NOT: fxp.requantize
// AFTER: fxp.concat {{.*}} -> tensor<1x8x!quant.uniform<u8:f32, 2.000000e-01>>
// AFTER-NEXT: fxp.reshape
// AFTER-NEXT: return
func.func @concat(%x: tensor<1x4x!a>, %y: tensor<1x4x!a>) -> tensor<8x!b> {
  %0 = fxp.mul %x, %y <mode = q15, multiplier = [3277], shift = [0], offset = [0]> : (tensor<1x4x!a>, tensor<1x4x!a>) -> tensor<1x4x!a>
  %1 = fxp.mul %x, %x <mode = q15, multiplier = [3277], shift = [0], offset = [0]> : (tensor<1x4x!a>, tensor<1x4x!a>) -> tensor<1x4x!a>
  %2 = fxp.requantize %0 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<1x4x!a> -> tensor<1x4x!b>
  %3 = fxp.requantize %1 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<1x4x!a> -> tensor<1x4x!b>
  %4 = fxp.concat %2, %3 {axis = 1 : i64} : (tensor<1x4x!b>, tensor<1x4x!b>) -> tensor<1x8x!b>
  %5 = fxp.requantize %4 <mode = q31, multiplier = [1073741824], shift = [29]> : tensor<1x8x!b> -> tensor<1x8x!a>
  %6 = fxp.reshape %5 : tensor<1x8x!a> -> tensor<8x!a>
  %7 = fxp.requantize %6 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<8x!a> -> tensor<8x!b>
  return %7 : tensor<8x!b>
}

// -----

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// Nothing could take the rescale in: it stays where it is.
// AFTER-LABEL: func.func @argument
// AFTER-NEXT: fxp.reshape
// AFTER-NEXT: fxp.requantize
// BEFORE-LABEL: func.func @argument
func.func @argument(%x: tensor<2x4x!a>) -> tensor<8x!b> {
  %0 = fxp.reshape %x : tensor<2x4x!a> -> tensor<8x!a>
  %1 = fxp.requantize %0 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<8x!a> -> tensor<8x!b>
  return %1 : tensor<8x!b>
}
