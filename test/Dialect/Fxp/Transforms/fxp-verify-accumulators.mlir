// RUN: narrow-opt %s --fxp-verify-accumulators --split-input-file --verify-diagnostics

!x = !quant.uniform<u8:f32, 0.1>
!w = !quant.uniform<i8:f32, 0.1>

func.func @safe(%x: tensor<1x2x!x>) -> tensor<1x1x!x> {
  %w = fxp.constant dense<[[127, -128]]> : tensor<1x2xi8> -> tensor<1x2x!w>
  %b = fxp.constant dense<5> : tensor<1xi32> -> tensor<1xi32>
  %0 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<1x2x!w>, tensor<1xi32>) -> tensor<1x1x!x>
  return %0 : tensor<1x1x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.1>
!w = !quant.uniform<i8:f32, 0.1>

func.func @bias(%x: tensor<1x2x!x>) -> tensor<1x1x!x> {
  %w = fxp.constant dense<[[127, -128]]> : tensor<1x2xi8> -> tensor<1x2x!w>
  %b = fxp.constant dense<2147483647> : tensor<1xi32> -> tensor<1xi32>
  // expected-error @below {{expected an accumulator in [-2147483648, 2147483647], found [2147451007, 2147516032] in output channel 0}}
  %0 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x2x!x>, tensor<1x2x!w>, tensor<1xi32>) -> tensor<1x1x!x>
  return %0 : tensor<1x1x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.1>
!w = !quant.uniform<i8:f32, 0.1>

func.func @decided(%x: tensor<1x70000x!x>) -> tensor<1x1x!x> {
  %w = fxp.constant dense<1> : tensor<1x70000xi8> -> tensor<1x70000x!w>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  // expected-remark @below {{the actual weights prove that no accumulator of this op leaves its type}}
  %0 = fxp.fully_connected %x, %w, %b <mode = q31, multiplier = [1717986918], shift = [34]> : (tensor<1x70000x!x>, tensor<1x70000x!w>, tensor<1xi32>) -> tensor<1x1x!x>
  return %0 : tensor<1x1x!x>
}

// -----

!x = !quant.uniform<i16:f32, 0.1>

func.func @sum(%x: tensor<1x70000x!x>) -> tensor<1x1x!x> {
  // expected-error @below {{expected an accumulator that fits i32 (N34), found -2293760000..2293690000}}
  %0 = fxp.reduce_sum %x <mode = q31, multiplier = [1073741824], shift = [30]> {axis = 1 : i64} : tensor<1x70000x!x> -> tensor<1x1x!x>
  return %0 : tensor<1x1x!x>
}
