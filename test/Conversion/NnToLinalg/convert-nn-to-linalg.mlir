// RUN: narrow-opt %s --convert-nn-to-linalg --split-input-file | FileCheck %s

// Weights are transposed at compile time; the innermost loop is the output channel.
// CHECK-LABEL: @linear
func.func @linear(%x: tensor<2x3xf32>, %b: tensor<2xf32>) -> tensor<2x2xf32> {
  // CHECK: %[[W:.*]] = arith.constant dense<{{\[}}[1.0{{.*}}, 4.0{{.*}}], [2.0{{.*}}, 5.0{{.*}}], [3.0{{.*}}, 6.0{{.*}}]]> : tensor<3x2xf32>
  // CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]} ins(%{{.*}}, %[[W]]
  // CHECK: arith.mulf
  // CHECK: arith.addf
  %w = "tosa.const"() {values = dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %0 = nn.linear %x, %w, %b : (tensor<2x3xf32>, tensor<2x3xf32>, tensor<2xf32>) -> tensor<2x2xf32>
  return %0 : tensor<2x2xf32>
}

// -----

// CHECK-LABEL: @depthwise
func.func @depthwise(%x: tensor<1x8x8x4xf32>, %w: tensor<4x3x3x1xf32>, %b: tensor<4xf32>) -> tensor<1x4x4x4xf32> {
  // CHECK: tensor.insert_slice %{{.*}} into %{{.*}}[0, 1, 1, 0] [1, 8, 8, 4] [1, 1, 1, 1] : tensor<1x8x8x4xf32> into tensor<1x10x10x4xf32>
  // CHECK: iterator_types = ["parallel", "parallel", "parallel", "reduction", "reduction", "parallel"]
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 4 : i64}
    : (tensor<1x8x8x4xf32>, tensor<4x3x3x1xf32>, tensor<4xf32>) -> tensor<1x4x4x4xf32>
  return %0 : tensor<1x4x4x4xf32>
}

// -----

// CHECK-LABEL: @grouped
func.func @grouped(%x: tensor<1x8x8x4xf32>, %w: tensor<6x1x1x2xf32>, %b: tensor<6xf32>) -> tensor<1x8x8x6xf32> {
  // CHECK: linalg.generic {{.*}} outs(%{{.*}} : tensor<1x8x8x2x3xf32>)
  // CHECK: tensor.collapse_shape %{{.*}} {{\[}}[0], [1], [2], [3, 4]]
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x1x1x2xf32>, tensor<6xf32>) -> tensor<1x8x8x6xf32>
  return %0 : tensor<1x8x8x6xf32>
}

// -----

// Padding never wins a maximum.
// CHECK-LABEL: @max_pool
func.func @max_pool(%x: tensor<1x4x4x2xf32>) -> tensor<1x2x2x2xf32> {
  // CHECK: arith.constant 0xFF800000 : f32
  // CHECK: arith.maximumf
  %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x4x4x2xf32> -> tensor<1x2x2x2xf32>
  return %0 : tensor<1x2x2x2xf32>
}

// -----

// Other dialects stay.
// CHECK-LABEL: @others
func.func @others(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  // CHECK: tosa.tanh
  // CHECK: fxp.observe
  // CHECK: math.exp
  // CHECK-NOT: nn.
  %0 = tosa.tanh %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  fxp.observe %0 "t" : tensor<1x4xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x4xf32>
  return %1 : tensor<1x4xf32>
}

// A masked element is the lowest float, whose power is 0.
// CHECK-LABEL: @masked_softmax
// CHECK: linalg.generic {{.*}} ins(%arg0, %arg1 : tensor<2x4xf32>, tensor<1x4xi1>)
// CHECK: arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: math.exp
func.func @masked_softmax(%x: tensor<2x4xf32>, %m: tensor<1x4xi1>) -> tensor<2x4xf32> {
  %0 = nn.softmax %x mask %m {axis = 1 : i64} : tensor<2x4xf32>, tensor<1x4xi1>
  return %0 : tensor<2x4xf32>
}

// CHECK-LABEL: @fake_quantize
func.func @fake_quantize(%x: tensor<4xf32>) -> tensor<4xf32> {
  // Steps of u8 with zero point 128: -128 to 127, rounded to even.
  // CHECK: linalg.generic
  // CHECK: %[[STEPS:.*]] = arith.divf
  // CHECK: %[[WHOLE:.*]] = math.roundeven %[[STEPS]]
  // CHECK: %[[LOW:.*]] = arith.maximumf %[[WHOLE]]
  // CHECK: %[[HIGH:.*]] = arith.minimumf %[[LOW]]
  // CHECK: arith.mulf %[[HIGH]]
  %0 = nn.fake_quantize %x as !quant.uniform<u8:f32, 0.02:128> : tensor<4xf32>
  return %0 : tensor<4xf32>
}
