// RUN: narrow-opt %s --plan-types=keep-float=conv --quantize=keep-float=conv --mlir-print-debuginfo 2>&1 | FileCheck %s
// RUN: narrow-opt %s --plan-types=keep-float=conv --quantize="keep-float=conv io=quantized" --mlir-print-debuginfo 2>/dev/null | FileCheck %s --check-prefix=IO

// CHECK: remark: {{.*}}'conv': stays in float: a flag, a plan or what holds accuracy asks for it [stays-float]
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

// What only moves data between two ops that stay does not go to integers and
// back; neither does what moves it to an output in float. What feeds an op in
// integers does.
// CHECK-LABEL: func.func @between
// CHECK: tosa.exp
// CHECK-NEXT: tosa.transpose
// CHECK-NOT: fxp.quantize
// CHECK: tosa.exp
// CHECK-DAG: tosa.reverse {{.*}}axis = 0
// CHECK-DAG: fxp.slice {{.*}}steps = array<i64: 1, -1>
// IO-LABEL: func.func @between
// IO: tosa.exp
// IO-NEXT: tosa.transpose
// IO: tosa.exp
// IO-NEXT: fxp.quantize
// IO-DAG: fxp.slice {{.*}}steps = array<i64: -1, 1>
// IO-DAG: fxp.slice {{.*}}steps = array<i64: 1, -1>
func.func @between(%x: tensor<4x2xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<4x2xf32>
  %0 = tosa.exp %x : (tensor<4x2xf32>) -> tensor<4x2xf32> loc("conv")
  fxp.observe %0 "e" {range = array<f64: 0.0, 3.0>} : tensor<4x2xf32>
  %1 = tosa.transpose %0 {perms = array<i32: 1, 0>} : (tensor<4x2xf32>) -> tensor<2x4xf32>
  %2 = tosa.exp %1 : (tensor<2x4xf32>) -> tensor<2x4xf32> loc("conv")
  fxp.observe %2 "o" {range = array<f64: 0.0, 21.0>} : tensor<2x4xf32>
  %3 = tosa.reverse %2 {axis = 0 : i32} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %4 = tosa.reverse %2 {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %5 = tosa.tanh %4 : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %5 "t" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %3, %5 : tensor<2x4xf32>, tensor<2x4xf32>
}
