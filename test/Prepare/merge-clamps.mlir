// RUN: narrow-opt %s --merge-clamps --split-input-file | FileCheck %s

// CHECK-LABEL: @relu6
// CHECK: tosa.clamp %arg0 {max_val = 6.000000e+00 : f32, min_val = 0.000000e+00 : f32, narrow.name = "y"}
// CHECK-NEXT: return
func.func @relu6(%x: tensor<4xf32>) -> tensor<4xf32> {
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %six = "tosa.const"() {values = dense<6.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.maximum %x, %zero : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  %b = tosa.minimum %six, %a {narrow.name = "y"} : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// Where the bounds do not meet, the later one wins.
// CHECK-LABEL: @disjoint
// CHECK: tosa.clamp %arg0 {max_val = 3.000000e+00 : f32, min_val = 3.000000e+00 : f32}
func.func @disjoint(%x: tensor<4xf32>) -> tensor<4xf32> {
  %a = tosa.clamp %x {min_val = 0.0 : f32, max_val = 1.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  %b = tosa.clamp %a {min_val = 3.0 : f32, max_val = 4.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %b : tensor<4xf32>
}

// -----

// Bounds that differ between elements, a bound that broadcasts the value, and
// clamps that disagree about NaN.
// CHECK-LABEL: @left
// CHECK: tosa.maximum
// CHECK: tosa.minimum
// CHECK: tosa.clamp
// CHECK: tosa.clamp
func.func @left(%x: tensor<2xf32>, %y: tensor<1xf32>) -> (tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %k = "tosa.const"() {values = dense<[0.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %two = "tosa.const"() {values = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %a = tosa.maximum %x, %k : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %b = tosa.minimum %y, %two : (tensor<1xf32>, tensor<2xf32>) -> tensor<2xf32>
  %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 1.0 : f32, nan_mode = IGNORE} : (tensor<2xf32>) -> tensor<2xf32>
  %d = tosa.clamp %c {min_val = 0.0 : f32, max_val = 0.5 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  return %a, %b, %d : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}

// -----

// Conv, MaxPool, Relu: the clamp goes to the convolution; the names stay with
// the values.
// CHECK-LABEL: @hoist
// CHECK: %[[Y:.*]] = nn.conv2d {{.*}}narrow.name = "conv"
// CHECK-NEXT: %[[C:.*]] = tosa.clamp %[[Y]]
// CHECK-NEXT: %[[P:.*]] = nn.max_pool2d %[[C]] {{.*}}narrow.name = "relu"
// CHECK-NEXT: return %[[P]]
func.func @hoist(%x: tensor<1x4x4x1xf32>, %w: tensor<2x1x1x1xf32>, %b: tensor<2xf32>) -> tensor<1x2x2x2xf32> {
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv"}
    : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %p = nn.max_pool2d %y {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, narrow.name = "pool"}
    : tensor<1x4x4x2xf32> -> tensor<1x2x2x2xf32>
  %r = tosa.clamp %p {min_val = 0.0 : f32, max_val = 6.0 : f32, narrow.name = "relu"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  return %r : tensor<1x2x2x2xf32>
}

// -----

// One part of the concatenation takes no clamp in.
// CHECK-LABEL: @stays
// CHECK: tosa.concat
// CHECK-NEXT: tosa.clamp
func.func @stays(%x: tensor<2xf32>) -> tensor<4xf32> {
  %a = tosa.add %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %t = tosa.tanh %x : (tensor<2xf32>) -> tensor<2xf32>
  %c = tosa.concat %a, %t {axis = 0 : i32} : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %r = tosa.clamp %c {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}

// -----

// What is cut off does not matter.
// CHECK-LABEL: @slice
// CHECK: %[[S:.*]] = tosa.add
// CHECK-NEXT: %[[C:.*]] = tosa.clamp %[[S]]
// CHECK-NEXT: %[[P:.*]] = tosa.slice %[[C]]
// CHECK-NEXT: return %[[P]]
func.func @slice(%x: tensor<4xf32>) -> tensor<2xf32> {
  %start = tosa.const_shape {values = dense<1> : tensor<1xindex>} : () -> !tosa.shape<1>
  %size = tosa.const_shape {values = dense<2> : tensor<1xindex>} : () -> !tosa.shape<1>
  %a = tosa.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %s = tosa.slice %a, %start, %size : (tensor<4xf32>, !tosa.shape<1>, !tosa.shape<1>) -> tensor<2xf32>
  %r = tosa.clamp %s {min_val = 1.0 : f32, max_val = 6.0 : f32} : (tensor<2xf32>) -> tensor<2xf32>
  return %r : tensor<2xf32>
}

// -----

// The padding has to be clamped too.
// CHECK-LABEL: @pad
// CHECK: tosa.pad
// CHECK-NEXT: tosa.clamp
func.func @pad(%x: tensor<4xf32>) -> tensor<6xf32> {
  %low_high = tosa.const_shape {values = dense<1> : tensor<2xindex>} : () -> !tosa.shape<2>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.add %x, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  %p = tosa.pad %a, %low_high, %zero : (tensor<4xf32>, !tosa.shape<2>, tensor<1xf32>) -> tensor<6xf32>
  %r = tosa.clamp %p {min_val = 1.0 : f32, max_val = 6.0 : f32} : (tensor<6xf32>) -> tensor<6xf32>
  return %r : tensor<6xf32>
}
