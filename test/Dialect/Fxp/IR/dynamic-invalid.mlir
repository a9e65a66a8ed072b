// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!q = !quant.uniform<u8:f32, 0.5:128>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{(N13), found '!quant.uniform<u8:f32, 5.000000e-01:128>'}}
  %q, %p = fxp.dynamic_quantize %x : tensor<2x3xf32> -> tensor<2x3x!q>, tensor<1x2xf32>
  return
}

// -----

!q = !quant.uniform<u8:f32, 1.0:128>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected parameters of 1 by 2 numbers (N13), found 'tensor<2x1xf32>'}}
  %q, %p = fxp.dynamic_quantize %x : tensor<2x3xf32> -> tensor<2x3x!q>, tensor<2x1xf32>
  return
}

// -----

!r = !quant.uniform<i8<-127:127>:f32, 1.0>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected parameters of 2 by 1 numbers (N13), found 'tensor<3x1xf32>'}}
  %q, %p = fxp.dynamic_quantize %x {per_row} : tensor<2x3xf32> -> tensor<2x3x!r>, tensor<3x1xf32>
  return
}

// -----

!r = !quant.uniform<i8<-127:127>:f32, 1.0>
func.func @f(%x: tensor<1x2x3x1xf32>) {
  // expected-error @below {{expected pads around an image of one scale (N13), found 'tensor<1x2x3x1xf32>' with a scale for each row}}
  %q, %p = fxp.dynamic_quantize %x {per_row, pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x3x1xf32> -> tensor<1x4x5x1x!r>, tensor<6x1xf32>
  return
}

// -----

!q = !quant.uniform<u8:f32, 1.0:128>
func.func @f(%x: tensor<1x2x3x1xf32>) {
  // expected-error @below {{expected a result of the input's shape, with the pads (N13)}}
  %q, %p = fxp.dynamic_quantize %x {pads = array<i64: 1, 1, 1, 1>} : tensor<1x2x3x1xf32> -> tensor<1x2x3x1x!q>, tensor<1x2xf32>
  return
}

// -----

!q = !quant.uniform<u8:f32, 1.0:128>
func.func @f(%x: tensor<0x3xf32>) {
  // expected-error @below {{expected elements to find a range of (N13), found 'tensor<0x3xf32>'}}
  %q, %p = fxp.dynamic_quantize %x : tensor<0x3xf32> -> tensor<0x3x!q>, tensor<1x2xf32>
  return
}

// -----

!s = !quant.uniform<i32:f32, 1.0:3>
func.func @f(%s: tensor<2x3x!s>, %p: tensor<2x1xf32>) {
  // expected-error @below {{expected sums of 32 bits and zero point 0 (N14)}}
  %y = fxp.dynamic_dequantize %s, %p : tensor<2x3x!s>, tensor<2x1xf32> -> tensor<2x3xf32>
  return
}

// -----

!s = !quant.uniform<i32:f32, 1.0>
func.func @f(%s: tensor<2x3x!s>, %p: tensor<3x1xf32>) {
  // expected-error @below {{expected parameters of 1 by 2 numbers, or of 2 by 1 (N14), found 'tensor<3x1xf32>'}}
  %y = fxp.dynamic_dequantize %s, %p : tensor<2x3x!s>, tensor<3x1xf32> -> tensor<2x3xf32>
  return
}

// -----

!s = !quant.uniform<i32:f32, 1.0>
func.func @f(%s: tensor<2x3x!s>, %p: tensor<1x2xf32>) {
  // expected-error @below {{expected weight_sums where, and only where, all rows share a zero point (N14)}}
  %y = fxp.dynamic_dequantize %s, %p : tensor<2x3x!s>, tensor<1x2xf32> -> tensor<2x3xf32>
  return
}

// -----

!s = !quant.uniform<i32:f32, 1.0>
func.func @f(%s: tensor<2x3x!s>, %p: tensor<1x2xf32>) {
  // expected-error @below {{expected 3 weight_sums (N14), found 2}}
  %y = fxp.dynamic_dequantize %s, %p {weight_sums = array<i32: 1, 2>} : tensor<2x3x!s>, tensor<1x2xf32> -> tensor<2x3xf32>
  return
}

// -----

!s = !quant.uniform<i32:f32, 1.0>
func.func @f(%s: tensor<2x3x!s>, %p: tensor<2x1xf32>) {
  // expected-error @below {{expected a bias of 3 numbers (N14), found 1}}
  %y = fxp.dynamic_dequantize %s, %p {bias = array<f32: 1.0>} : tensor<2x3x!s>, tensor<2x1xf32> -> tensor<2x3xf32>
  return
}
