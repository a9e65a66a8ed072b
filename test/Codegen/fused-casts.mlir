// RUN: split-file %s %t
// RUN: narrow-check-kernels %t/fused.mlir | FileCheck %s --check-prefix=BITS
// RUN: narrow-check-kernels %t/apart.mlir | FileCheck %s --check-prefix=BITS
// RUN: narrow-emit %t/fused.mlir --target=avx2 -o %t/fused.ll
// RUN: FileCheck %s --check-prefix=FUSED < %t/fused.ll
// RUN: narrow-emit %t/apart.mlir --target=avx2 -o %t/apart.ll
// RUN: FileCheck %s --check-prefix=APART < %t/apart.ll
// RUN: narrow-emit %t/fused.mlir --target=avx2 --io-layout=nhwc -o %t/nhwc.ll
// RUN: FileCheck %s --check-prefix=NHWC < %t/nhwc.ll
// RUN: narrow-emit %t/fused.mlir --target=avx2 --io=quantized -o %t/bytes.ll
// RUN: FileCheck %s --check-prefix=BYTES < %t/bytes.ll
// BITS: every output equals the interpreter's

// The image becomes bytes and NHWC, and back, in one kernel each.
// FUSED-LABEL: define {{.*}}@avx2.body(
// FUSED-NOT: transpose
// FUSED: call {{.*}} @avx2.quantize_
// FUSED: call {{.*}} @avx2.add_
// FUSED: call {{.*}} @avx2.dequantize_
// FUSED-NOT: transpose
// FUSED: ret void

// No axes change places where the caller has NHWC.
// NHWC-LABEL: define {{.*}}@avx2.body(
// NHWC-NOT: transpose
// NHWC: call {{.*}} @avx2.dequantize_
// NHWC: ret void

// Without casts the transposes read and write the caller's buffers.
// BYTES-LABEL: define {{.*}}@avx2.body(
// BYTES-NOT: copy_
// BYTES: call {{.*}} @avx2.transpose_
// BYTES: call {{.*}} @avx2.add_
// BYTES: call {{.*}} @avx2.transpose_
// BYTES-NOT: copy_
// BYTES: ret void

//--- fused.mlir
!x = !quant.uniform<u8:f32, 0.05:128>
!y = !quant.uniform<i16:f32, 0.001>
func.func @main(%input: tensor<2x3x5x37xf32>) -> tensor<2x3x5x37xf32> {
  %q = fxp.quantize %input : tensor<2x3x5x37xf32> -> tensor<2x3x5x37x!x>
  %t = fxp.transpose %q {perms = array<i64: 0, 2, 3, 1>} : tensor<2x3x5x37x!x> -> tensor<2x5x37x3x!x>
  %a = fxp.add %t, %t {lhs_multiplier = 25600 : i32, rhs_multiplier = 25600 : i32, shift = 9 : i32}
    : (tensor<2x5x37x3x!x>, tensor<2x5x37x3x!x>) -> tensor<2x5x37x3x!y>
  %n = fxp.transpose %a {perms = array<i64: 0, 3, 1, 2>} : tensor<2x5x37x3x!y> -> tensor<2x3x5x37x!y>
  %d = fxp.dequantize %n : tensor<2x3x5x37x!y> -> tensor<2x3x5x37xf32>
  return %d : tensor<2x3x5x37xf32>
}

// Not fused: the cast of six channels, which vectors do not interleave; a
// quantised value with two readers (whose transpose is the last cast's then); a
// transposed value with three.
// APART-LABEL: define {{.*}}@avx2.body(
// APART: call {{.*}} @avx2.quantize_
// APART: call {{.*}} @avx2.transpose_
// APART: call {{.*}} @avx2.quantize_
// APART: call {{.*}} @avx2.add_
// APART: call {{.*}} @avx2.dequantize_
// APART: ret void
//--- apart.mlir
!x = !quant.uniform<u8:f32, 0.05:128>
func.func @main(%x: tensor<1x6x3x17xf32>, %y: tensor<1x3x3x17xf32>)
    -> (tensor<1x3x17x6xf32>, tensor<1x3x17x6xf32>, tensor<1x3x3x17xf32>, tensor<1x3x17x3xf32>) {
  %q = fxp.quantize %x : tensor<1x6x3x17xf32> -> tensor<1x6x3x17x!x>
  %t = fxp.transpose %q {perms = array<i64: 0, 2, 3, 1>} : tensor<1x6x3x17x!x> -> tensor<1x3x17x6x!x>
  %p = fxp.quantize %y : tensor<1x3x3x17xf32> -> tensor<1x3x3x17x!x>
  %u = fxp.transpose %p {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x3x17x!x> -> tensor<1x3x17x3x!x>
  %a = fxp.add %t, %t {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x3x17x6x!x>, tensor<1x3x17x6x!x>) -> tensor<1x3x17x6x!x>
  %d0 = fxp.dequantize %t : tensor<1x3x17x6x!x> -> tensor<1x3x17x6xf32>
  %d1 = fxp.dequantize %a : tensor<1x3x17x6x!x> -> tensor<1x3x17x6xf32>
  %d2 = fxp.dequantize %p : tensor<1x3x3x17x!x> -> tensor<1x3x3x17xf32>
  %d3 = fxp.dequantize %u : tensor<1x3x17x3x!x> -> tensor<1x3x17x3xf32>
  return %d0, %d1, %d2, %d3 : tensor<1x3x17x6xf32>, tensor<1x3x17x6xf32>, tensor<1x3x3x17xf32>, tensor<1x3x17x3xf32>
}
