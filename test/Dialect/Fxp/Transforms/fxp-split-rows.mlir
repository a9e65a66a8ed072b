// RUN: narrow-opt %s --pass-pipeline='builtin.module(func.func(fxp-split-rows{rows=4}))' --split-input-file | FileCheck %s
// RUN: not narrow-opt %s --pass-pipeline='builtin.module(func.func(fxp-split-rows{rows=0}))' --split-input-file 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: error: expected rows of at least 1, found 0

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// Pads stay at both edges; two rows of the first result are kept from strip to
// strip; the last strip is smaller.
// CHECK-LABEL: func.func @overlap
// CHECK: %[[S0:.*]] = fxp.slice %arg0 {starts = array<i64: 0, 0, 0, 0>{{.*}} -> tensor<1x5x6x8x
// CHECK: %[[A0:.*]] = fxp.conv2d %[[S0]]
// CHECK: %[[B0:.*]] = fxp.conv2d %[[A0]]{{.*}} pads = array<i64: 1, 1, 0, 1>{{.*}} -> tensor<1x4x6x8x
// CHECK: %[[S1:.*]] = fxp.slice %arg0 {starts = array<i64: 0, 5, 0, 0>{{.*}} -> tensor<1x4x6x8x
// CHECK: %[[K:.*]] = fxp.slice %[[A0]] {starts = array<i64: 0, 3, 0, 0>{{.*}} -> tensor<1x2x6x8x
// CHECK: %[[N:.*]] = fxp.conv2d %[[S1]]
// CHECK: %[[A1:.*]] = fxp.concat %[[K]], %[[N]] {axis = 1
// CHECK: %[[B1:.*]] = fxp.conv2d %[[A1]]{{.*}} pads = array<i64: 0, 1, 0, 1>{{.*}} -> tensor<1x4x6x8x
// CHECK: %[[A2:.*]] = fxp.slice %[[A1]] {starts = array<i64: 0, 4, 0, 0>{{.*}} -> tensor<1x2x6x8x
// CHECK: %[[B2:.*]] = fxp.conv2d %[[A2]]{{.*}} pads = array<i64: 0, 1, 1, 1>{{.*}} -> tensor<1x1x6x8x
// CHECK: %[[R:.*]] = fxp.concat %[[B0]], %[[B1]], %[[B2]] {axis = 1
// CHECK: return %[[R]]
func.func @overlap(%x: tensor<1x9x6x8x!x>) -> tensor<1x9x6x8x!x> {
  %w1 = fxp.constant dense<17> : tensor<8x1x1x8xi8> -> tensor<8x1x1x8x!w>
  %w2 = fxp.constant dense<-9> : tensor<8x3x3x1xi8> -> tensor<8x3x3x1x!w>
  %b = fxp.constant dense<7> : tensor<8xi32> -> tensor<8xi32>
  %0 = fxp.conv2d %x, %w1, %b <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x9x6x8x!x>, tensor<8x1x1x8x!w>, tensor<8xi32>) -> tensor<1x9x6x8x!x>
  %1 = fxp.conv2d %0, %w2, %b <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 8 : i64}
    : (tensor<1x9x6x8x!x>, tensor<8x3x3x1x!w>, tensor<8xi32>) -> tensor<1x9x6x8x!x>
  return %1 : tensor<1x9x6x8x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>

