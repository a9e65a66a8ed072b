// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected 6 elements (N50), found 5}}
  %0 = fxp.reshape %x  : tensor<2x3x!u8> -> tensor<5x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a result of the input's scale (N50)}}
  %0 = fxp.reshape %x  : tensor<2x3x!u8> -> tensor<6x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5:3, 0.25:3, 0.5:3}>
!d = !quant.uniform<u8:f32:0, {0.5:3, 0.25:3, 0.5:3}>

func.func @f(%x: tensor<2x3x!c>) {
  // expected-error @below {{expected the axis of the scales to stay whole (N50)}}
  %0 = fxp.reshape %x  : tensor<2x3x!c> -> tensor<3x2x!d>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a permutation of 2 axes}}
  %0 = fxp.transpose %x {perms = array<i64: 0, 0>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a permutation of 2 axes}}
  %0 = fxp.transpose %x {perms = array<i64: 1, 0>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5:3, 0.25:3, 0.5:3}>
!d = !quant.uniform<u8:f32:0, {0.5:3, 0.25:3, 0.5:3}>

func.func @f(%x: tensor<3x3x!c>) {
  // expected-error @below {{expected a result of the input's scale (N50)}}
  %0 = fxp.transpose %x {perms = array<i64: 1, 0>} : tensor<3x3x!c> -> tensor<3x3x!c>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected positions in 0..2 on axis 1 (N50), found 1 to 3}}
  %0 = fxp.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, 1>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected positions in 0..2 on axis 1 (N50), found 1 to -1}}
  %0 = fxp.slice %x {starts = array<i64: 0, 1>, steps = array<i64: 1, -1>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5:3, 0.25:3, 0.5:3}>
!d = !quant.uniform<u8:f32:0, {0.5:3, 0.25:3, 0.5:3}>
!e = !quant.uniform<u8:f32:1, {0.5:3, 0.5:3, 0.25:3}>

func.func @f(%x: tensor<2x3x!c>) {
  // expected-error @below {{expected a result of the input's scale (N50)}}
  %0 = fxp.slice %x {starts = array<i64: 0, 2>, steps = array<i64: 1, -1>} : tensor<2x3x!c> -> tensor<2x3x!e>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a result that holds the input on axis 1 (N51)}}
  %0 = fxp.pad %x {low = array<i64: 0, 1>, value = 3 : i32} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a stored value in 0..255 (N51), found -1}}
  %0 = fxp.pad %x {low = array<i64: 0, 1>, value = -1 : i32} : tensor<2x3x!u8> -> tensor<2x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!v = !quant.uniform<u8:f32, 0.25:3>

func.func @f(%x0: tensor<2x3x!u8>, %x1: tensor<2x3x!v>) {
  // expected-error @below {{expected a result of the input's scale (N50)}}
  %0 = fxp.concat %x0, %x1 {axis = 1 : i64} : (tensor<2x3x!u8>, tensor<2x3x!v>) -> tensor<2x6x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x0: tensor<2x3x!u8>, %x1: tensor<3x3x!u8>) {
  // expected-error @below {{expected inputs that differ from the result on axis 1 alone (N50)}}
  %0 = fxp.concat %x0, %x1 {axis = 1 : i64} : (tensor<2x3x!u8>, tensor<3x3x!u8>) -> tensor<2x6x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x0: tensor<2x3x!u8>, %x1: tensor<2x3x!u8>) {
  // expected-error @below {{expected an extent of 6 on axis 1 (N50), found 7}}
  %0 = fxp.concat %x0, %x1 {axis = 1 : i64} : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x7x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5:3, 0.25:3, 0.5:3}>
!d = !quant.uniform<u8:f32:0, {0.5:3, 0.25:3, 0.5:3}>

func.func @f(%x0: tensor<2x3x!u8>) {
  // expected-error @below {{expected inputs of the result's scales (N50)}}
  %0 = fxp.concat %x0 {axis = 1 : i64} : (tensor<2x3x!u8>) -> tensor<2x3x!c>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected indices in 0..2 (N50), found 3}}
  %0 = fxp.gather %x {axis = 1 : i64, indices = array<i64: 3, 0, 1>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected 2 positions on axis 1 (N50)}}
  %0 = fxp.gather %x {axis = 1 : i64, indices = array<i64: 1, 0>} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x2x2x1x!u8>) {
  // expected-error @below {{expected 6 integers of taps on axis 1 (N52), found 3}}
  %0 = fxp.resize %x {h_taps = array<i32: 0, 0, 0>, w_taps = array<i32: 0, 0, 0>} : tensor<1x2x2x1x!u8> -> tensor<1x2x1x1x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x2x2x1x!u8>) {
  // expected-error @below {{expected taps in 0..255 on axis 1 (N52), found 256}}
  %0 = fxp.resize %x {h_taps = array<i32: 0, 0, 256>, w_taps = array<i32: 0, 0, 0>} : tensor<1x2x2x1x!u8> -> tensor<1x1x1x1x!u8>
  return
}

// -----

!q = !quant.uniform<u8:f32, 0.5>
func.func @f(%x: tensor<1x2x!q>, %y: tensor<1x2xf32>) {
  // expected-error @below {{expected operands and a result that are all quantised or all f32 (N50)}}
  %0 = fxp.concat %x, %y {axis = 0 : i64} : (tensor<1x2x!q>, tensor<1x2xf32>) -> tensor<2x2xf32>
  return
}
