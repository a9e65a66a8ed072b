// RUN: narrow-opt %s --split-input-file --verify-diagnostics

// Rule N45.

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected ascending axes of the input (N45), found 0}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1, 0>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected ascending axes of the input (N45), found 2}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 2>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected rows of at least one element (N45)}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected i32 of the input's rank, and of its sizes or 1 (N45), found 'tensor<3xi32>'}}
  %0 = fxp.normalize %x scale dense<1> : tensor<3xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected i64 of the input's rank, and of its sizes or 1 (N45), found 'tensor<1x1xi32>'}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi32> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected an input_shift in 6..14, multiplier_bits in 12..30, a shift in 1..62, and fraction_bits for which normalised values fit i32 and multipliers multiplier_bits (N45), found 5, 15, 17 and 20}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 5 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{and multipliers multiplier_bits (N45), found 7, 15, 24 and 20}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 24 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected sums below 2^62 (N45)}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = -1 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected sums below 2^62 (N45)}}
  %0 = fxp.normalize %w scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 14 : i32, multiplier_bits = 30 : i32, fraction_bits = 15 : i32, shift = 20 : i32} : tensor<2x80000x!i16> -> tensor<2x80000x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected sums below 2^62 (N45)}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<4611686018427387904> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i8 = !quant.uniform<i8:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x3x!u8>, %w: tensor<2x80000x!i16>) {
  // expected-error @+1 {{expected an even spread_shift in 0..60 (N45), found 3}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 3 : i32, input_shift = 7 : i32, multiplier_bits = 15 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x3x!u8> -> tensor<2x3x!i8>
  return
}

// -----

!long = !quant.uniform<i22:f32, 0.25>
!i16 = !quant.uniform<i16:f32, 0.25>
func.func @normalize(%x: tensor<2x8x!long>) {
  // expected-error @+1 {{expected shifted inputs below 2^31, and their products with multipliers below 2^62 (N45)}}
  %0 = fxp.normalize %x scale dense<1> : tensor<1x1xi32> offset dense<0> : tensor<1x1xi64> {axes = array<i64: 1>, centred, epsilon = 0 : i64, spread_shift = 0 : i32, input_shift = 10 : i32, multiplier_bits = 30 : i32, fraction_bits = 17 : i32, shift = 20 : i32} : tensor<2x8x!long> -> tensor<2x8x!i16>
  return
}
