// RUN: narrow-opt %s --fuse-pad --split-input-file | FileCheck %s

// CHECK-LABEL: @conv
// CHECK: nn.conv2d %arg0, {{.*}}pads = array<i64: 1, 3, 3, 4>
// CHECK-NOT: tosa.pad
func.func @conv(%x: tensor<1x4x4x1xf32>, %w: tensor<1x1x1x1xf32>, %b: tensor<1xf32>) -> tensor<1x8x11x1xf32> {
  %p = tosa.const_shape {values = dense<[0, 0, 1, 2, 3, 4, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.pad %x, %p, %zero : (tensor<1x4x4x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x7x11x1xf32>
  %y = nn.conv2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 1, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x7x11x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x8x11x1xf32>
  return %y : tensor<1x8x11x1xf32>
}

// -----

// Zeros in front of a max pool are harmless behind a ReLU only.
// CHECK-LABEL: @max_pool
// CHECK: %[[C:.*]] = tosa.clamp
// CHECK: nn.max_pool2d %[[C]] {{.*}}pads = array<i64: 1, 1, 0, 0>
// CHECK: %[[P:.*]] = tosa.pad %arg0
// CHECK: nn.max_pool2d %[[P]] {{.*}}pads = array<i64: 0, 0, 0, 0>
func.func @max_pool(%x: tensor<1x3x3x1xf32>) -> (tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>) {
  %p = tosa.const_shape {values = dense<[0, 0, 1, 0, 1, 0, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %c = tosa.clamp %x {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x3x3x1xf32>) -> tensor<1x3x3x1xf32>
  %a = tosa.pad %c, %p, %zero : (tensor<1x3x3x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %y = nn.max_pool2d %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  %b = tosa.pad %x, %p, %zero : (tensor<1x3x3x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %z = nn.max_pool2d %b {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  return %y, %z : tensor<1x2x2x1xf32>, tensor<1x2x2x1xf32>
}

// -----

// CHECK-LABEL: @avg_pool
// CHECK: nn.avg_pool2d %arg0 {count_include_pad = true, {{.*}}pads = array<i64: 1, 1, 1, 1>
func.func @avg_pool(%x: tensor<1x2x2x1xf32>) -> tensor<1x2x2x1xf32> {
  %p = tosa.const_shape {values = dense<[0, 0, 1, 1, 1, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.pad %x, %p, %zero : (tensor<1x2x2x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %y = nn.avg_pool2d %a {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, count_include_pad = false}
    : tensor<1x4x4x1xf32> -> tensor<1x2x2x1xf32>
  return %y : tensor<1x2x2x1xf32>
}

// -----

// A number other than zero, padded channels, a window of padding alone, a mean
// that does not count its own padding.
// CHECK-LABEL: @left
// CHECK-COUNT-4: tosa.pad
func.func @left(%x: tensor<1x2x2x1xf32>, %w: tensor<1x1x1x1xf32>, %v: tensor<1x1x1x2xf32>, %b: tensor<1xf32>)
    -> (tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>, tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>) {
  %p = tosa.const_shape {values = dense<[0, 0, 1, 1, 1, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %q = tosa.const_shape {values = dense<[0, 0, 0, 0, 0, 0, 0, 1]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %low = "tosa.const"() {values = dense<0xFF800000> : tensor<1xf32>} : () -> tensor<1xf32>
  %a = tosa.pad %x, %p, %one : (tensor<1x2x2x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %c = nn.conv2d %a, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %d = tosa.pad %x, %q, %zero : (tensor<1x2x2x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x2x2x2xf32>
  %e = nn.conv2d %d, %v, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>) -> tensor<1x2x2x1xf32>
  %f = tosa.pad %x, %p, %low : (tensor<1x2x2x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %g = nn.max_pool2d %f {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x4x4x1xf32> -> tensor<1x4x4x1xf32>
  %h = tosa.pad %x, %p, %zero : (tensor<1x2x2x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  %i = nn.avg_pool2d %h {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad = false}
    : tensor<1x4x4x1xf32> -> tensor<1x3x3x1xf32>
  return %c, %e, %g, %i : tensor<1x4x4x1xf32>, tensor<1x2x2x1xf32>, tensor<1x4x4x1xf32>, tensor<1x3x3x1xf32>
}
