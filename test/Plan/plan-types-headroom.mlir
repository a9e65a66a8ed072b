// RUN: narrow-opt %s --plan-types --split-input-file | FileCheck %s
// RUN: narrow-opt %s --plan-types=range=y=-8:8 --split-input-file | FileCheck %s --check-prefix=GIVEN
// RUN: narrow-opt %s --plan-types=type=x=i16 --split-input-file | FileCheck %s --check-prefix=ASKED
// RUN: narrow-opt %s --plan-types=bits=16 --split-input-file | FileCheck %s --check-prefix=WIDE
// RUN: narrow-opt %s "--plan-types=type=x=i16 range=x=0:12" --split-input-file | FileCheck %s --check-prefix=BOTH

// A result's type of 16 bits holds twice the calibrated extremes, whatever the estimator
// made of them: 2 * 16 / 32767. A given range is taken as it is: 8 / 32767.
func.func @logits(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  // CHECK: "y" {{.*}} type = !quant.uniform<i16:f32, 9.7659230{{[0-9]+}}E-4>
  // GIVEN: "y" {{.*}} type = !quant.uniform<i16:f32, 2.4414807{{[0-9]+}}E-4>
  fxp.observe %0 "y" {range = array<f64: -10.0, 4.0>, extremes = array<f64: -16.0, 4.0>} : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// One of 8 bits has none to spare: 10.2 / 255. Where 16 are asked for, for all, it has: 2 * 12 / 32767; for it alone
// 1.125 * 12 / 32767; in a given range: 12 / 32767.
func.func @narrow(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32, 0.03999{{[0-9]+}}>
  // GIVEN: "x" {{.*}} type = !quant.uniform<u8:f32, 0.03999{{[0-9]+}}>
  // ASKED: "x" {{.*}} type = !quant.uniform<i16:f32, 4.119998{{[0-9]+}}E-4>
  // WIDE: "x" {{.*}} type = !quant.uniform<i16:f32, 7.324442{{[0-9]+}}E-4>
  // BOTH: "x" {{.*}} type = !quant.uniform<i16:f32, 3.662221{{[0-9]+}}E-4>
  fxp.observe %x "x" {range = array<f64: 0.0, 10.2>, extremes = array<f64: 0.0, 12.0>} : tensor<1x2xf32>
  %0 = tosa.tanh %x : (tensor<1x2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

// What an addition alone reads has none, 16 / 32767, unless its result has it: 2 * 16 / 32767.
func.func @residual(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  // CHECK: "residual" {{.*}} type = !quant.uniform<i16:f32, 4.8829615{{[0-9]+}}E-4>
  // GIVEN: "residual" {{.*}} type = !quant.uniform<i16:f32, 4.8829615{{[0-9]+}}E-4>
  // WIDE: "residual" {{.*}} type = !quant.uniform<i16:f32, 9.7659230{{[0-9]+}}E-4>
  fxp.observe %0 "residual" {range = array<f64: -10.0, 4.0>, extremes = array<f64: -16.0, 4.0>} : tensor<1x2xf32>
  %1 = tosa.add %0, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %1 "sum" {range = array<f64: 0.0, 0.5>} : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}
