// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected 1 or 4 elements of the requantisation's multiplier (N20), found 0}}
  %0 = fxp.requantize %x <mode = q15, shift = [1], offset = [1]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected 1 or 4 elements of the requantisation's shift (N21), found 2}}
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [30, 30]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a q15 multiplier in 1..32767 (N20), found 0}}
  %0 = fxp.requantize %x <mode = q15, multiplier = [0], shift = [1], offset = [1]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a q15 shift in 0..31 (N20), found 32}}
  %0 = fxp.requantize %x <mode = q15, multiplier = [300], shift = [32], offset = [1]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a q31 multiplier in 1073741824..2147483647 (N21), found 1073741823}}
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741823], shift = [30]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a q31 shift in 1..62 (N21), found 63}}
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [63]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected no offset in mode q31 (N21), found 1}}
  %0 = fxp.requantize %x <mode = q31, multiplier = [1073741824], shift = [30], offset = [1]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a f32 multiplier in 8388608..2139095039 (N22), found 2143289344}}
  %0 = fxp.requantize %x <mode = f32, multiplier = [2143289344]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected no multiplier in mode pow2 (N23), found 1}}
  %0 = fxp.requantize %x <mode = pow2, multiplier = [1], shift = [0]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a pow2 shift in 0..31 (N23), found -1}}
  %0 = fxp.requantize %x <mode = pow2, shift = [-1]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!a = !quant.uniform<u8:f32, 0.125:3>
!b = !quant.uniform<u8:f32, 1.0:1>

func.func @f(%x: tensor<4x!a>) {
  // expected-error @below {{expected a q15 offset near 1.000000e+01 (N25), found 12 in channel 0}}
  %0 = fxp.requantize %x <mode = q15, multiplier = [16384], shift = [2], offset = [12]> : tensor<4x!a> -> tensor<4x!b>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected a requantisation by 1.000000e+00, as the types say (N25), found 2.000000e+00 in channel 0}}
  %0 = fxp.requantize %x <mode = f32, multiplier = [1073741824]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected 'max' in the storage range 0..255 (N26), found 256}}
  %0 = fxp.requantize %x <mode = pow2, shift = [0], max = [256]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected 'min' not above 'max' (N26), found 9 and 8}}
  %0 = fxp.requantize %x <mode = pow2, shift = [0], min = [9], max = [8]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<4x!u8>) {
  // expected-error @below {{expected 0, 1 or 4 elements of 'min' (N26), found 2}}
  %0 = fxp.requantize %x <mode = pow2, shift = [0], min = [9, 8]> : tensor<4x!u8> -> tensor<4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!a = !quant.uniform<u8:f32:0, {0.5, 0.5}>
!b = !quant.uniform<u8:f32:1, {0.5, 0.5}>

func.func @f(%x: tensor<2x2x!a>) {
  // expected-error @below {{expected scales of input and result on one axis (N24), found axes 0 and 1}}
  %0 = fxp.requantize %x <mode = pow2, shift = [0]> : tensor<2x2x!a> -> tensor<2x2x!b>
  return
}
