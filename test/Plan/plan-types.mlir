// RUN: narrow-opt %s --plan-types --split-input-file | FileCheck %s
// RUN: narrow-opt %s --plan-types=symmetric=true --split-input-file | FileCheck %s --check-prefix=SYM
// RUN: narrow-opt %s --plan-types=pow2=true --split-input-file | FileCheck %s --check-prefix=POW2
// RUN: narrow-opt %s --plan-types=wide-results=false --split-input-file | FileCheck %s --check-prefix=NARROW
// RUN: narrow-opt %s --plan-types=residual-bits=8 --split-input-file | FileCheck %s --check-prefix=RESIDUAL
// RUN: narrow-opt %s --plan-types="range=x=0:2.55 type=y=i8" --split-input-file | FileCheck %s --check-prefix=GIVEN

// Ranges are extended to hold zero; the zero point is a stored integer.
func.func @ranges(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32, {{0.0039215.*}}:128>}
  // SYM: "x" {{.*}} type = !quant.uniform<i8:f32, {{0.00394.*}}>}
  // POW2: "x" {{.*}} type = !quant.uniform<u8:f32, 7.812500e-03:64>}
  // GIVEN: "x" {{.*}} type = !quant.uniform<u8:f32, {{0.0099999.*}}>}
  fxp.observe %x "x" {range = array<f64: -0.501, 0.499>} : tensor<4xf32>
  // CHECK: "y" {{.*}} type = !quant.uniform<u8:f32, {{0.0117647.*}}>}
  // SYM: "y" {{.*}} type = !quant.uniform<u8:f32, {{0.0117647.*}}>}
  // GIVEN: "y" {{.*}} type = !quant.uniform<i8:f32, {{0.0117647.*}}:-128>}
  fxp.observe %y "y" {range = array<f64: 1.0, 3.0>} : tensor<4xf32>
  %0 = tosa.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  // CHECK: "sum" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %0 "sum" {range = array<f64: 0.0, 3.5>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Concatenation ties its operands and result to one type.
func.func @concat(%x: tensor<1x2xf32>, %y: tensor<1x2xf32>) -> tensor<1x4xf32> {
  // CHECK: "x" {{.*}} type = [[T:!quant.uniform<u8:f32, .*>]]}
  fxp.observe %x "x" {range = array<f64: -1.0, 0.0>} : tensor<1x2xf32>
  // CHECK: "y" {{.*}} type = [[T]]}
  fxp.observe %y "y" {range = array<f64: 0.0, 4.0>} : tensor<1x2xf32>
  %0 = tosa.concat %x, %y {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  // CHECK: "both" {{.*}} type = [[T]]}
  fxp.observe %0 "both" {range = array<f64: -1.0, 4.0>} : tensor<1x4xf32>
  return %0 : tensor<1x4xf32>
}

// -----

// Logits are 16 bits wide; softmax has its own scale.
func.func @logits(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  // CHECK: "logits" {{.*}} type = !quant.uniform<i16:f32,
  // NARROW: "logits" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %0 "logits" {range = array<f64: -10.0, 4.0>} : tensor<1x2xf32>
  %1 = nn.softmax %0 {axis = 1 : i64} : tensor<1x2xf32>
  // CHECK: "probabilities" {{.*}} type = !quant.uniform<u8:f32, 3.906250e-03>}
  fxp.observe %1 "probabilities" {range = array<f64: 0.0, 0.5>} : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// A contraction's result that an addition alone reads is wide.
func.func @not_wide(%x: tensor<1x2xf32>, %w: tensor<2x2xf32>, %b: tensor<2xf32>) -> tensor<1x2xf32> {
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  // CHECK: "residual" {{.*}} type = !quant.uniform<i16:f32,
  // RESIDUAL: "residual" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %0 "residual" {range = array<f64: -10.0, 4.0>} : tensor<1x2xf32>
  %1 = tosa.add %0, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  // CHECK: "sum" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %1 "sum" {range = array<f64: 0.0, 0.5>} : tensor<1x2xf32>
  return %1 : tensor<1x2xf32>
}

// -----

// A type that is there already is kept, and what is tied to it gets it too.
func.func @given(%x: tensor<2x2xf32>) -> tensor<4xf32> {
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32, 1.000000e+00>}
  fxp.observe %x "x" {range = array<f64: 0.0, 4.0>, type = !quant.uniform<u8:f32, 1.0>} : tensor<2x2xf32>
  %shape = tosa.const_shape {values = dense<[4]> : tensor<1xindex>} : () -> !tosa.shape<1>
  %0 = tosa.reshape %x, %shape : (tensor<2x2xf32>, !tosa.shape<1>) -> tensor<4xf32>
  // CHECK: "y" {{.*}} type = !quant.uniform<u8:f32, 1.000000e+00>}
  fxp.observe %0 "y" {range = array<f64: 0.0, 4.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// The place of the largest is a last result: what it reads is not clipped.
func.func @place_of_maximum(%x: tensor<1x4xf32>) -> tensor<1xi32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x4xf32>
  %w = "tosa.const"() {values = dense<0.5> : tensor<3x4xf32>} : () -> tensor<3x4xf32>
  %b = "tosa.const"() {values = dense<0.0> : tensor<3xf32>} : () -> tensor<3xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x4xf32>, tensor<3x4xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  // CHECK: "scores" {{.*}} type = !quant.uniform<i16:f32,
  // NARROW: "scores" {{.*}} type = !quant.uniform<u8:f32,
  fxp.observe %0 "scores" {range = array<f64: -2.0, 2.0>} : tensor<1x3xf32>
  %1 = tosa.argmax %0 {axis = 1 : i32} : (tensor<1x3xf32>) -> tensor<1xi32>
  return %1 : tensor<1xi32>
}
