// RUN: split-file %s %t
// RUN: not narrow-emit %t/shape.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=SHAPE
// RUN: not narrow-emit %t/half.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=HALF
// RUN: not narrow-emit %t/kind.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=KIND
// RUN: not narrow-emit %t/loops.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=LOOPS
// RUN: not narrow-emit %t/width.mlir --io=quantized --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=WIDTH
// RUN: not narrow-emit %t/two.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=TWO
// RUN: not narrow-emit %t/blocks.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=BLOCKS
// RUN: not narrow-emit %t/empty.mlir --target=avx2 -o %t/m.o 2>&1 | FileCheck %s --check-prefix=EMPTY
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

//--- two.mlir
// TWO: error: expected a function 'main'
func.func @a(%x: tensor<1xf32>) -> tensor<1xf32> {
  return %x : tensor<1xf32>
}
func.func @b(%x: tensor<1xf32>) -> tensor<1xf32> {
  return %x : tensor<1xf32>
}

//--- blocks.mlir
// BLOCKS: error: expected a function of one block
func.func @main(%x: tensor<1xf32>) -> tensor<1xf32> {
  cf.br ^next
^next:
  return %x : tensor<1xf32>
}

//--- empty.mlir
// EMPTY: empty.mlir:{{.*}}: error: {{.*}}expected results to be static tensors of one or more elements
// EMPTY: error: cannot compile the model
!a = !quant.uniform<u8:f32, 5.0e-01:3>
func.func @main(%x: tensor<4x!a>) -> tensor<4x!a> {
  %0 = fxp.slice %x {starts = array<i64: 0>, steps = array<i64: 1>} : tensor<4x!a> -> tensor<0x!a>
  %1 = fxp.concat %0, %x {axis = 0 : i64} : (tensor<0x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %1 : tensor<4x!a>
}
