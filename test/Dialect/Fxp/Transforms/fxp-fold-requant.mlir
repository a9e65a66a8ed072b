// RUN: narrow-opt %s --fxp-fold-requant --split-input-file | FileCheck %s

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2:10>

// A product takes the rescale in; what saturated at zero still does.
// CHECK-LABEL: func.func @product
// CHECK-NOT: requantize
// CHECK: %[[R:.*]] = fxp.mul {{.*}} min = [10], max = [138]> : {{.*}} -> tensor<4x!quant.uniform<u8:f32, 2.000000e-01:10>>
// CHECK-NEXT: return %[[R]]
func.func @product(%x: tensor<4x!a>, %y: tensor<4x!a>) -> tensor<4x!b> {
  %0 = fxp.mul %x, %y <mode = q15, multiplier = [3277], shift = [0], offset = [0]> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %1 = fxp.requantize %0 <mode = q15, multiplier = [16384], shift = [0], offset = [20]> : tensor<4x!a> -> tensor<4x!b>
  return %1 : tensor<4x!b>
}

// -----

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// Somebody else reads the product: nothing is merged.
// CHECK-LABEL: func.func @two_readers
// CHECK: fxp.mul
// CHECK: fxp.requantize
func.func @two_readers(%x: tensor<4x!a>, %y: tensor<4x!a>) -> (tensor<4x!a>, tensor<4x!b>) {
  %0 = fxp.mul %x, %y <mode = q15, multiplier = [3277], shift = [0], offset = [0]> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %1 = fxp.requantize %0 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<4x!a> -> tensor<4x!b>
  return %0, %1 : tensor<4x!a>, tensor<4x!b>
}

// -----

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// A clamp is not lost, whether it can be merged or not.
// CHECK-LABEL: func.func @clamp
// CHECK: fxp.requantize %arg0
// CHECK: fxp.mul {{.*}} min = [5]>
// CHECK-NEXT: return
func.func @clamp(%x: tensor<4x!a>, %y: tensor<4x!a>) -> (tensor<4x!a>, tensor<4x!a>) {
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [30], min = [5]> : tensor<4x!a> -> tensor<4x!a>
  %1 = fxp.mul %x, %y <mode = q15, multiplier = [3277], shift = [0], offset = [0]> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %2 = fxp.requantize %1 <mode = q31, multiplier = [1073741824], shift = [30], min = [5]> : tensor<4x!a> -> tensor<4x!a>
  return %0, %2 : tensor<4x!a>, tensor<4x!a>
}

// -----

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// CHECK-LABEL: func.func @casts
// CHECK-NEXT: %[[R:.*]] = fxp.requantize %arg0
// CHECK-NEXT: return %arg0, %[[R]]
func.func @casts(%x: tensor<4x!a>) -> (tensor<4x!a>, tensor<4x!b>) {
  %0 = fxp.dequantize %x : tensor<4x!a> -> tensor<4xf32>
  %1 = fxp.quantize %0 : tensor<4xf32> -> tensor<4x!a>
  %2 = fxp.quantize %0 : tensor<4xf32> -> tensor<4x!b>
  return %1, %2 : tensor<4x!a>, tensor<4x!b>
}

// -----

!a = !quant.uniform<u8:f32, 0.1>
!b = !quant.uniform<u8:f32, 0.2>

// CHECK-LABEL: func.func @addition
// CHECK-NEXT: fxp.add {{.*}} max = 128 : i32{{.*}} -> tensor<4x!quant.uniform<u8:f32, 2.000000e-01>>
// CHECK-NEXT: return
func.func @addition(%x: tensor<4x!a>, %y: tensor<4x!a>) -> tensor<4x!b> {
  %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32} : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  %1 = fxp.requantize %0 <mode = q15, multiplier = [16384], shift = [0], offset = [0]> : tensor<4x!a> -> tensor<4x!b>
  return %1 : tensor<4x!b>
}

!fold_u8 = !quant.uniform<u8:f32, 0.5:3>
!fold_i16 = !quant.uniform<i16:f32, 0.25>
!fold_i32 = !quant.uniform<i32:f32, 0.0625>

// Results of more than 16 bits: contractions and constants have them, sums do not.
// CHECK-LABEL: @long_results
// CHECK: fxp.constant dense<[-24, 8]> : tensor<2xi32> -> tensor<2x!quant.uniform<i32:f32
// CHECK: %[[SUM:.*]] = fxp.add
// CHECK: fxp.requantize %[[SUM]]
// CHECK: fxp.fully_connected {{.*}} -> tensor<2x!quant.uniform<i32:f32
// CHECK-NOT: fxp.requantize
// CHECK: return
func.func @long_results(%x: tensor<2x!fold_u8>) -> (tensor<2x!fold_i32>, tensor<2x!fold_i32>, tensor<2x!fold_i32>) {
  %c = fxp.constant dense<[0, 4]> : tensor<2xi8> -> tensor<2x!fold_u8>
  %0 = fxp.requantize %c <mode = q31, multiplier = [1073741824], shift = [27]> : tensor<2x!fold_u8> -> tensor<2x!fold_i32>
  %s = fxp.add %x, %x {lhs_multiplier = 2 : i32, rhs_multiplier = 2 : i32, shift = 0 : i32} : (tensor<2x!fold_u8>, tensor<2x!fold_u8>) -> tensor<2x!fold_i16>
  %1 = fxp.requantize %s <mode = q31, multiplier = [1073741824], shift = [28]> : tensor<2x!fold_i16> -> tensor<2x!fold_i32>
  %w = fxp.constant dense<[[1, 2], [3, 4]]> : tensor<2x2xi8> -> tensor<2x2x!quant.uniform<i8:f32, 1.0>>
  %b = fxp.constant dense<0> : tensor<2xi32> -> tensor<2xi32>
  %f = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1073741824], shift = [29]> : (tensor<2x!fold_u8>, tensor<2x2x!quant.uniform<i8:f32, 1.0>>, tensor<2xi32>) -> tensor<2x!fold_i16>
  %2 = fxp.requantize %f <mode = q31, multiplier = [1073741824], shift = [28]> : tensor<2x!fold_i16> -> tensor<2x!fold_i32>
  return %0, %1, %2 : tensor<2x!fold_i32>, tensor<2x!fold_i32>, tensor<2x!fold_i32>
}

// -----

!a = !quant.uniform<u8:f32, 1.0>
!b = !quant.uniform<u8:f32, 200.0>
!c = !quant.uniform<u8:f32, 70.0>

// A mean's new ratio comes from the types and its divisor, 1 / (4 * 70), not
// from the eleven bits of the old one, which would give 1873.
// CHECK-LABEL: func.func @mean
// CHECK: %[[R:.*]] = fxp.reduce_sum %{{.*}} <mode = q15, multiplier = [1872], shift = [4], offset = [8]>
// CHECK-NEXT: return %[[R]]
func.func @mean(%x: tensor<2x4x!a>) -> tensor<2x1x!c> {
  %0 = fxp.reduce_sum %x <mode = q15, multiplier = [1311], shift = [5], offset = [16]> {axis = 1 : i64, divisor = 4 : i64} : tensor<2x4x!a> -> tensor<2x1x!b>
  %1 = fxp.requantize %0 <mode = q31, multiplier = [1533916891], shift = [29]> : tensor<2x1x!b> -> tensor<2x1x!c>
  return %1 : tensor<2x1x!c>
}
