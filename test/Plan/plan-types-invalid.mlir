// RUN: narrow-opt %s --plan-types --split-input-file --verify-diagnostics

func.func @nan(%x: tensor<4xf32>) {
  // expected-error @below {{expected a range of two finite numbers, the lower one first, for 'x'}}
  fxp.observe %x "x" {range = array<f64: 0.0, 0x7FF8000000000000>} : tensor<4xf32>
  return
}

// -----

func.func @reversed(%x: tensor<4xf32>) {
  // expected-error @below {{expected a range of two finite numbers, the lower one first, for 'x'}}
  fxp.observe %x "x" {range = array<f64: 1.0, 0.0>} : tensor<4xf32>
  return
}

// -----

func.func @none(%x: tensor<4xf32>) {
  // expected-remark @below {{no range was calibrated for 'x': it stays in float}}
  fxp.observe %x "x" : tensor<4xf32>
  return
}
