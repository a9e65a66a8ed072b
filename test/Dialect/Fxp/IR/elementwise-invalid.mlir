// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x2x!u8>) {
  // expected-error @below {{expected operands that broadcast to the result}}
  %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32} : (tensor<2x3x!u8>, tensor<2x2x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<3x!u8>) {
  // expected-error @below {{expected operands that broadcast to the result}}
  %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32} : (tensor<2x3x!u8>, tensor<3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x3x!u8>) {
  // expected-error @below {{expected multipliers in 0..32767 (N40), found 32768}}
  %0 = fxp.add %x, %y {lhs_multiplier = 32768 : i32, rhs_multiplier = 16384 : i32, shift = 14 : i32} : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x3x!u8>) {
  // expected-error @below {{expected a shift in 0..30 (N40), found 31}}
  %0 = fxp.add %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, shift = 31 : i32} : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x3x!u8>) {
  // expected-error @below {{expected a multiplier for 1.000000e+00, as the types say (N25), found 5.000000e-01}}
  %0 = fxp.sub %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 8192 : i32, shift = 14 : i32} : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!long = !quant.uniform<i22:f32, 0.25>

func.func @f(%x: tensor<2x3x!long>) {
  // expected-error @below {{expected the left side of 2 to 16 bits (N1), found 22}}
  %0 = fxp.max %x, %x {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32} : (tensor<2x3x!long>, tensor<2x3x!long>) -> tensor<2x3x!long>
  return
}

// -----

!long = !quant.uniform<i23:f32, 0.25>

func.func @f(%x: tensor<2x3x!long>) {
  // expected-error @below {{expected the left side of 2 to 22 bits (N1), found 23}}
  %0 = fxp.add %x, %x {lhs_multiplier = 1 : i32, rhs_multiplier = 1 : i32, shift = 0 : i32} : (tensor<2x3x!long>, tensor<2x3x!long>) -> tensor<2x3x!long>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!i16>, %y: tensor<2x3x!i16>) {
  // expected-error @below {{expected multipliers whose sum fits i32 for all operands (N40), found 32767 and 32767}}
  %0 = fxp.add %x, %y {lhs_multiplier = 32767 : i32, rhs_multiplier = 32767 : i32, shift = 20 : i32} : (tensor<2x3x!i16>, tensor<2x3x!i16>) -> tensor<2x3x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x3x!u8>) {
  // expected-error @below {{expected 'min' and 'max' in the storage range 0..255 (N26), found 0 and 300}}
  %0 = fxp.max %x, %y {lhs_multiplier = 16384 : i32, rhs_multiplier = 16384 : i32, max = 300 : i32, shift = 14 : i32} : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!a = !quant.uniform<i16:f32, 0.25:-32768>

func.func @f(%x: tensor<2x!a>, %y: tensor<2x!a>) {
  // expected-error @below {{expected an accumulator that fits i32 (N34)}}
  %0 = fxp.mul %x, %y <mode = pow2, shift = [2]> : (tensor<2x!a>, tensor<2x!a>) -> tensor<2x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a table of i8 (N42), found}}
  %0 = fxp.lookup %x dense<0> : tensor<256xi16> : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a table of 256 entries, one per stored input (N42)}}
  %0 = fxp.lookup %x dense<0> : tensor<255xi8> : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5, 0.5, 0.25}>

func.func @f(%x: tensor<2x3x!c>) {
  // expected-error @below {{expected a table of 256 entries, one per stored input and channel (N42)}}
  %0 = fxp.lookup %x dense<0> : tensor<256xi8> : tensor<2x3x!c> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!u4 = !quant.uniform<u4:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected table entries in the result's storage range (N42), found 16}}
  %0 = fxp.lookup %x dense<16> : tensor<256xi8> : tensor<2x3x!u8> -> tensor<2x3x!u4>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!i16>) {
  // expected-error @below {{expected an input of at most 8 bits for tables per channel (N42), found 16}}
  %0 = fxp.lookup %x dense<0> : tensor<3x65536xi8> : tensor<2x3x!i16> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a result of u8 at a scale of 2^-8 to 2^-13, or of i16 at 2^-8 to 2^-22, and zero point 0 (N43)}}
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
// A byte has too few bits for 2^-14.
!p = !quant.uniform<u8:f32, 6.103515625e-05>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{or of i16 at 2^-8 to 2^-22, and zero point 0 (N43)}}
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32} : tensor<2x3x!u8> -> tensor<2x3x!p>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<u8:f32, 0.00390625>

func.func @f(%x: tensor<65537x!u8>) {
  // expected-error @below {{expected rows of at most 65536 logits (N43)}}
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32} : tensor<65537x!u8> -> tensor<65537x!p>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<u8:f32, 0.00390625>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected parameters of planSoftmax (N43), found 0, 8, 256, 12102}}
  %0 = fxp.softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 256 : i32, multiplier = 12102 : i32} : tensor<2x3x!u8> -> tensor<2x3x!p>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<65537x!u8>) {
  // expected-error @below {{expected rows of at most 65536 logits (N44)}}
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, scale_multiplier = 1073741824 : i32, scale_shift = 29 : i32, log_multiplier = 22713 : i64} : tensor<65537x!u8> -> tensor<65537x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected positive multipliers and a shift in 1..62 with which sums fit i64 (N44), found 0, 22713 and 29}}
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, scale_multiplier = 0 : i32, scale_shift = 29 : i32, log_multiplier = 22713 : i64} : tensor<2x3x!u8> -> tensor<2x3x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a scale of 2.000000e+00, as the types say (N25), found 1.000000e+00}}
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, scale_multiplier = 536870912 : i32, scale_shift = 29 : i32, log_multiplier = 22713 : i64} : tensor<2x3x!u8> -> tensor<2x3x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected 2.772589e+00 steps an octave, as the types say (N25), found 2.7}}
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, scale_multiplier = 1073741824 : i32, scale_shift = 29 : i32, log_multiplier = 22500 : i64} : tensor<2x3x!u8> -> tensor<2x3x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected scales of the result per tensor (N1), found axis 1}}
  %0 = fxp.log_softmax %x {pre_shift = 0 : i32, post_shift = 8 : i32, distance_max = 255 : i32, multiplier = 12102 : i32, scale_multiplier = 1073741824 : i32, scale_shift = 29 : i32, log_multiplier = 22713 : i64} : tensor<2x3x!u8> -> tensor<2x3x!quant.uniform<i16:f32:1, {0.25, 0.25, 0.25}>>
  return
}
