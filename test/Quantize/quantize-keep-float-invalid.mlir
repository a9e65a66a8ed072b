// RUN: not narrow-opt %s --quantize=keep-float=misspelt,conv,other 2>&1 | FileCheck %s

// CHECK: error: expected keep-float to name an operation of the prepared model, found 'misspelt'
// CHECK: error: expected keep-float to name an operation of the prepared model, found 'other'
// CHECK-NOT: found 'conv'
func.func @main(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x8xf32>
  %0 = tosa.sigmoid %x : (tensor<1x8xf32>) -> tensor<1x8xf32> loc("conv")
  return %0 : tensor<1x8xf32>
}
