// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected a result of the input's element type (N60)}}
  %0 = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x5x4x2x!u8> -> tensor<1x2x2x2x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected an output height of 2 or 3 (N60), found 4}}
  %0 = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x5x4x2x!u8> -> tensor<1x4x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected a result with the input's batch and channels (N60)}}
  %0 = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x5x4x2x!u8> -> tensor<1x2x2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected every window to hold an input position (N60), found none at 0 of axis 1}}
  %0 = fxp.max_pool2d %x {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 2, 0, 0, 0>, dilations = array<i64: 1, 1>} : tensor<1x5x4x2x!u8> -> tensor<1x3x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected counts in 1..4 (N61), found 5}}
  %0 = fxp.avg_pool2d %x <mode = pow2, shift = [2]> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 5>} : tensor<1x5x4x2x!u8> -> tensor<1x2x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected a count for windows of 2 input positions (N61)}}
  %0 = fxp.avg_pool2d %x <mode = pow2, shift = [2, 0]> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4, 1>} : tensor<1x5x4x2x!u8> -> tensor<1x3x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x5x4x2x!u8>) {
  // expected-error @below {{expected a requantisation by 2.500000e-01, as the types say (N25), found 5.000000e-01 in channel 0}}
  %0 = fxp.avg_pool2d %x <mode = pow2, shift = [1]> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4>} : tensor<1x5x4x2x!u8> -> tensor<1x2x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:3, {0.5, 0.25}>

func.func @f(%x: tensor<1x4x4x2x!c>) {
  // expected-error @below {{expected one scale of the input (N61), found 2}}
  %0 = fxp.avg_pool2d %x <mode = pow2, shift = [2]> {kernel = array<i64: 2, 2>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, counts = array<i64: 4>} : tensor<1x4x4x2x!c> -> tensor<1x2x2x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected an axis below 2 (N62), found 2}}
  %0 = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 2 : i64} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected the input's shape with an extent of 1 on axis 1 (N62)}}
  %0 = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 1 : i64} : tensor<2x3x!u8> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>) {
  // expected-error @below {{expected a positive divisor (N62), found 0}}
  %0 = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 1 : i64, divisor = 0 : i64} : tensor<2x3x!u8> -> tensor<2x1x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x70000x!i16>) {
  // expected-error @below {{expected an accumulator that fits i32 (N34)}}
  %0 = fxp.reduce_sum %x <mode = pow2, shift = [0]> {axis = 1 : i64} : tensor<1x70000x!i16> -> tensor<1x1x!i16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!c = !quant.uniform<u8:f32:1, {0.5}>

func.func @f(%x: tensor<2x1x!c>) {
  // expected-error @below {{expected scales on another axis than the reduced one (N63)}}
  %0 = fxp.reduce_max %x {axis = 1 : i64} : tensor<2x1x!c> -> tensor<2x1x!c>
  return
}
