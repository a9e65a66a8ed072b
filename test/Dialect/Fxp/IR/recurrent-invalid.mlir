// RUN: narrow-opt %s --split-input-file --verify-diagnostics

// Rule N80: shapes and types.

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @input(%x: tensor<3x1x7x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected an input of shape [3, 1, 8] (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x7x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @outputs(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected outputs of shape [3, 1, 2] (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x3x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @weights(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected weights of i8 and shape [8, 2] (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x3xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @bias(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected bias of i32 and shape [8] (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi64>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @state(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected states of the outputs' type (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!w>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @cell(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!h>) {
  // expected-error @+1 {{expected wide states of one type, i16 with a zero point of 0 (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!h>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<u16:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @wide(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected states of more than 8 bits to be signed (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @table(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected tables of 2^B + 1 i16 with B in 2..12 (N80), found}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>, state_table = dense<0> : tensor<6xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}

// -----

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.0078125>
!w = !quant.uniform<i16:f32, 0.00048828125>
func.func @entries(%x: tensor<3x1x8x!x>, %h: tensor<1x2x!h>, %c: tensor<1x2x!w>) {
  // expected-error @+1 {{expected entries of at least -32767 (N80), found -32768}}
  %0:3 = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<16> : tensor<8xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 15 : i32, product_shift = 18 : i32, gate_table = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>, candidate_table = dense<-32768> : tensor<5xi16>, state_table = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>}
    : (tensor<3x1x8x!x>, tensor<1x2x!h>, tensor<1x2x!w>) -> (tensor<3x1x2x!h>, tensor<1x2x!h>, tensor<1x2x!w>)
  return
}
