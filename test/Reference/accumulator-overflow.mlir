// What generated code would compute modulo 2^32 is an error here.
// RUN: not narrow-interpret %s 2>&1 | FileCheck %s

!x = !quant.uniform<i16:f32, 1.0>

// CHECK: error: expected the accumulator of output channel 0 to fit i32, found 2147483648
func.func @overflow() -> tensor<1x1x!x> {
  %x = fxp.constant dense<-32768> : tensor<1x2xi16> -> tensor<1x2x!x>
  %w = fxp.constant dense<-32768> : tensor<1x2xi16> -> tensor<1x2x!x>
  %b = fxp.constant dense<0> : tensor<1xi32> -> tensor<1xi32>
  %y = fxp.fully_connected %x, %w, %b <mode = pow2, shift = [0]>
    : (tensor<1x2x!x>, tensor<1x2x!x>, tensor<1xi32>) -> tensor<1x1x!x>
  return %y : tensor<1x1x!x>
}
