// RUN: narrow-opt %s --narrow-prepare | FileCheck %s
// RUN: narrow-opt %s --narrow-prepare=observers=false | FileCheck %s --check-prefix=BARE

// As an importer writes Conv, BatchNormalization, Relu, Flatten, Gemm of an NCHW
// image with one channel.
// CHECK-LABEL: @main
// CHECK: fxp.observe %arg0 "image"
// CHECK: tosa.reshape %arg0
// CHECK-NEXT: nn.conv2d
// CHECK-NEXT: %[[R:.*]] = tosa.clamp
// CHECK-NEXT: fxp.observe %[[R]] "relu"
// CHECK-NEXT: tosa.reshape %[[R]]
// CHECK-NEXT: %[[L:.*]] = nn.linear
// CHECK-NEXT: fxp.observe %[[L]] "logits"
// CHECK-NEXT: return %[[L]]
// BARE-LABEL: @main
// BARE-NOT: fxp.observe
func.func @main(%x: tensor<1x1x3x3xf32> {narrow.name = "image"}) -> (tensor<1x2xf32> {narrow.name = "logits"}) {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x1x2x2xf32>} : () -> tensor<2x1x2x2xf32>
  %b = "tosa.const"() {values = dense<[0.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %fw = "tosa.const"() {values = dense<1.0> : tensor<2x8xf32>} : () -> tensor<2x8xf32>
  %flat = tosa.const_shape {values = dense<[1, 8]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %wt = tosa.transpose %w {perms = array<i32: 0, 2, 3, 1>} : (tensor<2x1x2x2xf32>) -> tensor<2x2x2x1xf32>
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x1x3x3xf32>) -> tensor<1x3x3x1xf32>
  %1 = nn.conv2d %0, %wt, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv"}
    : (tensor<1x3x3x1xf32>, tensor<2x2x2x1xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %2 = tosa.transpose %1 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %3 = tosa.transpose %2 {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %4 = nn.batch_norm %3, %one, %b, %one, %one {epsilon = 0.1 : f32, narrow.name = "bn"}
    : (tensor<1x2x2x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x2x2xf32>
  %5 = tosa.transpose %4 {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %6 = tosa.clamp %5 {min_val = 0.0 : f32, max_val = 3.40282347E+38 : f32, narrow.name = "relu"} : (tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %7 = tosa.reshape %6, %flat : (tensor<1x2x2x2xf32>, !tosa.shape<2>) -> tensor<1x8xf32>
  %8 = nn.linear %7, %fw, %one {narrow.name = "logits"} : (tensor<1x8xf32>, tensor<2x8xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %8 : tensor<1x2xf32>
}
