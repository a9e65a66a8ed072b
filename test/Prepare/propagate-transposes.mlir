// RUN: narrow-opt %s --propagate-transposes --split-input-file | FileCheck %s

// A pair around an elementwise op goes.
// CHECK-LABEL: @pair
// CHECK-SAME: %[[X:.*]]: tensor<1x8x8x4xf32>
// CHECK-NEXT: %[[C:.*]] = tosa.clamp %[[X]] {{.*}} -> tensor<1x8x8x4xf32>
// CHECK-NEXT: return %[[C]]
func.func @pair(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %b = tosa.clamp %a {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %c = tosa.transpose %b {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
  return %c : tensor<1x8x8x4xf32>
}

// -----

// A residual join: both sides and the constant turn together.
// CHECK-LABEL: @residual
// CHECK-SAME: %[[X:.*]]: tensor<1x2x2x3xf32>, %[[Y:.*]]: tensor<1x2x2x3xf32>
// CHECK-NOT: tosa.transpose
// CHECK: "tosa.const"() <{values = dense<{{.*}}> : tensor<1x1x1x3xf32>}>
// CHECK-NOT: tosa.transpose
// CHECK: return
func.func @residual(%x: tensor<1x2x2x3xf32>, %y: tensor<1x2x2x3xf32>) -> (tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>) {
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x2x3xf32>) -> tensor<1x3x2x2xf32>
  %b = tosa.transpose %y {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x2x3xf32>) -> tensor<1x3x2x2xf32>
  %k = "tosa.const"() {values = dense<[[[[1.0]], [[2.0]], [[3.0]]]]> : tensor<1x3x1x1xf32>} : () -> tensor<1x3x1x1xf32>
  %c = tosa.add %a, %b : (tensor<1x3x2x2xf32>, tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32>
  %d = tosa.add %c, %k : (tensor<1x3x2x2xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x2x2xf32>
  %e = tosa.transpose %d {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x2x2xf32>) -> tensor<1x2x2x3xf32>
  %f = tosa.transpose %c {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x2x2xf32>) -> tensor<1x2x2x3xf32>
  return %e, %f : tensor<1x2x2x3xf32>, tensor<1x2x2x3xf32>
}

// -----

// Axes of pad, slice, concat, softmax and reductions are remapped.
// CHECK-LABEL: @axes
// CHECK-NOT: tosa.transpose
// CHECK-DAG: tosa.const_shape {values = dense<[0, 0, 1, 2, 3, 4, 0, 0]>
// CHECK-DAG: tosa.const_shape {values = dense<[0, 1, 2, 0]>
// CHECK-DAG: tosa.const_shape {values = dense<[1, 4, 5, 2]>
// CHECK: tosa.concat {{.*}} {axis = 3 : i32}
// CHECK: nn.softmax {{.*}} {axis = 3 : i64}
// CHECK: tosa.reduce_sum {{.*}} {axis = 1 : i32}
// CHECK-NOT: tosa.transpose
// CHECK: return
func.func @axes(%x: tensor<1x4x4x2xf32>) -> tensor<1x1x5x4xf32> {
  %pads = tosa.const_shape {values = dense<[0, 0, 0, 0, 1, 2, 3, 4]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %start = tosa.const_shape {values = dense<[0, 0, 1, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 2, 4, 5]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x4x2xf32>) -> tensor<1x2x4x4xf32>
  %b = tosa.pad %a, %pads, %zero : (tensor<1x2x4x4xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x2x7x11xf32>
  %c = tosa.slice %b, %start, %size : (tensor<1x2x7x11xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x2x4x5xf32>
  %d = tosa.concat %c, %c {axis = 1 : i32} : (tensor<1x2x4x5xf32>, tensor<1x2x4x5xf32>) -> tensor<1x4x4x5xf32>
  %e = nn.softmax %d {axis = 1 : i64} : tensor<1x4x4x5xf32>
  %f = tosa.reduce_sum %e {axis = 2 : i32} : (tensor<1x4x4x5xf32>) -> tensor<1x4x1x5xf32>
  %g = tosa.transpose %f {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x4x1x5xf32>) -> tensor<1x1x5x4xf32>
  return %g : tensor<1x1x5x4xf32>
}

// -----

// One transpose of the smaller tensor stays; the result of the larger sum is
// not transposed as well.
// CHECK-LABEL: @broadcast
// CHECK: tosa.transpose %{{.*}} {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x1x1xf32>)
// CHECK-NOT: tosa.transpose
// CHECK: return
func.func @broadcast(%x: tensor<1x8x8x3xf32>, %y: tensor<1x3x1x1xf32>) -> tensor<1x8x8x3xf32> {
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x3xf32>) -> tensor<1x3x8x8xf32>
  %b = tosa.add %a, %y : (tensor<1x3x8x8xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x8x8xf32>
  %c = tosa.transpose %b {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x8x8xf32>) -> tensor<1x8x8x3xf32>
  return %c : tensor<1x8x8x3xf32>
}

// -----

// A permutation that undoes itself.
// CHECK-LABEL: @involution
// CHECK-NOT: tosa.transpose
// CHECK: return
func.func @involution(%x: tensor<3x5xf32>) -> tensor<3x5xf32> {
  %a = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
  %b = tosa.exp %a : (tensor<5x3xf32>) -> tensor<5x3xf32>
  %c = tosa.transpose %b {perms = array<i32: 1, 0>} : (tensor<5x3xf32>) -> tensor<3x5xf32>
  return %c : tensor<3x5xf32>
}

// -----

// Nothing is gained by moving a single transpose, and sinking one past two uses
// would make two.
// CHECK-LABEL: @single
// CHECK-NEXT: tosa.transpose %arg0
// CHECK-NEXT: tosa.exp
// CHECK-NEXT: tosa.tanh
// CHECK-NEXT: return
func.func @single(%x: tensor<1x8x8x4xf32>) -> (tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>) {
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %b = tosa.exp %a : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %c = tosa.tanh %a : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  return %b, %c : tensor<1x4x8x8xf32>, tensor<1x4x8x8xf32>
}

// -----

// A convolution's axes are fixed, and a reshape's are.
// CHECK-LABEL: @barrier
// CHECK: tosa.transpose
// CHECK: tosa.reshape
// CHECK: tosa.transpose
func.func @barrier(%x: tensor<2x4x3xf32>) -> tensor<3x8xf32> {
  %shape = tosa.const_shape {values = dense<[8, 3]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %a = tosa.transpose %x {perms = array<i32: 0, 2, 1>} : (tensor<2x4x3xf32>) -> tensor<2x3x4xf32>
  %b = tosa.reshape %a, %shape : (tensor<2x3x4xf32>, !tosa.shape<2>) -> tensor<8x3xf32>
  %c = tosa.transpose %b {perms = array<i32: 1, 0>} : (tensor<8x3xf32>) -> tensor<3x8xf32>
  return %c : tensor<3x8xf32>
}

// -----

// Rows of a linear layer may be in any order, its columns not.
// CHECK-LABEL: @rows
// CHECK-NOT: tosa.transpose
// CHECK: nn.linear %arg0, {{.*}} -> tensor<2x3x5xf32>
// CHECK-NOT: tosa.transpose
// CHECK: return
func.func @rows(%x: tensor<2x3x4xf32>, %w: tensor<5x4xf32>, %b: tensor<5xf32>) -> tensor<2x3x5xf32> {
  %0 = tosa.transpose %x {perms = array<i32: 1, 0, 2>} : (tensor<2x3x4xf32>) -> tensor<3x2x4xf32>
  %1 = nn.linear %0, %w, %b : (tensor<3x2x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<3x2x5xf32>
  %2 = tosa.transpose %1 {perms = array<i32: 1, 0, 2>} : (tensor<3x2x5xf32>) -> tensor<2x3x5xf32>
  return %2 : tensor<2x3x5xf32>
}

// -----

// CHECK-LABEL: @columns
// CHECK: tosa.transpose
// CHECK: nn.linear
// CHECK: tosa.transpose
func.func @columns(%x: tensor<4x3xf32>, %w: tensor<5x4xf32>, %b: tensor<5xf32>) -> tensor<5x3xf32> {
  %0 = tosa.transpose %x {perms = array<i32: 1, 0>} : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %1 = nn.linear %0, %w, %b : (tensor<3x4xf32>, tensor<5x4xf32>, tensor<5xf32>) -> tensor<3x5xf32>
  %2 = tosa.transpose %1 {perms = array<i32: 1, 0>} : (tensor<3x5xf32>) -> tensor<5x3xf32>
  return %2 : tensor<5x3xf32>
}

// -----

// A flattening that a linear layer reads takes either order: the pad and the
// concatenation run as their operands are, whatever grows in them.
// CHECK-LABEL: @flattened
// CHECK-SAME: %[[X:.*]]: tensor<1x2x3x4xf32>
// CHECK-NOT: tosa.transpose
// CHECK: tosa.pad %[[X]]
// CHECK: tosa.concat
// CHECK-NOT: tosa.transpose
// CHECK: nn.linear
func.func @flattened(%x: tensor<1x2x3x4xf32>) -> tensor<1x1xf32> {
  %pads = tosa.const_shape {values = dense<[0, 0, 1, 0, 0, 0, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %row = tosa.const_shape {values = dense<[1, 60]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<1x60xf32>} : () -> tensor<1x60xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x3x4xf32>) -> tensor<1x4x2x3xf32>
  %1 = tosa.pad %0, %pads, %zero : (tensor<1x4x2x3xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x5x2x3xf32>
  %2 = tosa.concat %1, %1 {axis = 1 : i32} : (tensor<1x5x2x3xf32>, tensor<1x5x2x3xf32>) -> tensor<1x10x2x3xf32>
  %3 = tosa.reshape %2, %row : (tensor<1x10x2x3xf32>, !tosa.shape<2>) -> tensor<1x60xf32>
  %4 = nn.linear %3, %w, %zero : (tensor<1x60xf32>, tensor<1x60xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %4 : tensor<1x1xf32>
}

// -----

// Where something else reads the rows too, their order is not free.
// CHECK-LABEL: @flattened_and_returned
// CHECK: tosa.transpose
// CHECK: return
func.func @flattened_and_returned(%x: tensor<1x2x3x4xf32>) -> (tensor<1x1xf32>, tensor<1x24xf32>) {
  %row = tosa.const_shape {values = dense<[1, 24]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %bias = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<1x24xf32>} : () -> tensor<1x24xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x3x4xf32>) -> tensor<1x4x2x3xf32>
  %1 = tosa.tanh %0 : (tensor<1x4x2x3xf32>) -> tensor<1x4x2x3xf32>
  %2 = tosa.reshape %1, %row : (tensor<1x4x2x3xf32>, !tosa.shape<2>) -> tensor<1x24xf32>
  %3 = nn.linear %2, %w, %bias : (tensor<1x24xf32>, tensor<1x24xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %3, %2 : tensor<1x1xf32>, tensor<1x24xf32>
}
