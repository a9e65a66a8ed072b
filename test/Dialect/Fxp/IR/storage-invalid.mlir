// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected weights in -8..7 where they are stored as i4 (N4), found 8}}
  %0 = fxp.constant dense<[-8, 8]> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected weights in -2..1 where they are stored as i2 (N4), found -3}}
  %0 = fxp.constant dense<-3> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i2>}
  return
}

// -----

!w = !quant.uniform<i8:f32:0, {0.5:0, 0.25:1}>

func.func @f() {
  // expected-error @below {{expected signed weights of at most 8 bits and zero point 0 where a storage is named (N4), found}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<u8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected signed weights of at most 8 bits and zero point 0 where a storage is named (N4), found}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i16:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected signed weights of at most 8 bits and zero point 0 where a storage is named (N4), found}}
  %0 = fxp.constant dense<1> : tensor<2xi16> -> tensor<2x!w> {storage = #fxp.storage<i4>}
  return
}

// -----

func.func @f() {
  // expected-error @below {{expected signed weights of at most 8 bits and zero point 0 where a storage is named (N4), found 'tensor<2xi32>'}}
  %0 = fxp.constant dense<1> : tensor<2xi32> -> tensor<2xi32> {storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @+2 {{expected ::narrow::fxp::WeightStorage to be one of: i8, i4, i2, lut4, lut2, i16}}
  // expected-error @below {{failed to parse Fxp_WeightStorageAttr parameter 'value'}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i3>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected at most 16 different weights, 0 among them, where they are stored as lut4 (N4), found 17}}
  %0 = fxp.constant dense<[-128, -99, -50, -20, -9, -5, -3, -1, 1, 3, 5, 9, 20, 50, 99, 127]> : tensor<16xi8> -> tensor<16x!w> {storage = #fxp.storage<lut4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected at most 4 different weights, 0 among them, where they are stored as lut2 (N4), found 5}}
  %0 = fxp.constant dense<[-100, 3, 5, 9]> : tensor<4xi8> -> tensor<4x!w> {storage = #fxp.storage<lut2>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected a storage of at most 8 bits (N4), found i16}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!w> {storage = #fxp.storage<i16>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected weights 32 to 33 of channel 1 to be -7 to 7 times a number from 1 to 15 where they are stored as i4 in blocks of 32 (N4)}}
  %0 = fxp.constant dense<[
    [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 105, -105],
    [9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 105, 104]]>
    : tensor<2x34xi8> -> tensor<2x34x!w> {narrow.block = 32 : i64, storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected blocks of 32, 64 or 128 weights (N4), found 48 : i64}}
  %0 = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!w> {narrow.block = 48 : i64, storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected blocks of 32, 64 or 128 weights (N4), found 32 : i32}}
  %0 = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!w> {narrow.block = 32 : i32, storage = #fxp.storage<i4>}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected weights in blocks to be stored as i4 (N4)}}
  %0 = fxp.constant dense<1> : tensor<2x2xi8> -> tensor<2x2x!w> {narrow.block = 32 : i64}
  return
}

// -----

!w = !quant.uniform<i8:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected weights in blocks to have channels and more (N4), found}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<2x!w> {narrow.block = 32 : i64, storage = #fxp.storage<i4>}
  return
}
