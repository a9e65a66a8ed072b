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
  fxp.observe %y "y" {range = array<f64: 0.0, 3.0>} : tensor<1x2xf32>
  %0 = tosa.concat %x, %y {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  // CHECK: "both" {{.*}} type = [[T]]}
  fxp.observe %0 "both" {range = array<f64: -1.0, 3.0>} : tensor<1x4xf32>
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

// -----

// Rows of 32 are short; of rows of 200 the largest result decides: bytes that
// hold twice what was seen, or 16 bits; of 4096 as many as a product of bytes
// can sum up.
func.func @rows(%a: tensor<32xf32>, %b: tensor<200xf32>, %c: tensor<200xf32>, %d: tensor<4096xf32>)
    -> (tensor<32xf32>, tensor<200xf32>, tensor<200xf32>, tensor<4096xf32>) {
  %0 = nn.softmax %a {axis = 0 : i64} : tensor<32xf32>
  // CHECK: "short" {{.*}} type = !quant.uniform<u8:f32, 3.906250e-03>}
  fxp.observe %0 "short" {range = array<f64: 0.0, 0.02>, extremes = array<f64: 0.0, 0.02>} : tensor<32xf32>
  %1 = nn.softmax %b {axis = 0 : i64} : tensor<200xf32>
  // CHECK: "flat" {{.*}} type = !quant.uniform<u8:f32, 2.44140625E-4>}
  fxp.observe %1 "flat" {range = array<f64: 0.0, 0.02>, extremes = array<f64: 0.0, 0.02>} : tensor<200xf32>
  %2 = nn.softmax %c {axis = 0 : i64} : tensor<200xf32>
  // CHECK: "peaked" {{.*}} type = !quant.uniform<i16<0:32767>:f32, 3.0517578125E-5>}
  fxp.observe %2 "peaked" {range = array<f64: 0.0, 0.7>, extremes = array<f64: 0.0, 0.7>} : tensor<200xf32>
  %3 = nn.softmax %d {axis = 0 : i64} : tensor<4096xf32>
  // CHECK: "long" {{.*}} type = !quant.uniform<i16<0:2047>:f32, 4.8828125E-4>}
  fxp.observe %3 "long" {range = array<f64: 0.0, 0.7>, extremes = array<f64: 0.0, 0.7>} : tensor<4096xf32>
  return %0, %1, %2, %3 : tensor<32xf32>, tensor<200xf32>, tensor<200xf32>, tensor<4096xf32>
}

// -----

// A reciprocal near zero and what it is computed from have 16 bits; away from
// zero, and in a sigmoid that is spelt out, bytes are enough.
func.func @steep(%x: tensor<4xf32>, %z: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  // CHECK: "x" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %x "x" {range = array<f64: -4.0, 4.0>} : tensor<4xf32>
  // CHECK: "z" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %z "z" {range = array<f64: -4.0, 4.0>} : tensor<4xf32>
  // CHECK: "b" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %b "b" {range = array<f64: 0.5, 1.0>} : tensor<4xf32>
  %a = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: "a" {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %a "a" {range = array<f64: 0.01, 4.0>} : tensor<4xf32>
  %r = tosa.reciprocal %a : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: "r" {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %r "r" {range = array<f64: 0.25, 100.0>} : tensor<4xf32>
  %s = tosa.reciprocal %b : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: "s" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %s "s" {range = array<f64: 1.0, 2.0>} : tensor<4xf32>
  %e = tosa.exp %z : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %e "e" {range = array<f64: 0.018, 54.6>} : tensor<4xf32>
  %one = "tosa.const"() {values = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %d = tosa.add %e, %one : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  fxp.observe %d "d" {range = array<f64: 1.018, 55.6>} : tensor<4xf32>
  %t = tosa.reciprocal %d : (tensor<4xf32>) -> tensor<4xf32>
  // CHECK: "t" {{.*}} type = !quant.uniform<u8:f32
  fxp.observe %t "t" {range = array<f64: 0.018, 0.982>} : tensor<4xf32>
  return %a, %r, %s, %t : tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
}

// -----

// Scores and their biases by position, which a softmax alone reads: the factor
// is part of the product.
func.func @biased_scores(%x: tensor<1x2x4xf32>, %y: tensor<1x4x2xf32>) -> tensor<1x2x2xf32> {
  %0 = nn.matmul %x, %y : (tensor<1x2x4xf32>, tensor<1x4x2xf32>) -> tensor<1x2x2xf32>
  fxp.observe %0 "product" {range = array<f64: -8.0, 8.0>} : tensor<1x2x2xf32>
  %half = "tosa.const"() {values = dense<0.5> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %1 = tosa.mul %0, %half, %shift : (tensor<1x2x2xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x2x2xf32>
  // CHECK: "scores" {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %1 "scores" {range = array<f64: -4.0, 4.0>} : tensor<1x2x2xf32>
  %b = "tosa.const"() {values = dense<[[[0.0, -1.0], [-1.0, 0.0]]]> : tensor<1x2x2xf32>} : () -> tensor<1x2x2xf32>
  %2 = tosa.add %1, %b : (tensor<1x2x2xf32>, tensor<1x2x2xf32>) -> tensor<1x2x2xf32>
  // CHECK: "biased" {{.*}} type = !quant.uniform<i16:f32
  fxp.observe %2 "biased" {range = array<f64: -5.0, 4.0>} : tensor<1x2x2xf32>
  %3 = nn.softmax %2 {axis = 2 : i64} : tensor<1x2x2xf32>
  fxp.observe %3 "p" {range = array<f64: 0.0, 1.0>} : tensor<1x2x2xf32>
  return %3 : tensor<1x2x2xf32>
}
