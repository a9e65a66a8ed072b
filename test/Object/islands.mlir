// Operations that are not fixed point become kernels of the same object, which
// needs no library, whatever the operation.
//
// RUN: narrow-emit %s --name=net --target=x86_64:scalar,x86-64,avx2,avx512vnni -o %t.x86.o
// RUN: narrow-emit %s --name=net --target=aarch64:scalar,neon,dotprod -o %t.arm.o
// RUN: narrow-emit %s --name=net --target=riscv64:scalar -o %t.riscv.o
// RUN: llvm-nm --extern-only --defined-only %t.x86.o | FileCheck %s --check-prefix=NAMES
// RUN: llvm-nm --undefined-only %t.x86.o | not grep -vE "U mem(cpy|set)$"
// RUN: llvm-nm --undefined-only %t.arm.o | not grep -vE "U mem(cpy|set)$"
// RUN: llvm-nm --undefined-only %t.riscv.o | not grep -vE "U mem(cpy|set)$"
// NAMES: T net_level
// NAMES-NEXT: net_metadata
// NAMES-NEXT: T net_run
// NAMES-NEXT: T net_run_{{[0-9a-f]+$}}
// NAMES-NEXT: T net_set_level
// NAMES-NOT: {{.}}
//
// No product and sum are fused: their rounding would differ between levels.
// RUN: llvm-objdump -d %t.x86.o %t.arm.o %t.riscv.o | not grep -iE "vfn?m(add|sub)[0-9]|fmadd|fmla|fmsub"
//
// Nor may LLVM rearrange anything, and nothing is called but loops of its own.
// RUN: narrow-emit %s --name=net --target=avx2 -o %t.ll
// RUN: grep -E " f(add|sub|mul|div) " %t.ll | FileCheck %s --check-prefix=IR
// IR: fmul <8 x float>
// IR-NOT: {{fast|contract|reassoc}}

!u8 = !quant.uniform<u8:f32, 0.05:128>

func.func @main(%x: tensor<1x4x4x8xf32> {narrow.name = "x"}) -> (tensor<1x4x4x8xf32> {narrow.name = "y"}, tensor<1x4x4xi32> {narrow.name = "best"}) {
  %q = fxp.quantize %x : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!u8>
  %f = fxp.dequantize %q : tensor<1x4x4x8x!u8> -> tensor<1x4x4x8xf32>
  %w = "tosa.const"() {values = dense<0.25> : tensor<8x3x3x8xf32>} : () -> tensor<8x3x3x8xf32>
  %b = "tosa.const"() {values = dense<[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7]> : tensor<8xf32>} : () -> tensor<8xf32>
  %c = nn.conv2d %f, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x4x8xf32>, tensor<8x3x3x8xf32>, tensor<8xf32>) -> tensor<1x4x4x8xf32>
  %0 = nn.unary gelu %c : tensor<1x4x4x8xf32>
  %1 = nn.unary mish %0 : tensor<1x4x4x8xf32>
  %2 = nn.unary asinh %1 : tensor<1x4x4x8xf32>
  %3 = tosa.sin %2 : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %4 = tosa.floor %c : (tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %5 = tosa.pow %c, %4 : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %6 = tosa.maximum %3, %5 : (tensor<1x4x4x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x4x4x8xf32>
  %7 = nn.log_softmax %6 {axis = 3 : i64} : tensor<1x4x4x8xf32>
  %8 = tosa.argmax %7 {axis = 3 : i32} : (tensor<1x4x4x8xf32>) -> tensor<1x4x4xi32>
  %r = fxp.quantize %7 : tensor<1x4x4x8xf32> -> tensor<1x4x4x8x!u8>
  %d = fxp.dequantize %r : tensor<1x4x4x8x!u8> -> tensor<1x4x4x8xf32>
  return %d, %8 : tensor<1x4x4x8xf32>, tensor<1x4x4xi32>
}
