// RUN: narrow-opt %s --plan-types --quantize | FileCheck %s

// A ceiled size adds positions that are never counted. Where pads are counted
// they become part of the image, so that only what lies beyond is left out.
// CHECK-LABEL: func.func @ceiled
// CHECK: fxp.pad %{{.*}} {low = array<i64: 0, 1, 1, 0>, value = 127 : i32}{{.*}} -> tensor<1x6x7x1x
// CHECK: fxp.avg_pool2d {{.*}}counts = array<i64: 9, 6>{{.*}}pads = array<i64: 0, 0, 0, 0>
func.func @ceiled(%x: tensor<1x4x5x1xf32>) -> tensor<1x3x3x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x4x5x1xf32>
  %y = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad = true}
    : tensor<1x4x5x1xf32> -> tensor<1x3x3x1xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<1x3x3x1xf32>
  return %y : tensor<1x3x3x1xf32>
}

// With a floored size every window holds as many positions.
// CHECK-LABEL: func.func @floored
// CHECK-NOT: fxp.pad
// CHECK: fxp.avg_pool2d {{.*}}counts = array<i64: 9>{{.*}}pads = array<i64: 1, 1, 1, 1>
func.func @floored(%x: tensor<1x5x5x1xf32>) -> tensor<1x3x3x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x5x5x1xf32>
  %y = nn.avg_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, count_include_pad = true}
    : tensor<1x5x5x1xf32> -> tensor<1x3x3x1xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<1x3x3x1xf32>
  return %y : tensor<1x3x3x1xf32>
}
