// RUN: narrow-opt %s --split-input-file --verify-diagnostics

// Rules N80 to N82: integer parameters.

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @coupled(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected entries of at least 0 (N80), found -1}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<-1> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, input_forget}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @shift(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected a shift in 1..62 and an input_multiplier of at least 0 (N80), found 0 and 16}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 0 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @gate_bits(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected gate_bits in 1..15 (N81, N82), found 16}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 16 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @product_shift(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected a product_shift in 1..30 (N81), found 31}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 31 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @multipliers(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected multipliers of at least 0 (N80), found -1}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<-1> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @accumulator(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected accumulators that fit i32 (N34), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<2147483647> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @sums(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected sums below 2^62}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<2147000000> : tensor<8xi32>, multipliers = dense<2147483647> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 62 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @reset(%x: tensor<3x1x6x!x>, %h: tensor<1x2x!w>) {
  // expected-error @+1 {{and a shift of at least gate_bits with reset_after (N80, N82)}}
  %0:3 = fxp.gru %x, %h <mode = q31, multiplier = [1073741824], shift = [37]>
    {weights = dense<1> : tensor<6x2xi8>, bias = dense<0> : tensor<6xi32>, multipliers = dense<16> : tensor<6xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, reset_after}
    : (tensor<3x1x6x!x>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}
