// RUN: narrow-opt %s --fold-batch-norm --split-input-file | FileCheck %s

// scale / sqrt(variance + epsilon) = [2, 3]; the weights' rows and the bias
// follow, and the name of the value.
// CHECK-LABEL: @into_conv
// CHECK-DAG: dense<{{.*}}2.000000e+00{{.*}}6.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: dense<[-9.000000e+00, 2.200000e+01]> : tensor<2xf32>
// CHECK: nn.conv2d {{.*}}narrow.name = "norm"
// CHECK-NOT: nn.batch_norm
// CHECK-NOT: tosa.add
func.func @into_conv(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = "tosa.const"() {values = dense<[[[[1.0]]], [[[2.0]]]]> : tensor<2x1x1x1xf32>} : () -> tensor<2x1x1x1xf32>
  %b = "tosa.const"() {values = dense<[0.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %scale = "tosa.const"() {values = dense<[4.0, 6.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %offset = "tosa.const"() {values = dense<[1.0, 10.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %mean = "tosa.const"() {values = dense<[5.0, -3.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %variance = "tosa.const"() {values = dense<3.75> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv"}
    : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.batch_norm %y, %scale, %offset, %mean, %variance {epsilon = 0.25 : f32, narrow.name = "norm"}
    : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %z : tensor<1x4x4x2xf32>
}

// -----

// Into the grouped convolution behind: w[o] * s[c], bias += w[o] * t[c].
// CHECK-LABEL: @into_consumer
// CHECK-DAG: dense<{{.*}}5.000000e-01{{.*}}4.000000e+00{{.*}}> : tensor<2x1x1x1xf32>
// CHECK-DAG: dense<[1.000000e+00, 4.000000e+00]> : tensor<2xf32>
// CHECK: nn.conv2d %arg0
// CHECK-NOT: nn.batch_norm
func.func @into_consumer(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  %w = "tosa.const"() {values = dense<[[[[1.0]]], [[[4.0]]]]> : tensor<2x1x1x1xf32>} : () -> tensor<2x1x1x1xf32>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %variance = "tosa.const"() {values = dense<[4.0, 1.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = nn.batch_norm %x, %one, %one, %zero, %variance {epsilon = 0.0 : f32}
    : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.conv2d %y, %w, %zero {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x4x4x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %z : tensor<1x4x4x2xf32>
}

// -----

// Past the reshape that flattens an image: channels come around.
// CHECK-LABEL: @past_reshape
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 3.000000e+00, 1.000000e+00, 3.000000e+00]]> : tensor<1x4xf32>
// CHECK: tosa.reshape %arg0
// CHECK: nn.linear
// CHECK-NOT: nn.batch_norm
func.func @past_reshape(%x: tensor<1x2x1x2xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %scale = "tosa.const"() {values = dense<[1.0, 3.0]> : tensor<2xf32>} : () -> tensor<2xf32>
  %s = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %y = nn.batch_norm %x, %scale, %zero, %zero, %one {epsilon = 0.0 : f32}
    : (tensor<1x2x1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2x1x2xf32>
  %r = tosa.reshape %y, %s : (tensor<1x2x1x2xf32>, !tosa.shape<2>) -> tensor<1x4xf32>
  %z = nn.linear %r, %w, %b : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %z : tensor<1x1xf32>
}

// -----

// The layer behind pads: the offset would move the padding. It is written out.
// CHECK-LABEL: @padded
// CHECK: tosa.mul %arg0
// CHECK: tosa.add {{.*}}narrow.name = "norm"
// CHECK: nn.conv2d
func.func @padded(%x: tensor<1x4x4x2xf32>) -> tensor<1x6x6x2xf32> {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x1x1x1xf32>} : () -> tensor<2x1x1x1xf32>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %two = "tosa.const"() {values = dense<2.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = nn.batch_norm %x, %two, %one, %zero, %one {epsilon = 0.0 : f32, narrow.name = "norm"}
    : (tensor<1x4x4x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %z = nn.conv2d %y, %w, %zero {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x4x4x2xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x6x6x2xf32>
  return %z : tensor<1x6x6x2xf32>
}

// -----

// The layer's result has another reader.
// CHECK-LABEL: @two_readers
// CHECK: nn.linear
// CHECK: tosa.mul
// CHECK: tosa.add
func.func @two_readers(%x: tensor<1x2xf32>) -> (tensor<1x2xf32>, tensor<1x2xf32>) {
  %w = "tosa.const"() {values = dense<1.0> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %y = nn.linear %x, %w, %one : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %z = nn.batch_norm %y, %one, %one, %one, %one {epsilon = 1.0 : f32}
    : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %y, %z : tensor<1x2xf32>, tensor<1x2xf32>
}

// -----

// Computed statistics cannot be folded.
// CHECK-LABEL: @computed
// CHECK: nn.batch_norm
func.func @computed(%x: tensor<1x2xf32>, %s: tensor<2xf32>) -> tensor<1x2xf32> {
  %z = nn.batch_norm %x, %s, %s, %s, %s {epsilon = 1.0 : f32}
    : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}

// -----

// A mean of many deviations is subtracted before the product.
// CHECK-LABEL: @large_mean
// CHECK: %[[C:.*]] = tosa.sub %arg0
// CHECK: %[[P:.*]] = tosa.mul %[[C]]
// CHECK: tosa.add %[[P]]
func.func @large_mean(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %one = "tosa.const"() {values = dense<1.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %mean = "tosa.const"() {values = dense<[0.0, 1.7e9]> : tensor<2xf32>} : () -> tensor<2xf32>
  %four = "tosa.const"() {values = dense<4.0> : tensor<2xf32>} : () -> tensor<2xf32>
  %z = nn.batch_norm %x, %one, %one, %mean, %four {epsilon = 0.0 : f32}
    : (tensor<1x2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %z : tensor<1x2xf32>
}
