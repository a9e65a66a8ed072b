// RUN: narrow-check-kernels %s --emulate | FileCheck %s
// CHECK: every output equals the interpreter's
// RUN: narrow-emit %s --target=avx512vnni -o %t.s 2>&1 | FileCheck %s --check-prefix=REMARK --allow-empty
// RUN: FileCheck %s --check-prefix=ASM --input-file=%t.s
// Products of two activations of which one or both have 16 bits: any sizes, and
// sums that leave 32 bits.
// REMARK-NOT: slow-form
// ASM-COUNT-4: vpdpwssd

!u8 = !quant.uniform<u8:f32, 0.01:100>
!i8 = !quant.uniform<i8:f32, 0.01>
!i16 = !quant.uniform<i16<-32767:32767>:f32, 0.01>
!u16 = !quant.uniform<u16:f32, 0.01:32768>
!p = !quant.uniform<u8:f32, 0.00390625>
!y = !quant.uniform<i16:f32, 3.2768>
!b = !quant.uniform<u8:f32, 419.4304:7>

func.func @main(%l: tensor<2x7x64x!i16>, %r: tensor<2x64x21x!i16>) -> tensor<2x7x21x!y> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [45]>
    : (tensor<2x7x64x!i16>, tensor<2x64x21x!i16>) -> tensor<2x7x21x!y>
  return %0 : tensor<2x7x21x!y>
}
// Probabilities of bytes, values of words: sums of 32 bits.
func.func @mixed(%l: tensor<1x9x33x!p>, %r: tensor<1x33x70x!i16>) -> tensor<1x9x70x!i16> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [38]>
    : (tensor<1x9x33x!p>, tensor<1x33x70x!i16>) -> tensor<1x9x70x!i16>
  return %0 : tensor<1x9x70x!i16>
}
// Long sums of words by bytes with a zero point: several parts.
func.func @parts(%l: tensor<1x3x700x!i16>, %r: tensor<1x700x40x!u8>) -> tensor<1x3x40x!y> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [45]>
    : (tensor<1x3x700x!i16>, tensor<1x700x40x!u8>) -> tensor<1x3x40x!y>
  return %0 : tensor<1x3x40x!y>
}
func.func @parts_of_planes(%l: tensor<1x2x1100x!u16>, %r: tensor<1x1100x16x!i16>) -> tensor<1x2x16x!b> {
  %0 = fxp.matmul %l, %r <mode = pow2, shift = [22]>
    : (tensor<1x2x1100x!u16>, tensor<1x1100x16x!i16>) -> tensor<1x2x16x!b>
  return %0 : tensor<1x2x16x!b>
}
func.func @one(%l: tensor<1x1x1x!i16>, %r: tensor<1x1x1x!i8>) -> tensor<1x1x1x!y> {
  %0 = fxp.matmul %l, %r <mode = q31, multiplier = [1073741824], shift = [45]>
    : (tensor<1x1x1x!i16>, tensor<1x1x1x!i8>) -> tensor<1x1x1x!y>
  return %0 : tensor<1x1x1x!y>
}
