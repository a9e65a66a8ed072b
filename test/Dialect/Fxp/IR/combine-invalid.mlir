// Rule N47, and the limits of given integers (N28).
// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!a = !quant.uniform<i8:f32, 1.0>

func.func @mode(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected the left side rescaled by q31, q31_double or pow2 (N47), found q15}}
  %0 = fxp.combine add %x <mode = q15, multiplier = [1], shift = [0], offset = [0], given = true>, %x <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @chosen(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected the right side rescaled by given integers (N47)}}
  %0 = fxp.combine add %x <mode = pow2, shift = [0], given = true>, %x <mode = pow2, shift = [0]>
    to <mode = pow2, shift = [0], given = true> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @bounds(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected the left side rescaled without bounds (N47)}}
  %0 = fxp.combine add %x <mode = pow2, shift = [0], min = [0], given = true>, %x <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @shift(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected a shift in 0..30 that leaves the left side in i32 (N47), found 25}}
  %0 = fxp.combine add %x <mode = pow2, shift = [0], given = true>, %x <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> {lhs_shift = 25 : i64} : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @rescaled(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected the left side to fit i32 once rescaled (N47), found -68719476736..68182605824}}
  %0 = fxp.combine add %x <mode = q31, multiplier = [1073741824], shift = [1], given = true>, %x <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @sum(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected an accumulator that fits i32 (N34), found -4294967296..4261412864}}
  %0 = fxp.combine add %x <mode = pow2, shift = [0], given = true>, %x <mode = pow2, shift = [0], given = true>
    to <mode = pow2, shift = [0], given = true> {lhs_shift = 24 : i64, rhs_shift = 24 : i64} : (tensor<4x!a>, tensor<4x!a>) -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

func.func @negative(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected a q31_double multiplier in 0..2147483647 (N27), found -1}}
  %0 = fxp.requantize %x <mode = q31_double, multiplier = [-1], shift = [40], given = true> : tensor<4x!a> -> tensor<4x!a>
  return %0 : tensor<4x!a>
}

// -----

!a = !quant.uniform<i8:f32, 1.0>

// What is chosen has all of its bits.
func.func @small(%x: tensor<4x!a>) -> tensor<4x!a> {
  // expected-error@+1 {{expected a q31_double multiplier in 1073741824..2147483647 (N27), found 1}}
  %0 = fxp.requantize %x <mode = q31_double, multiplier = [1], shift = [40]> : tensor<4x!a> -> tensor<4x!a>
  return %0 : tensor<4x!a>
}
