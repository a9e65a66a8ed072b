// A TOSA module is a model; arguments and results get names.
// RUN: narrow-translate %s | FileCheck %s
// RUN: sed s/4xf32/?xf32/g %s > %t.mlir
// RUN: not narrow-translate %t.mlir 2>&1 | FileCheck %s --check-prefix=OPEN
// OPEN: error: expected arguments that are f32 or integer tensors of static shape, found 'tensor<?xf32>'

// CHECK: func.func @main(%{{.*}}: tensor<4xf32> {narrow.name = "input0"}) -> (tensor<4xf32> {narrow.name = "output0"})
func.func @net(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
