// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

// CHECK-LABEL: func @dynamic
func.func @dynamic(%x: tensor<4x8xf32>, %s: tensor<3x3xi8>, %c: tensor<3xf32>) {
  // CHECK: nn.dynamic_fake_quantize %{{.*}} : tensor<4x8xf32>
  %0 = nn.dynamic_fake_quantize %x : tensor<4x8xf32>
  // CHECK: nn.dynamic_fake_quantize %{{.*}} {per_row} : tensor<4x8xf32>
  %1 = nn.dynamic_fake_quantize %x {per_row} : tensor<4x8xf32>
  // CHECK: nn.dequantize_weights %{{.*}}, %{{.*}} : (tensor<3x3xi8>, tensor<3xf32>) -> tensor<3x3xf32>
  %2 = nn.dequantize_weights %s, %c : (tensor<3x3xi8>, tensor<3xf32>) -> tensor<3x3xf32>
  // CHECK: nn.dequantize_weights %{{.*}}, %{{.*}} {pairs} : (tensor<3x3xi8>, tensor<3xf32>) -> tensor<3x5xf32>
  %3 = nn.dequantize_weights %s, %c {pairs} : (tensor<3x3xi8>, tensor<3xf32>) -> tensor<3x5xf32>
  return
}
