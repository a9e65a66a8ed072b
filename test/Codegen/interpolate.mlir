// RUN: narrow-opt %s --plan-types=type=x=i16,y=i16 --quantize=io=quantized -o %t.mlir
// RUN: FileCheck %s --check-prefix=FORM < %t.mlir
// RUN: narrow-check-kernels %t.mlir --emulate | FileCheck %s
// CHECK: every output equals the interpreter's

// Equal lengths, lengths by octaves on both sides and on one, results of 16 and
// of 8 bits; sizes around a vector's.

// FORM-LABEL: @uniform
// FORM: fxp.interpolate {{.*}} {fraction_bits = 0 : i32, {{.*}}segment_bits = array<i32: 7>}
func.func @uniform(%x: tensor<1x3x3x43xf32>) -> tensor<1x3x3x43xf32> {
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<1x3x3x43xf32>
  %y = tosa.sigmoid %x : (tensor<1x3x3x43xf32>) -> tensor<1x3x3x43xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<1x3x3x43xf32>
  return %y : tensor<1x3x3x43xf32>
}

// FORM-LABEL: @octaves
// FORM: fxp.interpolate {{.*}} origin = 0 : i32
func.func @octaves(%x: tensor<2x131xf32>) -> tensor<2x131xf32> {
  fxp.observe %x "x" {range = array<f64: -20.0, 20.0>} : tensor<2x131xf32>
  %y = tosa.tanh %x : (tensor<2x131xf32>) -> tensor<2x131xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<2x131xf32>
  return %y : tensor<2x131xf32>
}

// FORM-LABEL: @to_bytes
// FORM: fxp.interpolate {{.*}} {fraction_bits = 7 : i32
func.func @to_bytes(%x: tensor<131xf32>) -> tensor<131xf32> {
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<131xf32>
  %y = tosa.exp %x : (tensor<131xf32>) -> tensor<131xf32>
  fxp.observe %y "z" {range = array<f64: 0.0, 3000.0>} : tensor<131xf32>
  return %y : tensor<131xf32>
}

// FORM-LABEL: @signed_bytes
// FORM: fxp.interpolate {{.*}} origin
func.func @signed_bytes(%x: tensor<131xf32>) -> tensor<131xf32> {
  fxp.observe %x "x" {range = array<f64: 0.0, 100.0>} : tensor<131xf32>
  %y = tosa.log %x : (tensor<131xf32>) -> tensor<131xf32>
  fxp.observe %y "z" {range = array<f64: -5.0, 4.6>} : tensor<131xf32>
  return %y : tensor<131xf32>
}
