// RUN: split-file %s %t
// RUN: not narrow-emit %t/shape.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=SHAPE
// RUN: not narrow-emit %t/half.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=HALF
// RUN: not narrow-emit %t/kind.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not narrow-emit %t/loops.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=LOOPS
// RUN: not narrow-emit %t/width.mlir --io=quantized --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not ls %t/m.o

//--- shape.mlir
// SHAPE: error: expected inputs to be static tensors
func.func @main(%x: tensor<1x?xf32>) -> tensor<1x?xf32> {
  %0 = tosa.abs %x : (tensor<1x?xf32>) -> tensor<1x?xf32>
  return %0 : tensor<1x?xf32>
}

//--- half.mlir
// Only f32 has an arithmetic that is the same everywhere (N70).
// HALF: half.mlir:{{.*}}: error: expected an operation that every target computes alike, found 'math.exp' of 'f16'
// HALF: error: cannot compile the model's float operations
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = tosa.cast %x : (tensor<1x4xf32>) -> tensor<1x4xf16>
  %1 = tosa.exp %0 : (tensor<1x4xf16>) -> tensor<1x4xf16>
  %2 = tosa.cast %1 : (tensor<1x4xf16>) -> tensor<1x4xf32>
  return %2 : tensor<1x4xf32>
}

//--- kind.mlir
// KIND: error: expected inputs and outputs of f32, integers, bits or fixed point, found tensor<1x4xf16>
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf16> {
  %0 = tosa.cast %x : (tensor<1x4xf32>) -> tensor<1x4xf16>
  return %0 : tensor<1x4xf16>
}

//--- loops.mlir
// LOOPS: loops.mlir:{{.*}}: error: {{.*}}tosa.custom
// LOOPS: error: cannot compile the model's float operations
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = tosa.custom %x {operator_name = "mystery", domain_name = "nowhere", implementation_attrs = ""} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

//--- width.mlir
// Floats have no stored integers.
// WIDTH: error: expected input 0 to be quantised to one type for a quantised interface
func.func @main(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %0 = tosa.abs %x : (tensor<1x4xf32>) -> tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}
