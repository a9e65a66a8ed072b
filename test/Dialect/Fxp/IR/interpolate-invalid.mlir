// RUN: narrow-opt %s --split-input-file --verify-diagnostics

// N46. Each case breaks one sentence of the rule.

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @entries(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected a table of 5 i16 entries, as the segments say (N46), found 'tensor<4xi16>'}}
  %0 = fxp.interpolate %x dense<[0, 1, 2, 3]> : tensor<4xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @width(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected a table of 5 i16 entries, as the segments say (N46), found 'tensor<5xi8>'}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi8> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @half_an_origin(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected 'origin' and 'octave_bits', or neither (N46)}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32, origin = 0 : i32} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @origin(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected an origin in the input's storage range 0..15 (N46), found 16}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32, origin = 16 : i32, octave_bits = 0 : i64} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @octaves(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected octaves of 2^0 to 2^2 blocks (N46), found 2^3}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32, origin = 0 : i32, octave_bits = 3 : i64} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

// Blocks of 1, 2, 4, 8 and one input.
func.func @lengths(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected 5 segment lengths, one for each block (N46), found 1}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 0 : i32, origin = 0 : i32, octave_bits = 0 : i64} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @longer_than_its_block(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected a block of 2 inputs in at most 1024 segments of at most 2^14 inputs (N46), found segments of 2^2}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 0, 2, 0, 0, 0>, fraction_bits = 0 : i32, origin = 0 : i32, octave_bits = 0 : i64} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @too_many(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected a block of 65536 inputs in at most 1024 segments of at most 2^14 inputs (N46), found segments of 2^5}}
  %0 = fxp.interpolate %x dense<0> : tensor<1025xi16> {segment_bits = array<i32: 5>, fraction_bits = 0 : i32} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:1023>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @too_many_in_blocks(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected at most 1024 segments, a block counted as two (N46), found 1046}}
  %0 = fxp.interpolate %x dense<0> : tensor<1025xi16> {segment_bits = array<i32: 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0>, fraction_bits = 0 : i32, origin = 0 : i32, octave_bits = 0 : i64} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16<0:15>:f32, 0.5>
!y = !quant.uniform<i16:f32, 0.25>

func.func @fraction(%x: tensor<4x!x>) -> tensor<4x!y> {
  // expected-error @below {{expected 0 to 8 fraction bits (N46), found 9}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 2>, fraction_bits = 9 : i32} : tensor<4x!x> -> tensor<4x!y>
  return %0 : tensor<4x!y>
}

// -----

!x = !quant.uniform<i16:f32:0, {0.5, 0.25}>
!y = !quant.uniform<i16:f32, 0.25>

func.func @scales(%x: tensor<2x!x>) -> tensor<2x!y> {
  // expected-error @below {{scale}}
  %0 = fxp.interpolate %x dense<0> : tensor<5xi16> {segment_bits = array<i32: 14>, fraction_bits = 0 : i32} : tensor<2x!x> -> tensor<2x!y>
  return %0 : tensor<2x!y>
}
