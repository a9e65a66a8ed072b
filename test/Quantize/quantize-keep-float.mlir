// RUN: narrow-opt %s --plan-types=keep-float=conv --quantize=keep-float=conv --mlir-print-debuginfo 2>&1 | FileCheck %s

// CHECK: remark: {{.*}}'conv': stays in float: the user asked for it [stays-float]
// CHECK: %[[A:.*]] = fxp.lookup
// CHECK: %[[F:.*]] = fxp.dequantize %[[A]]
// CHECK: tosa.exp %[[F]]
func.func @main(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x8xf32>
  %0 = tosa.sigmoid %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  fxp.observe %0 "a" {range = array<f64: 0.0, 1.0>} : tensor<1x8xf32>
  %1 = tosa.exp %0 : (tensor<1x8xf32>) -> tensor<1x8xf32> loc("conv")
  return %1 : tensor<1x8xf32>
}
