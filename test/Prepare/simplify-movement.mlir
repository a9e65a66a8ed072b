// RUN: narrow-opt %s --simplify-movement --split-input-file | FileCheck %s
// RUN: narrow-opt %s --simplify-movement=unit-transposes-to-reshapes=false --split-input-file | FileCheck %s --check-prefix=KEEP

// CHECK-LABEL: @merge
// CHECK-NEXT: tosa.transpose %arg0 {perms = array<i32: 2, 1, 0>}
// CHECK-NEXT: return
// KEEP-LABEL: @merge
func.func @merge(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  %a = tosa.transpose %x {perms = array<i32: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %b = tosa.transpose %a {perms = array<i32: 1, 0, 2>} : (tensor<3x4x2xf32>) -> tensor<4x3x2xf32>
  return %b : tensor<4x3x2xf32>
}

// -----

// CHECK-LABEL: @unit
// CHECK: tosa.reshape %arg0
// CHECK-NOT: tosa.transpose
// KEEP-LABEL: @unit
// KEEP: tosa.transpose
func.func @unit(%x: tensor<1x1x1x8xf32>) -> tensor<1x8x1x1xf32> {
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x1x1x8xf32>) -> tensor<1x8x1x1xf32>
  return %a : tensor<1x8x1x1xf32>
}

// -----

// CHECK-LABEL: @reshapes
// CHECK-NEXT: return %arg0
// KEEP-LABEL: @reshapes
func.func @reshapes(%x: tensor<2x6xf32>) -> tensor<2x6xf32> {
  %s = tosa.const_shape {values = dense<[12]> : tensor<1xindex>} : () -> !tosa.shape<1>
  %t = tosa.const_shape {values = dense<[2, 6]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %a = tosa.reshape %x, %s : (tensor<2x6xf32>, !tosa.shape<1>) -> tensor<12xf32>
  %b = tosa.reshape %a, %t : (tensor<12xf32>, !tosa.shape<2>) -> tensor<2x6xf32>
  return %b : tensor<2x6xf32>
}

// -----

// A channel shuffle on NCHW after an NHWC op: one transpose.
// CHECK-LABEL: @shuffle
// CHECK: %[[S:.*]] = tosa.reshape %arg0, %{{.*}} -> tensor<1x4x5x2x3xf32>
// CHECK-NEXT: tosa.transpose %[[S]] {perms = array<i32: 0, 4, 3, 1, 2>} : (tensor<1x4x5x2x3xf32>) -> tensor<1x3x2x4x5xf32>
// CHECK-NEXT: return
// KEEP-LABEL: @shuffle
func.func @shuffle(%x: tensor<1x4x5x6xf32>) -> tensor<1x3x2x4x5xf32> {
  %s = tosa.const_shape {values = dense<[1, 2, 3, 4, 5]> : tensor<5xindex>} : () -> !tosa.shape<5>
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x4x5x6xf32>) -> tensor<1x6x4x5xf32>
  %b = tosa.reshape %a, %s : (tensor<1x6x4x5xf32>, !tosa.shape<5>) -> tensor<1x2x3x4x5xf32>
  %c = tosa.transpose %b {perms = array<i32: 0, 2, 1, 3, 4>} : (tensor<1x2x3x4x5xf32>) -> tensor<1x3x2x4x5xf32>
  return %c : tensor<1x3x2x4x5xf32>
}

// -----

// Weights for [C=2, H=1, W=3] become weights for [H=1, W=3, C=2].
// CHECK-LABEL: @flatten
// CHECK: "tosa.const"() <{values = dense<{{\[\[}}0.{{0*}}e+00, 3.{{0*}}e+00, 1.{{0*}}e+00, 4.{{0*}}e+00, 2.{{0*}}e+00, 5.{{0*}}e+00]]>
// CHECK-NOT: tosa.transpose
// CHECK: nn.linear
// KEEP-LABEL: @flatten
func.func @flatten(%x: tensor<2x1x3x2xf32>, %bias: tensor<1xf32>) -> tensor<2x1xf32> {
  %s = tosa.const_shape {values = dense<[2, 6]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %w = "tosa.const"() {values = dense<[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x6xf32>} : () -> tensor<1x6xf32>
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<2x1x3x2xf32>) -> tensor<2x2x1x3xf32>
  %b = tosa.reshape %a, %s : (tensor<2x2x1x3xf32>, !tosa.shape<2>) -> tensor<2x6xf32>
  %c = nn.linear %b, %w, %bias : (tensor<2x6xf32>, tensor<1x6xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %c : tensor<2x1xf32>
}

// -----

// Here the transpose moves values between rows.
// CHECK-LABEL: @across_rows
// CHECK: tosa.transpose
// KEEP-LABEL: @across_rows
func.func @across_rows(%x: tensor<3x2x2xf32>, %bias: tensor<1xf32>) -> tensor<2x1xf32> {
  %s = tosa.const_shape {values = dense<[2, 6]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %w = "tosa.const"() {values = dense<[[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]]> : tensor<1x6xf32>} : () -> tensor<1x6xf32>
  %a = tosa.transpose %x {perms = array<i32: 1, 0, 2>} : (tensor<3x2x2xf32>) -> tensor<2x3x2xf32>
  %b = tosa.reshape %a, %s : (tensor<2x3x2xf32>, !tosa.shape<2>) -> tensor<2x6xf32>
  %c = nn.linear %b, %w, %bias : (tensor<2x6xf32>, tensor<1x6xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %c : tensor<2x1xf32>
}

// -----

// Weights that are computed are not permuted.
// CHECK-LABEL: @computed_weights
// CHECK: tosa.transpose
// KEEP-LABEL: @computed_weights
func.func @computed_weights(%x: tensor<2x1x3x2xf32>, %w: tensor<1x6xf32>, %bias: tensor<1xf32>) -> tensor<2x1xf32> {
  %s = tosa.const_shape {values = dense<[2, 6]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %a = tosa.transpose %x {perms = array<i32: 0, 3, 1, 2>} : (tensor<2x1x3x2xf32>) -> tensor<2x2x1x3xf32>
  %b = tosa.reshape %a, %s : (tensor<2x2x1x3xf32>, !tosa.shape<2>) -> tensor<2x6xf32>
  %c = nn.linear %b, %w, %bias : (tensor<2x6xf32>, tensor<1x6xf32>, tensor<1xf32>) -> tensor<2x1xf32>
  return %c : tensor<2x1xf32>
}
