// RUN: narrow-opt %s --plan-weights | FileCheck %s
// RUN: narrow-opt %s --plan-weights="bits=4 edge-bits=8 pair-safe=true requant=q31" | FileCheck %s --check-prefix=EDGES
// RUN: narrow-opt %s --plan-weights="bits=2 per-tensor=true full-range=true pow2=true" | FileCheck %s --check-prefix=TENSOR
// RUN: narrow-opt %s --plan-weights="bits=4 block=32" | FileCheck %s --check-prefix=BLOCKS

// Two layers in a row, one beside both, and a sum behind: the first, the last
// and the one beside are edges. What is given stays.
// CHECK-LABEL: func.func @main
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// TENSOR: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i2, bits = 2, granularity = tensor, full_range = true, pow2 = true>}
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = tosa.tanh %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.linear %1, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = nn.linear %2, %w, %b {narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %4 = nn.linear %3, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %5 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %6 = tosa.add %4, %5 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %6 : tensor<1x2xf32>
}

// Channels of a block's weights or fewer have one multiplier, their scale; neither
// depthwise nor transposed convolutions read packed weights.
// BLOCKS-LABEL: func.func @main
// BLOCKS-NOT: block
// BLOCKS-LABEL: func.func @blocks
// BLOCKS: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4, block = 32>}
// BLOCKS: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4>}
// BLOCKS: nn.conv2d {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4, block = 32>
// BLOCKS: nn.conv2d {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4>
// BLOCKS: nn.transposed_conv2d {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4>
func.func @blocks(%x: tensor<1x33xf32>, %y: tensor<1x8x8x4xf32>) -> (tensor<1x32xf32>, tensor<1x1xf32>, tensor<1x6x6x2xf32>, tensor<1x2x2x4xf32>, tensor<1x10x10x2xf32>) {
  %w = "tosa.const"() {values = dense<0.5> : tensor<32x33xf32>} : () -> tensor<32x33xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<32xf32>} : () -> tensor<32xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x33xf32>, tensor<32x33xf32>, tensor<32xf32>) -> tensor<1x32xf32>
  %v = "tosa.const"() {values = dense<0.5> : tensor<1x32xf32>} : () -> tensor<1x32xf32>
  %c = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %1 = nn.linear %0, %v, %c : (tensor<1x32xf32>, tensor<1x32xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  %k = "tosa.const"() {values = dense<0.5> : tensor<2x3x3x4xf32>} : () -> tensor<2x3x3x4xf32>
  %d = "tosa.const"() {values = dense<0.5> : tensor<2xf32>} : () -> tensor<2xf32>
  %2 = nn.conv2d %y, %k, %d {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x8x8x4xf32>, tensor<2x3x3x4xf32>, tensor<2xf32>) -> tensor<1x6x6x2xf32>
  %j = "tosa.const"() {values = dense<0.5> : tensor<4x7x7x1xf32>} : () -> tensor<4x7x7x1xf32>
  %e = "tosa.const"() {values = dense<0.5> : tensor<4xf32>} : () -> tensor<4xf32>
  %3 = nn.conv2d %y, %j, %e {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 4 : i64} : (tensor<1x8x8x4xf32>, tensor<4x7x7x1xf32>, tensor<4xf32>) -> tensor<1x2x2x4xf32>
  %4 = nn.transposed_conv2d %y, %k, %d {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x8x8x4xf32>, tensor<2x3x3x4xf32>, tensor<2xf32>) -> tensor<1x10x10x2xf32>
  return %0, %1, %2, %3, %4 : tensor<1x32xf32>, tensor<1x1xf32>, tensor<1x6x6x2xf32>, tensor<1x2x2x4xf32>, tensor<1x10x10x2xf32>
}
