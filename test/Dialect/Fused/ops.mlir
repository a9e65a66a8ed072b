// RUN: narrow-opt %s | narrow-opt | FileCheck %s

// CHECK-LABEL: @tensors
func.func @tensors(%x: tensor<1x8x8x3xf32>, %w: tensor<432xf32>, %b: tensor<16xf32>, %r: tensor<1x4x4x16xf32>) -> tensor<1x4x4x16xf32> {
  %init = tensor.empty() : tensor<1x4x4x16xf32>
  // CHECK: fused.contraction ins(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} : tensor<1x8x8x3xf32>, tensor<432xf32>, tensor<16xf32>, tensor<1x4x4x16xf32>) outs(%{{.*}} : tensor<1x4x4x16xf32>)
  // CHECK: fused.yield %{{.*}} : f32
  // CHECK-NEXT: } -> tensor<1x4x4x16xf32>
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x8x8x3xf32>, tensor<432xf32>, tensor<16xf32>, tensor<1x4x4x16xf32>)
    outs(%init : tensor<1x4x4x16xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 16, 16>} {
  ^bb0(%sum: f32, %other: f32):
    %1 = arith.addf %sum, %other : f32
    fused.yield %1 : f32
  } -> tensor<1x4x4x16xf32>
  return %0 : tensor<1x4x4x16xf32>
}

// CHECK-LABEL: @buffers
func.func @buffers(%x: memref<2x5xf32>, %w: memref<15xf32>, %b: memref<3xf32>, %init: memref<2x3xf32, strided<[8, 1]>>) {
  // CHECK: fused.contraction ins(%{{.*}}, %{{.*}}, %{{.*}} : memref<2x5xf32>, memref<15xf32>, memref<3xf32>) outs(%{{.*}} : memref<2x3xf32, strided<[8, 1]>>)
  fused.contraction ins(%x, %w, %b : memref<2x5xf32>, memref<15xf32>, memref<3xf32>)
    outs(%init : memref<2x3xf32, strided<[8, 1]>>)
    attributes {kernel = array<i64: 1, 1>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, tile = array<i64: 2, 3, 4>} {
  ^bb0(%sum: f32):
    fused.yield %sum : f32
  }
  return
}
