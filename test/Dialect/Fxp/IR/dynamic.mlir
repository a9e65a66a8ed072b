// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

!q = !quant.uniform<u8:f32, 1.0:128>
!r = !quant.uniform<i8<-127:127>:f32, 1.0>
!s = !quant.uniform<i32:f32:1, {0.5, 0.25}>

// CHECK-LABEL: func @dynamic
func.func @dynamic(%x: tensor<4x8xf32>, %image: tensor<1x2x3x1xf32>, %s: tensor<4x2x!s>) {
  // CHECK: %[[Q:.*]], %[[P:.*]] = fxp.dynamic_quantize %{{.*}} : tensor<4x8xf32> -> tensor<4x8x!{{.*}}>, tensor<1x2xf32>
  %q, %p = fxp.dynamic_quantize %x : tensor<4x8xf32> -> tensor<4x8x!q>, tensor<1x2xf32>
  // CHECK: fxp.dynamic_quantize %{{.*}} {per_row}
  %r, %k = fxp.dynamic_quantize %x {per_row} : tensor<4x8xf32> -> tensor<4x8x!r>, tensor<4x1xf32>
  // CHECK: fxp.dynamic_quantize %{{.*}} {pads = array<i64: 1, 1, 0, 0>}
  %i, %l = fxp.dynamic_quantize %image {pads = array<i64: 1, 1, 0, 0>} : tensor<1x2x3x1xf32> -> tensor<1x3x4x1x!q>, tensor<1x2xf32>
  // CHECK: fxp.dynamic_dequantize %{{.*}}, %[[P]] {bias = array<f32: 5.000000e-01, 1.000000e+00>, weight_sums = array<i32: 5, -7>}
  %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: 5, -7>, bias = array<f32: 0.5, 1.0>} : tensor<4x2x!s>, tensor<1x2xf32> -> tensor<4x2xf32>
  // CHECK: fxp.dynamic_dequantize %{{.*}}, %{{.*}} : tensor<4x2x!{{.*}}>, tensor<4x1xf32> -> tensor<4x2xf32>
  %z = fxp.dynamic_dequantize %s, %k : tensor<4x2x!s>, tensor<4x1xf32> -> tensor<4x2xf32>
  return
}
