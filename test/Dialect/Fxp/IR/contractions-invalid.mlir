// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected input, weights and result of rank 4 (N30)}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected 4 elements of 'pads', found 2}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected 'strides' of at least 1, found 0}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 0, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected groups that divide 2 input and 4 output channels (N30), found 3}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x1x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected weights of 2 channels (N30), found 1}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x1x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected an output width of 3 (N30), found 2}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x2x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x4x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected an output height of 0 (N30), found 1}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x4x1x2x!w>, tensor<4xi32>) -> tensor<1x1x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<3xi32>) {
  // expected-error @below {{expected a bias of 4 elements}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<3xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected 4 output channels as the weights have, found 5}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x5x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<i8:f32:3, {0.5, 0.5}>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!p>, %b: tensor<4xi32>) {
  // expected-error @below {{expected scales of the weights per tensor or on axis 0 (N1), found axis 3}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!p>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<i8:f32:0, {0.5, 0.5, 0.5}>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!p>, %b: tensor<4xi32>) {
  // expected-error @below {{expected 4 scales of the weights (N1), found 3}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!p>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<u8:f32:1, {0.5, 0.5, 0.5}>

func.func @f(%x: tensor<1x3x3x2x!p>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected scales of the input per tensor or on the last axis (N1), found axis 1}}
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!p>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected groups that divide 2 input and 4 output channels (N31), found 3}}
  %0 = fxp.transposed_conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!u8>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected the input's batch (N31)}}
  %0 = fxp.transposed_conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!u8>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<2x3x3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %w: tensor<4x3x1x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected an input [..., K] and weights [O, K] (N32)}}
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [1]> : (tensor<2x3x!u8>, tensor<4x3x1x!w>, tensor<4xi32>) -> tensor<2x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x2x!u8>, %w: tensor<4x3x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected an input of 3 channels (N32), found 2}}
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [1]> : (tensor<2x2x!u8>, tensor<4x3x!w>, tensor<4xi32>) -> tensor<2x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %w: tensor<4x3x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected a result with the input's leading sizes (N32)}}
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [1]> : (tensor<2x3x!u8>, tensor<4x3x!w>, tensor<4xi32>) -> tensor<3x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %w: tensor<4x3x!w>, %b: tensor<4xi32>) {
  // expected-error @below {{expected a requantisation by 5.000000e-01, as the types say (N25), found 2.500000e-01 in channel 0}}
  %0 = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [2]> : (tensor<2x3x!u8>, tensor<4x3x!w>, tensor<4xi32>) -> tensor<2x4x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2x3x!u8>, %y: tensor<2x3x!u8>) {
  // expected-error @below {{expected operands and result of rank 3 (N33)}}
  %0 = fxp.matmul %x, %y <mode = pow2, shift = [1]> : (tensor<2x3x!u8>, tensor<2x3x!u8>) -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x2x3x!u8>, %y: tensor<1x2x3x!u8>) {
  // expected-error @below {{expected sides [B, M, K] and [B, K, N] (N33)}}
  %0 = fxp.matmul %x, %y <mode = pow2, shift = [1]> : (tensor<1x2x3x!u8>, tensor<1x2x3x!u8>) -> tensor<1x2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x2x3x!u8>, %y: tensor<1x3x4x!u8>) {
  // expected-error @below {{expected a result [B, M, N] (N33)}}
  %0 = fxp.matmul %x, %y <mode = pow2, shift = [1]> : (tensor<1x2x3x!u8>, tensor<1x3x4x!u8>) -> tensor<1x4x2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!p = !quant.uniform<u8:f32:2, {0.5, 0.5}>

func.func @f(%x: tensor<1x2x2x!p>, %y: tensor<1x2x2x!u8>) {
  // expected-error @below {{expected scales of the left side per tensor (N1), found axis 2}}
  %0 = fxp.matmul %x, %y <mode = pow2, shift = [1]> : (tensor<1x2x2x!p>, tensor<1x2x2x!u8>) -> tensor<1x2x2x!u8>
  return
}

// -----

// The largest scale of the input is the products'.
!channels = !quant.uniform<u8:f32:3, {0.25:3, 0.5:3}>
!u8 = !quant.uniform<u8:f32, 0.5:3>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<1x3x3x2x!channels>, %w: tensor<4x1x1x2x!w>, %b: tensor<4xi32>) {
  %0 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [1]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!channels>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  // expected-error @below {{expected a requantisation by 5.000000e-01, as the types say (N25), found 2.500000e-01 in channel 0}}
  %1 = fxp.conv2d %x, %w, %b <mode = pow2, shift = [2]> {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x3x3x2x!channels>, tensor<4x1x1x2x!w>, tensor<4xi32>) -> tensor<1x3x3x4x!u8>
  return
}
