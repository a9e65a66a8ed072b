// Images come and go channels last where the model transposes them at once: in
// fixed point or float, behind casts or not. A remark names the others.
//
// RUN: split-file %s %t
// RUN: narrow-emit %t/removed.mlir --target=avx2 --io-layout=nhwc -o %t/removed.ll 2>&1 | count 0
// RUN: FileCheck %s --check-prefix=BODY < %t/removed.ll
// RUN: narrow-emit %t/removed.mlir --target=avx2 --io-layout=nhwc -o %t/removed.so
// RUN: narrow inspect %t/removed.so | FileCheck %s --check-prefix=SHAPES
// RUN: narrow-emit %t/kept.mlir --target=avx2 --io-layout=nhwc -o %t/kept.o 2>&1 | FileCheck %s --check-prefix=KEPT
// RUN: narrow-emit %t/kept.mlir --target=avx2 -o %t/kept.o 2>&1 | count 0

// BODY-LABEL: define {{.*}}@avx2.body(
// BODY-NOT: transpose
// BODY-DAG: call {{.*}}@avx2.quantize_
// BODY-DAG: call {{.*}}@avx2.island_
// BODY-NOT: transpose
// BODY: ret void
// BODY-LABEL: define {{.*}}@avx2.island_
// BODY-NOT: shufflevector
// BODY: ret void

// SHAPES: x [1, 5, 7, 3] f32
// SHAPES-NEXT: y [1, 5, 7, 3] u8
// SHAPES-NEXT: grey [2, 5, 7, 1] f32
// SHAPES: float [1, 5, 7, 3] f32
// SHAPES-NEXT: cast [1, 5, 7, 3] f32
// SHAPES-NEXT: fixed [1, 5, 7, 3] u8
// SHAPES-NEXT: pixel [2, 1, 1, 6] f32

// KEPT: remark: input 0 keeps the model's order of axes: what reads it does not transpose it to NHWC [io-layout]
// KEPT: remark: input 1 keeps
// KEPT: remark: input 2 keeps
// KEPT: remark: output 0 keeps the model's order of axes: it is not transposed from NHWC [io-layout]
// KEPT: remark: output 1 keeps
// KEPT-NOT: remark

//--- removed.mlir
!u8 = !quant.uniform<u8:f32, 0.05:128>
!c1 = !quant.uniform<u8:f32:1, {0.05:128, 0.5, 0.02:7}>
!c3 = !quant.uniform<u8:f32:3, {0.05:128, 0.5, 0.02:7}>
func.func @main(%x: tensor<1x3x5x7xf32> {narrow.name = "x"}, %y: tensor<1x3x5x7x!c1> {narrow.name = "y"}, %g: tensor<2x1x5x7xf32> {narrow.name = "grey"})
    -> (tensor<1x3x5x7xf32> {narrow.name = "float"}, tensor<1x3x5x7xf32> {narrow.name = "cast"}, tensor<1x3x5x7x!c1> {narrow.name = "fixed"}, tensor<2x6x1x1xf32> {narrow.name = "pixel"}) {
  // One reader in float, two in fixed point.
  %f = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x5x7xf32>) -> tensor<1x5x7x3xf32>
  %q = fxp.quantize %x : tensor<1x3x5x7xf32> -> tensor<1x3x5x7x!u8>
  %t = fxp.transpose %q {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x5x7x!u8> -> tensor<1x5x7x3x!u8>
  %p = fxp.quantize %x : tensor<1x3x5x7xf32> -> tensor<1x3x5x7x!c1>
  %u = fxp.transpose %p {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x5x7x!c1> -> tensor<1x5x7x3x!c3>
  %v = fxp.transpose %y {perms = array<i64: 0, 2, 3, 1>} : tensor<1x3x5x7x!c1> -> tensor<1x5x7x3x!c3>
  %e = tosa.exp %f : (tensor<1x5x7x3xf32>) -> tensor<1x5x7x3xf32>
  %a = fxp.add %t, %t {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32}
    : (tensor<1x5x7x3x!u8>, tensor<1x5x7x3x!u8>) -> tensor<1x5x7x3x!u8>
  %s = fxp.concat %u, %v {axis = 1 : i64} : (tensor<1x5x7x3x!c3>, tensor<1x5x7x3x!c3>) -> tensor<1x10x7x3x!c3>
  %l = fxp.slice %s {starts = array<i64: 0, 5, 0, 0>, steps = array<i64: 1, 1, 1, 1>} : tensor<1x10x7x3x!c3> -> tensor<1x5x7x3x!c3>
  %0 = tosa.transpose %e {perms = array<i32: 0, 3, 1, 2>} : (tensor<1x5x7x3xf32>) -> tensor<1x3x5x7xf32>
  %n = fxp.transpose %a {perms = array<i64: 0, 3, 1, 2>} : tensor<1x5x7x3x!u8> -> tensor<1x3x5x7x!u8>
  %1 = fxp.dequantize %n : tensor<1x3x5x7x!u8> -> tensor<1x3x5x7xf32>
  %2 = fxp.transpose %l {perms = array<i64: 0, 3, 1, 2>} : tensor<1x5x7x3x!c3> -> tensor<1x3x5x7x!c1>
  // Single channels and single pixels are reshaped.
  %shape = tosa.const_shape {values = dense<[2, 5, 7, 1]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %r = tosa.reshape %g, %shape : (tensor<2x1x5x7xf32>, !tosa.shape<4>) -> tensor<2x5x7x1xf32>
  %h = fxp.quantize %r : tensor<2x5x7x1xf32> -> tensor<2x5x7x1x!u8>
  %i = fxp.slice %h {starts = array<i64: 0, 1, 1, 0>, steps = array<i64: 1, 2, 2, 1>} : tensor<2x5x7x1x!u8> -> tensor<2x2x3x1x!u8>
  %j = fxp.reshape %i : tensor<2x2x3x1x!u8> -> tensor<2x1x1x6x!u8>
  %k = fxp.reshape %j : tensor<2x1x1x6x!u8> -> tensor<2x6x1x1x!u8>
  %3 = fxp.dequantize %k : tensor<2x6x1x1x!u8> -> tensor<2x6x1x1xf32>
  return %0, %1, %2, %3 : tensor<1x3x5x7xf32>, tensor<1x3x5x7xf32>, tensor<1x3x5x7x!c1>, tensor<2x6x1x1xf32>
}

//--- kept.mlir
// Read as they are; not read at all; the same numbers in another order.
func.func @main(%x: tensor<1x3x5x7xf32>, %y: tensor<1x3x5x7xf32>, %unused: tensor<1x2x2x2xf32>) -> (tensor<1x5x7x3xf32>, tensor<1x3x5x7xf32>) {
  %0 = tosa.transpose %x {perms = array<i32: 0, 2, 3, 1>} : (tensor<1x3x5x7xf32>) -> tensor<1x5x7x3xf32>
  %1 = tosa.exp %y : (tensor<1x3x5x7xf32>) -> tensor<1x3x5x7xf32>
  %2 = tosa.add %1, %x : (tensor<1x3x5x7xf32>, tensor<1x3x5x7xf32>) -> tensor<1x3x5x7xf32>
  return %0, %2 : tensor<1x5x7x3xf32>, tensor<1x3x5x7xf32>
}
