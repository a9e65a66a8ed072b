// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

!projected = !quant.uniform<i16:f32, 0.001>
!state = !quant.uniform<i8:f32, 0.0078125>
!cell = !quant.uniform<i16:f32, 0.00048828125>
#gate = dense<[0, 16, 16384, 32752, 32767]> : tensor<5xi16>
#tanh = dense<[-32767, -32767, 0, 32767, 32767]> : tensor<5xi16>

// CHECK-LABEL: func @recurrent
func.func @recurrent(%x: tensor<5x1x8x!projected>, %h: tensor<1x2x!state>, %c: tensor<1x2x!cell>, %n: tensor<1xi32>,
                     %y: tensor<5x1x6x!projected>, %z: tensor<5x1x2x!projected>) {
  // CHECK: fxp.lstm %{{.*}}, %{{.*}}, %{{.*}} lengths %{{.*}} <mode = q31, multiplier = [1073741824], shift = [53]> {{.*}}input_forget{{.*}}reverse
  %0:3 = fxp.lstm %x, %h, %c lengths %n <mode = q31, multiplier = [1073741824], shift = [53]>
    {weights = dense<1> : tensor<8x2xi8>, bias = dense<0> : tensor<8xi32>, multipliers = dense<65536> : tensor<8xi32>,
     peepholes = dense<3> : tensor<6xi32>, input_multiplier = 65536 : i32, shift = 20 : i32, gate_bits = 15 : i32, product_shift = 18 : i32,
     gate_table = #gate, candidate_table = #tanh, state_table = #tanh, input_forget, reverse}
    : (tensor<5x1x8x!projected>, tensor<1x2x!state>, tensor<1x2x!cell>, tensor<1xi32>) -> (tensor<5x1x2x!state>, tensor<1x2x!state>, tensor<1x2x!cell>)
  // CHECK: fxp.gru %{{.*}}, %{{.*}} <mode = q31, {{.*}}reset_after
  %1:3 = fxp.gru %y, %c <mode = q31, multiplier = [1073741824], shift = [34]>
    {weights = dense<1> : tensor<6x2xi8>, bias = dense<0> : tensor<6xi32>, multipliers = dense<65536> : tensor<6xi32>,
     input_multiplier = 65536 : i32, shift = 20 : i32, gate_bits = 15 : i32, gate_table = #gate, candidate_table = #tanh, reset_after}
    : (tensor<5x1x6x!projected>, tensor<1x2x!cell>) -> (tensor<5x1x2x!state>, tensor<1x2x!state>, tensor<1x2x!cell>)
  // CHECK: fxp.rnn
  %2:2 = fxp.rnn %z, %h <mode = q31, multiplier = [1073741824], shift = [38]>
    {weights = dense<1> : tensor<2x2xi8>, bias = dense<0> : tensor<2xi32>, multipliers = dense<65536> : tensor<2xi32>,
     input_multiplier = 65536 : i32, shift = 20 : i32, gate_table = #tanh}
    : (tensor<5x1x2x!projected>, tensor<1x2x!state>) -> (tensor<5x1x2x!state>, tensor<1x2x!state>)
  return
}
