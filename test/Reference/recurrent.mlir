// Rules N80 to N83. Tables are lines of slope 1, so that activations give what they read.
// RUN: narrow-interpret %s | FileCheck %s

!x = !quant.uniform<i16:f32, 0.001>
!h = !quant.uniform<i8:f32, 0.1>
!z = !quant.uniform<i8:f32, 0.1:5>
!w = !quant.uniform<i16:f32, 0.00006103515625>
#line = dense<[-32767, -16384, 0, 16384, 32767]> : tensor<5xi16>

// u = 64 h + x, h' = (u + 64) >> 7: 1640, 2832, -1592.
// CHECK-LABEL: @rnn
// CHECK-NEXT: [13, 22, -12]
// CHECK-NEXT: [-12]
func.func @rnn() -> (tensor<3x1x1x!h>, tensor<1x1x!h>) {
  %x = fxp.constant dense<[[[1000]], [[2000]], [[-3000]]]> : tensor<3x1x1xi16> -> tensor<3x1x1x!x>
  %h = fxp.constant dense<10> : tensor<1x1xi8> -> tensor<1x1x!h>
  %y, %l = fxp.rnn %x, %h <mode = pow2, shift = [7]>
    {weights = dense<64> : tensor<1x1xi8>, bias = dense<0> : tensor<1xi32>, multipliers = dense<16> : tensor<1xi32>,
     input_multiplier = 16 : i32, shift = 4 : i32, gate_table = #line} : (tensor<3x1x1x!x>, tensor<1x1x!h>) -> (tensor<3x1x1x!h>, tensor<1x1x!h>)
  return %y, %l : tensor<3x1x1x!h>, tensor<1x1x!h>
}

// From the last step on: -2360, 848, 1448.
// CHECK-LABEL: @reverse
// CHECK-NEXT: [11, 7, -18]
// CHECK-NEXT: [11]
func.func @reverse() -> (tensor<3x1x1x!h>, tensor<1x1x!h>) {
  %x = fxp.constant dense<[[[1000]], [[2000]], [[-3000]]]> : tensor<3x1x1xi16> -> tensor<3x1x1x!x>
  %h = fxp.constant dense<10> : tensor<1x1xi8> -> tensor<1x1x!h>
  %y, %l = fxp.rnn %x, %h <mode = pow2, shift = [7]>
    {weights = dense<64> : tensor<1x1xi8>, bias = dense<0> : tensor<1xi32>, multipliers = dense<16> : tensor<1xi32>,
     input_multiplier = 16 : i32, shift = 4 : i32, gate_table = #line, reverse} : (tensor<3x1x1x!x>, tensor<1x1x!h>) -> (tensor<3x1x1x!h>, tensor<1x1x!h>)
  return %y, %l : tensor<3x1x1x!h>, tensor<1x1x!h>
}

// Two steps of the first sequence and none of the second: its state stays, and zeros (5) come out.
// CHECK-LABEL: @lengths
// CHECK-NEXT: [18, 5, 27, 5, 5, 5]
// CHECK-NEXT: [27, 15]
func.func @lengths() -> (tensor<3x2x1x!z>, tensor<2x1x!z>) {
  %x = fxp.constant dense<[[[1000], [1000]], [[2000], [2000]], [[-3000], [-3000]]]> : tensor<3x2x1xi16> -> tensor<3x2x1x!x>
  %h = fxp.constant dense<15> : tensor<2x1xi8> -> tensor<2x1x!z>
  %n = fxp.constant dense<[2, 0]> : tensor<2xi32> -> tensor<2xi32>
  %y, %l = fxp.rnn %x, %h lengths %n <mode = pow2, shift = [7]>
    {weights = dense<64> : tensor<1x1xi8>, bias = dense<0> : tensor<1xi32>, multipliers = dense<16> : tensor<1xi32>,
     input_multiplier = 16 : i32, shift = 4 : i32, gate_table = #line} : (tensor<3x2x1x!x>, tensor<2x1x!z>, tensor<2xi32>) -> (tensor<3x2x1x!z>, tensor<2x1x!z>)
  return %y, %l : tensor<3x2x1x!z>, tensor<2x1x!z>
}

// Gates of 14 bits: i = 1/4, o = 1, f = 1/2, candidate 2000: C' = 500 + 500, and 16384 * 1000 is 125 * 2^17.
// CHECK-LABEL: @lstm
// CHECK-NEXT: [125]
// CHECK-NEXT: [125]
// CHECK-NEXT: [1000]
func.func @lstm() -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>) {
  %x = fxp.constant dense<[[[4096, 16384, 8192, 2000]]]> : tensor<1x1x4xi16> -> tensor<1x1x4x!x>
  %h = fxp.constant dense<10> : tensor<1x1xi8> -> tensor<1x1x!h>
  %c = fxp.constant dense<1000> : tensor<1x1xi16> -> tensor<1x1x!w>
  %y, %l, %d = fxp.lstm %x, %h, %c <mode = pow2, shift = [17]>
    {weights = dense<0> : tensor<4x1xi8>, bias = dense<0> : tensor<4xi32>, multipliers = dense<16> : tensor<4xi32>,
     input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 14 : i32, product_shift = 14 : i32,
     gate_table = #line, candidate_table = #line, state_table = #line}
    : (tensor<1x1x4x!x>, tensor<1x1x!h>, tensor<1x1x!w>) -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>)
  return %y, %l, %d : tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>
}

// Peepholes of 1: i = 4096 + 1000, f = 1 - i, C' = 689 + 622, o = 16384 + 1311.
// CHECK-LABEL: @coupled
// CHECK-NEXT: [88]
// CHECK-NEXT: [88]
// CHECK-NEXT: [1311]
func.func @coupled() -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>) {
  %x = fxp.constant dense<[[[4096, 16384, 8192, 2000]]]> : tensor<1x1x4xi16> -> tensor<1x1x4x!x>
  %h = fxp.constant dense<10> : tensor<1x1xi8> -> tensor<1x1x!h>
  %c = fxp.constant dense<1000> : tensor<1x1xi16> -> tensor<1x1x!w>
  %y, %l, %d = fxp.lstm %x, %h, %c <mode = pow2, shift = [18]>
    {weights = dense<0> : tensor<4x1xi8>, bias = dense<0> : tensor<4xi32>, multipliers = dense<16> : tensor<4xi32>,
     peepholes = dense<16> : tensor<3xi32>, input_multiplier = 16 : i32, shift = 4 : i32, gate_bits = 14 : i32, product_shift = 14 : i32,
     gate_table = dense<[0, 0, 0, 16384, 32767]> : tensor<5xi16>, candidate_table = #line, state_table = #line, input_forget}
    : (tensor<1x1x4x!x>, tensor<1x1x!h>, tensor<1x1x!w>) -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>)
  return %y, %l, %d : tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>
}

// h = (1000 + 4) >> 3 = 125; u = 3 h + 65 = 440; S' = 440 + 560 / 2.
// CHECK-LABEL: @gru
// CHECK-NEXT: [90]
// CHECK-NEXT: [90]
// CHECK-NEXT: [720]
func.func @gru() -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>) {
  %x = fxp.constant dense<[[[8192, 16384, 65]]]> : tensor<1x1x3xi16> -> tensor<1x1x3x!x>
  %s = fxp.constant dense<1000> : tensor<1x1xi16> -> tensor<1x1x!w>
  %y, %l, %d = fxp.gru %x, %s <mode = pow2, shift = [3]>
    {weights = dense<[[0], [0], [3]]> : tensor<3x1xi8>, bias = dense<0> : tensor<3xi32>, multipliers = dense<16384> : tensor<3xi32>,
     input_multiplier = 16384 : i32, shift = 14 : i32, gate_bits = 14 : i32, gate_table = #line, candidate_table = #line}
    : (tensor<1x1x3x!x>, tensor<1x1x!w>) -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>)
  return %y, %l, %d : tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>
}

// v = 3 h + 13 = 388, u = 388 + 65, S' = 453 + 547 / 2.
// CHECK-LABEL: @reset_after
// CHECK-NEXT: [91]
// CHECK-NEXT: [91]
// CHECK-NEXT: [727]
func.func @reset_after() -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>) {
  %x = fxp.constant dense<[[[8192, 16384, 65]]]> : tensor<1x1x3xi16> -> tensor<1x1x3x!x>
  %s = fxp.constant dense<1000> : tensor<1x1xi16> -> tensor<1x1x!w>
  %y, %l, %d = fxp.gru %x, %s <mode = pow2, shift = [3]>
    {weights = dense<[[0], [0], [3]]> : tensor<3x1xi8>, bias = dense<[0, 0, 13]> : tensor<3xi32>, multipliers = dense<16384> : tensor<3xi32>,
     input_multiplier = 16384 : i32, shift = 14 : i32, gate_bits = 14 : i32, gate_table = #line, candidate_table = #line, reset_after}
    : (tensor<1x1x3x!x>, tensor<1x1x!w>) -> (tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>)
  return %y, %l, %d : tensor<1x1x1x!h>, tensor<1x1x!h>, tensor<1x1x!w>
}
