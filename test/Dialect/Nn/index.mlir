// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

// CHECK-LABEL: func @places
func.func @places(%x: tensor<2x8xf32>, %y: tensor<1x4xi8>) {
  // CHECK: nn.top_k %{{.*}} : tensor<2x8xf32> -> tensor<2x3xi32>
  %0 = nn.top_k %x : tensor<2x8xf32> -> tensor<2x3xi32>
  // CHECK: nn.top_k %{{.*}} {smallest} : tensor<1x4xi8> -> tensor<1x4xi32>
  %1 = nn.top_k %y {smallest} : tensor<1x4xi8> -> tensor<1x4xi32>
  // CHECK: nn.fake_quantize %{{.*}} as !quant.uniform<i32:f32, 1.000000e+00>
  %2 = nn.fake_quantize %x as !quant.uniform<i32:f32, 1.0> : tensor<2x8xf32>
  return
}
