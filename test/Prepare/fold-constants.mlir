// RUN: narrow-opt %s --fold-constants --split-input-file | FileCheck %s
// RUN: narrow-opt %s --fold-constants=max-elements=1 --split-input-file | FileCheck %s --check-prefix=SMALL

// Data movement: [[1, 2, 3], [4, 5, 6]] transposed, sliced, padded, doubled.
// CHECK-LABEL: @movement
// CHECK-NEXT: "tosa.const"() <{values = dense<{{\[\[}}9, 2, 9, 2], [9, 5, 9, 5]]> : tensor<2x4xi32>}>
// CHECK-NEXT: return
// SMALL-LABEL: @movement
// SMALL: tosa.transpose
func.func @movement() -> tensor<2x4xi32> {
  %x = "tosa.const"() {values = dense<[[1, 2, 3], [4, 5, 6]]> : tensor<2x3xi32>} : () -> tensor<2x3xi32>
  %nine = "tosa.const"() {values = dense<9> : tensor<1xi32>} : () -> tensor<1xi32>
  %start = tosa.const_shape {values = dense<[1, 0]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %size = tosa.const_shape {values = dense<[1, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %pads = tosa.const_shape {values = dense<[1, 0, 0, 0]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %a = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<2x3xi32>) -> tensor<3x2xi32>
  %b = tosa.slice %a, %start, %size : (tensor<3x2xi32>, !tosa.shape<2>, !tosa.shape<2>) -> tensor<1x2xi32>
  %c = tosa.pad %b, %pads, %nine : (tensor<1x2xi32>, !tosa.shape<4>, tensor<1xi32>) -> tensor<2x2xi32>
  %d = tosa.transpose %c {perms = array<i32: 1, 0>} : (tensor<2x2xi32>) -> tensor<2x2xi32>
  %e = tosa.concat %d, %d {axis = 1 : i32} : (tensor<2x2xi32>, tensor<2x2xi32>) -> tensor<2x4xi32>
  return %e : tensor<2x4xi32>
}

// -----

// CHECK-LABEL: @tile_reverse_gather
// CHECK: dense<{{\[\[\[}}2.000000e+00], [1.000000e+00], [2.000000e+00]]]> : tensor<1x3x1xf32>
// SMALL-LABEL: @tile_reverse_gather
func.func @tile_reverse_gather() -> tensor<1x3x1xf32> {
  %x = "tosa.const"() {values = dense<[[[1.0], [2.0]]]> : tensor<1x2x1xf32>} : () -> tensor<1x2x1xf32>
  %i = "tosa.const"() {values = dense<[[0, 1, 2]]> : tensor<1x3xi32>} : () -> tensor<1x3xi32>
  %m = tosa.const_shape {values = dense<[1, 2, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %a = tosa.reverse %x {axis = 1 : i32} : (tensor<1x2x1xf32>) -> tensor<1x2x1xf32>
  %b = tosa.tile %a, %m : (tensor<1x2x1xf32>, !tosa.shape<3>) -> tensor<1x4x1xf32>
  %c = tosa.gather %b, %i : (tensor<1x4x1xf32>, tensor<1x3xi32>) -> tensor<1x3x1xf32>
  return %c : tensor<1x3x1xf32>
}

// -----

// rsqrt([4, 16]) * [8, 8] + 1, broadcast; then a comparison and a selection.
// CHECK-LABEL: @elementwise
// CHECK: dense<{{\[\[}}5.000000e+00, 1.000000e+00]]> : tensor<1x2xf32>
// SMALL-LABEL: @elementwise
func.func @elementwise() -> tensor<1x2xf32> {
  %x = "tosa.const"() {values = dense<[[4.0, 16.0]]> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %eight = "tosa.const"() {values = dense<8.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %four = "tosa.const"() {values = dense<4.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %s = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.rsqrt %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %b = tosa.mul %a, %eight, %s : (tensor<1x2xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<1x2xf32>
  %c = tosa.add %b, %one : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  %d = tosa.greater %c, %four : (tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xi1>
  %e = tosa.select %d, %c, %one : (tensor<1x2xi1>, tensor<1x2xf32>, tensor<1x1xf32>) -> tensor<1x2xf32>
  return %e : tensor<1x2xf32>
}

// -----

// Casts round half to even and saturate; reductions keep their axis.
// CHECK-LABEL: @cast_reduce
// CHECK-DAG: dense<[2, 2, 127, -128]> : tensor<4xi8>
// CHECK-DAG: dense<{{\[\[}}3], [7]]> : tensor<2x1xi32>
// CHECK-DAG: dense<{{\[\[}}3, 4]]> : tensor<1x2xi32>
// SMALL-LABEL: @cast_reduce
func.func @cast_reduce() -> (tensor<4xi8>, tensor<2x1xi32>, tensor<1x2xi32>) {
  %x = "tosa.const"() {values = dense<[1.5, 2.5, 1000.0, -1000.0]> : tensor<4xf32>} : () -> tensor<4xf32>
  %y = "tosa.const"() {values = dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>} : () -> tensor<2x2xi32>
  %a = tosa.cast %x : (tensor<4xf32>) -> tensor<4xi8>
  %b = tosa.reduce_sum %y {axis = 1 : i32} : (tensor<2x2xi32>) -> tensor<2x1xi32>
  %c = tosa.reduce_max %y {axis = 0 : i32} : (tensor<2x2xi32>) -> tensor<1x2xi32>
  return %a, %b, %c : tensor<4xi8>, tensor<2x1xi32>, tensor<1x2xi32>
}

// -----

// Resources are read.
// CHECK-LABEL: @resource
// CHECK: dense<{{\[\[}}1.000000e+00], [2.000000e+00]]> : tensor<2x1xf32>
// CHECK-NOT: dense_resource
// SMALL-LABEL: @resource
func.func @resource() -> tensor<2x1xf32> {
  %w = "tosa.const"() {values = dense_resource<w> : tensor<1x2xf32>} : () -> tensor<1x2xf32>
  %t = tosa.transpose %w {perms = array<i32: 1, 0>} : (tensor<1x2xf32>) -> tensor<2x1xf32>
  return %t : tensor<2x1xf32>
}
{-#
  dialect_resources: { builtin: { w: "0x040000000000803F00000040" } }
#-}

// -----

// Quotients by zero and of the least integer by -1, as at run time (N70).
// CHECK-LABEL: @quotients
// CHECK: dense<[0, 0, -2147483648, -7]>
func.func @quotients() -> tensor<4xi32> {
  %a = "tosa.const"() {values = dense<[5, -2147483648, -2147483648, 7]> : tensor<4xi32>} : () -> tensor<4xi32>
  %b = "tosa.const"() {values = dense<[0, 0, -1, -1]> : tensor<4xi32>} : () -> tensor<4xi32>
  %q = tosa.intdiv %a, %b : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  return %q : tensor<4xi32>
}

// -----

// No value: a cast of NaN, a slice beyond the end; and an operand that is not
// constant.
// CHECK-LABEL: @left
// CHECK: tosa.cast
// CHECK: tosa.add
// SMALL-LABEL: @left
func.func @left(%x: tensor<1xf32>) -> (tensor<1xi32>, tensor<1xf32>) {
  %nan = "tosa.const"() {values = dense<0x7FC00000> : tensor<1xf32>} : () -> tensor<1xf32>
  %b = tosa.cast %nan : (tensor<1xf32>) -> tensor<1xi32>
  %c = tosa.add %x, %nan : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  return %b, %c : tensor<1xi32>, tensor<1xf32>
}