// Strides: one row is shared. Rows that no window reads are not computed: of
// two of the pool's the lookup is asked for none below the last.
// CHECK-LABEL: func.func @strides
// CHECK: fxp.slice %arg0 {starts = array<i64: 0, 0, 0, 0>{{.*}} -> tensor<1x8x6x4x
// CHECK: fxp.max_pool2d {{.*}} pads = array<i64: 1, 0, 0, 0>{{.*}} -> tensor<1x4x3x4x
// CHECK: fxp.slice %arg0 {starts = array<i64: 0, 8, 0, 0>{{.*}} -> tensor<1x4x6x4x
// CHECK: fxp.concat
// CHECK: fxp.max_pool2d {{.*}} pads = array<i64: 0, 0, 0, 0>{{.*}} : tensor<1x5x6x4x{{.*}} -> tensor<1x2x3x4x
func.func @strides(%x: tensor<1x13x6x4x!x>) -> tensor<1x6x3x4x!x> {
  %0 = fxp.lookup %x dense<3> : tensor<256xi8> : tensor<1x13x6x4x!x> -> tensor<1x13x6x4x!x>
  %1 = fxp.max_pool2d %0 {kernel = array<i64: 3, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x13x6x4x!x> -> tensor<1x6x3x4x!x>
  return %1 : tensor<1x6x3x4x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>

// What others read too is not part of a group: a residual is sliced, and a row
// that is broadcast is read whole.
// CHECK-LABEL: func.func @residual
// CHECK: %[[WHOLE:.*]] = fxp.lookup %arg0{{.*}} -> tensor<1x8x6x4x
// CHECK-COUNT-2: fxp.slice %[[WHOLE]] {starts = array<i64: 0, 0, 0, 0>
// CHECK: %[[L:.*]] = fxp.lookup {{.*}} -> tensor<1x4x6x4x
// CHECK: %[[M:.*]] = fxp.add %[[L]], %arg1
// CHECK: fxp.add %[[M]], {{.*}} -> tensor<1x4x6x4x
// CHECK-COUNT-2: fxp.slice %[[WHOLE]] {starts = array<i64: 0, 4, 0, 0>
func.func @residual(%x: tensor<1x8x6x4x!x>, %row: tensor<1x1x6x4x!x>) -> (tensor<1x8x6x4x!x>, tensor<1x8x6x4x!x>) {
  %0 = fxp.lookup %x dense<3> : tensor<256xi8> : tensor<1x8x6x4x!x> -> tensor<1x8x6x4x!x>
  %1 = fxp.lookup %0 dense<5> : tensor<256xi8> : tensor<1x8x6x4x!x> -> tensor<1x8x6x4x!x>
  %2 = fxp.add %1, %row {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x8x6x4x!x>, tensor<1x1x6x4x!x>) -> tensor<1x8x6x4x!x>
  %3 = fxp.add %2, %0 {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x8x6x4x!x>, tensor<1x8x6x4x!x>) -> tensor<1x8x6x4x!x>
  return %3, %0 : tensor<1x8x6x4x!x>, tensor<1x8x6x4x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>
!c = !quant.uniform<u8:f32:3, {0.05:128, 0.06:128}>
!columns = !quant.uniform<u8:f32:2, {0.05:128, 0.06:128}>

// Scales of channels go with the rows.
// CHECK-LABEL: func.func @channels
// CHECK: fxp.slice {{.*}} -> tensor<1x{{[0-9]+}}x6x2x!quant.uniform<u8:f32:3
func.func @channels(%x: tensor<1x8x6x2x!c>) -> tensor<1x8x6x2x!x> {
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824, 1288490189], shift = [30, 30]> : tensor<1x8x6x2x!c> -> tensor<1x8x6x2x!x>
  %1 = fxp.lookup %0 dense<5> : tensor<256xi8> : tensor<1x8x6x2x!x> -> tensor<1x8x6x2x!x>
  return %1 : tensor<1x8x6x2x!x>
}

// Not split: few rows; a single operation; scales of columns; a constant of
// several rows; other operations.
// CHECK-LABEL: func.func @low
// CHECK-NOT: fxp.slice
func.func @low(%x: tensor<1x4x6x4x!x>) -> tensor<1x4x6x4x!x> {
  %0 = fxp.lookup %x dense<3> : tensor<256xi8> : tensor<1x4x6x4x!x> -> tensor<1x4x6x4x!x>
  %1 = fxp.lookup %0 dense<5> : tensor<256xi8> : tensor<1x4x6x4x!x> -> tensor<1x4x6x4x!x>
  return %1 : tensor<1x4x6x4x!x>
}
// CHECK-LABEL: func.func @single
// CHECK-NOT: fxp.slice
func.func @single(%x: tensor<1x8x6x4x!x>) -> tensor<1x8x6x4x!x> {
  %0 = fxp.lookup %x dense<3> : tensor<256xi8> : tensor<1x8x6x4x!x> -> tensor<1x8x6x4x!x>
  return %0 : tensor<1x8x6x4x!x>
}
// CHECK-LABEL: func.func @columns
// CHECK-NOT: fxp.slice
func.func @columns(%x: tensor<1x8x2x6x!columns>) -> tensor<1x8x2x6x!x> {
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824, 1288490189], shift = [30, 30]> : tensor<1x8x2x6x!columns> -> tensor<1x8x2x6x!x>
  %1 = fxp.lookup %0 dense<5> : tensor<256xi8> : tensor<1x8x2x6x!x> -> tensor<1x8x2x6x!x>
  return %1 : tensor<1x8x2x6x!x>
}
// CHECK-LABEL: func.func @constant
// CHECK-NOT: fxp.slice
func.func @constant(%x: tensor<1x8x6x4x!x>) -> tensor<1x8x6x4x!x> {
  %k = fxp.constant dense<9> : tensor<1x8x6x4xi8> -> tensor<1x8x6x4x!x>
  %0 = fxp.lookup %x dense<3> : tensor<256xi8> : tensor<1x8x6x4x!x> -> tensor<1x8x6x4x!x>
  %1 = fxp.add %0, %k {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x8x6x4x!x>, tensor<1x8x6x4x!x>) -> tensor<1x8x6x4x!x>
  return %1 : tensor<1x8x6x4x!x>
}
// CHECK-LABEL: func.func @reshaped
// CHECK-NOT: fxp.slice
func.func @reshaped(%x: tensor<1x8x6x4x!x>) -> tensor<1x16x6x2x!x> {
  %0 = fxp.reshape %x : tensor<1x8x6x4x!x> -> tensor<1x16x6x2x!x>
  %1 = fxp.lookup %0 dense<3> : tensor<256xi8> : tensor<1x16x6x2x!x> -> tensor<1x16x6x2x!x>
  return %1 : tensor<1x16x6x2x!x>
}
