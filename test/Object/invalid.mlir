// RUN: not narrow-emit %s --target=avx2 -o %t.o 2>&1 | FileCheck %s
// CHECK: error: expected a fixed-point operation that has a kernel, found 'tosa.abs'
// CHECK: error: cannot compile the model for 'avx2'

func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = tosa.abs %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
