// RUN: narrow-check-kernels %s --emulate --samples=12 | FileCheck %s
// CHECK: every output equals the interpreter's

!x = !quant.uniform<i16:f32, 0.001>
!u = !quant.uniform<u8:f32, 0.05:100>
!h = !quant.uniform<u8:f32, 0.0078125:128>
!w = !quant.uniform<i16:f32, 0.0001220703125>
#sigmoid = dense<[0, 11, 590, 16384, 32178, 32757, 32767, 32767, 32767]> : tensor<9xi16>
#tanh = dense<[-32767, -32767, -32700, -24956, 0, 24956, 32700, 32767, 32767]> : tensor<9xi16>

// Hidden units that fill no vector, several sequences, steps from the end.
func.func @lstm(%x: tensor<4x2x76x!x>, %h: tensor<2x19x!h>, %c: tensor<2x19x!w>) -> (tensor<4x2x19x!h>, tensor<2x19x!h>, tensor<2x19x!w>) {
  %y, %l, %d = fxp.lstm %x, %h, %c <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<-77> : tensor<76x19xi8>, bias = dense<300> : tensor<76xi32>, multipliers = dense<70000> : tensor<76xi32>,
     peepholes = dense<-40000> : tensor<57xi32>,
     input_multiplier = 65536 : i32, shift = 17 : i32, gate_bits = 15 : i32, product_shift = 17 : i32,
     gate_table = #sigmoid, candidate_table = #tanh, state_table = #tanh, reverse}
    : (tensor<4x2x76x!x>, tensor<2x19x!h>, tensor<2x19x!w>) -> (tensor<4x2x19x!h>, tensor<2x19x!h>, tensor<2x19x!w>)
  return %y, %l, %d : tensor<4x2x19x!h>, tensor<2x19x!h>, tensor<2x19x!w>
}

func.func @gru(%x: tensor<5x1x48x!u>, %s: tensor<1x16x!w>) -> (tensor<5x1x16x!h>, tensor<1x16x!w>) {
  %y, %l, %d = fxp.gru %x, %s <mode = q31, multiplier = [1073741824], shift = [37]>
    {weights = dense<99> : tensor<48x16xi8>, bias = dense<-5> : tensor<48xi32>, multipliers = dense<80000> : tensor<48xi32>,
     input_multiplier = 9000000 : i32, shift = 18 : i32, gate_bits = 15 : i32, gate_table = #sigmoid, candidate_table = #tanh}
    : (tensor<5x1x48x!u>, tensor<1x16x!w>) -> (tensor<5x1x16x!h>, tensor<1x16x!h>, tensor<1x16x!w>)
  return %y, %d : tensor<5x1x16x!h>, tensor<1x16x!w>
}

func.func @reset_after(%x: tensor<5x1x9x!u>, %s: tensor<1x3x!w>) -> (tensor<5x1x3x!h>, tensor<1x3x!h>) {
  %y, %l, %d = fxp.gru %x, %s <mode = q31, multiplier = [1073741824], shift = [37]>
    {weights = dense<99> : tensor<9x3xi8>, bias = dense<-5> : tensor<9xi32>, multipliers = dense<80000> : tensor<9xi32>,
     input_multiplier = 9000000 : i32, shift = 18 : i32, gate_bits = 15 : i32, gate_table = #sigmoid, candidate_table = #tanh, reset_after}
    : (tensor<5x1x9x!u>, tensor<1x3x!w>) -> (tensor<5x1x3x!h>, tensor<1x3x!h>, tensor<1x3x!w>)
  return %y, %l : tensor<5x1x3x!h>, tensor<1x3x!h>
}

// Lengths that the caller gives, beyond the steps and below zero as well.
func.func @lengths(%x: tensor<3x2x5x!x>, %h: tensor<2x5x!h>, %n: tensor<2xi32>) -> (tensor<3x2x5x!h>, tensor<2x5x!h>) {
  %y, %l = fxp.rnn %x, %h lengths %n <mode = q31, multiplier = [1073741824], shift = [38]>
    {weights = dense<12> : tensor<5x5xi8>, bias = dense<0> : tensor<5xi32>, multipliers = dense<90000> : tensor<5xi32>,
     input_multiplier = 65536 : i32, shift = 16 : i32, gate_table = #tanh} : (tensor<3x2x5x!x>, tensor<2x5x!h>, tensor<2xi32>) -> (tensor<3x2x5x!h>, tensor<2x5x!h>)
  return %y, %l : tensor<3x2x5x!h>, tensor<2x5x!h>
}
