// RUN: narrow-opt %s --plan-types=wide-results=false --quantize=integer-only=true --split-input-file | FileCheck %s

// Integers have the type of scale 1 where their range fits its 8 bits.
// CHECK-LABEL: func.func @from_bytes
// CHECK: %[[X:.*]] = fxp.from_integers %arg0{{.*}} : tensor<4xi32> -> tensor<4x!quant.uniform<u8:f32, 1.000000e+00>>
// CHECK-NEXT: fxp.dequantize %[[X]]
func.func @from_bytes(%x: tensor<4xi32>) -> tensor<4xf32> {
  %0 = tosa.cast %x : (tensor<4xi32>) -> tensor<4xf32>
  fxp.observe %0 "x" {range = array<f64: 3.0, 250.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// Beyond that they are rescaled; 64 bits are clamped, not cut.
// CHECK-LABEL: func.func @from_numbers
// CHECK: %[[X:.*]] = fxp.from_integers %arg0 : tensor<4xi64> -> tensor<4x!quant.uniform<i16:f32, 1.000000e+00>>
// CHECK-NEXT: fxp.requantize %[[X]] {{.*}} -> tensor<4x!quant.uniform<u8:f32, 4.000000e+00>>
func.func @from_numbers(%x: tensor<4xi64>) -> tensor<4xf32> {
  %0 = tosa.cast %x : (tensor<4xi64>) -> tensor<4xf32>
  fxp.observe %0 "x" {range = array<f64: 0.0, 1020.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// CHECK-LABEL: func.func @from_booleans
// CHECK: %[[I:.*]] = tosa.cast %arg0 : (tensor<4xi1>) -> tensor<4xi32>
// CHECK-NEXT: fxp.from_integers %[[I]]{{.*}} : tensor<4xi32> -> tensor<4x!quant.uniform<u8:f32, 1.000000e+00>>
func.func @from_booleans(%x: tensor<4xi1>) -> tensor<4xf32> {
  %0 = tosa.cast %x : (tensor<4xi1>) -> tensor<4xf32>
  fxp.observe %0 "x" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

// What is joined with fractions has their scale.
// CHECK-LABEL: func.func @joined
// CHECK: fxp.from_integers {{.*}} -> tensor<4x!quant.uniform<i16:f32, 1.000000e+00>>
// CHECK: fxp.concat {{.*}}!quant.uniform<u8:f32, 0.0039215
func.func @joined(%x: tensor<4xi1>, %y: tensor<4xf32>) -> tensor<8xf32> {
  fxp.observe %y "y" {range = array<f64: 0.0, 0.5>} : tensor<4xf32>
  %0 = tosa.cast %x : (tensor<4xi1>) -> tensor<4xf32>
  fxp.observe %0 "x" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  %1 = tosa.concat %0, %y {axis = 0 : i32} : (tensor<4xf32>, tensor<4xf32>) -> tensor<8xf32>
  fxp.observe %1 "z" {range = array<f64: 0.0, 1.0>} : tensor<8xf32>
  return %1 : tensor<8xf32>
}

// -----

// A table rounds to whole numbers, which are the result.
// CHECK-LABEL: func.func @to_integers
// CHECK: %[[L:.*]] = fxp.lookup {{.*}} -> tensor<4x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK-NEXT: %[[I:.*]] = fxp.to_integers %[[L]] : {{.*}} -> tensor<4xi32>
// CHECK-NEXT: tosa.cast %[[I]] : (tensor<4xi32>) -> tensor<4xi64>
func.func @to_integers(%x: tensor<4xf32>) -> tensor<4xi64> {
  fxp.observe %x "x" {range = array<f64: -9.5, 30.0>} : tensor<4xf32>
  %0 = tosa.floor %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %0 "floor" {range = array<f64: -10.0, 30.0>} : tensor<4xf32>
  %1 = tosa.cast %0 : (tensor<4xf32>) -> tensor<4xi64>
  return %1 : tensor<4xi64>
}

// -----

// CHECK-LABEL: func.func @argmax
// CHECK: %[[I:.*]] = fxp.to_integers {{.*}}u8:f32{{.*}} -> tensor<1x4x3xi16>
// CHECK-NEXT: tosa.argmax %[[I]] {axis = 1 : i32} : (tensor<1x4x3xi16>) -> tensor<1x3xi32>
func.func @argmax(%x: tensor<1x4x3xf32>) -> tensor<1x3xi32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x4x3xf32>
  %0 = tosa.argmax %x {axis = 1 : i32} : (tensor<1x4x3xf32>) -> tensor<1x3xi32>
  return %0 : tensor<1x3xi32>
}

// -----

// At a scale of 0.5: 0.6 lies between 1 and 2, 1.0 is 2, and nothing is 1.3.
// CHECK-LABEL: func.func @thresholds
// CHECK: %[[C0:.*]] = "tosa.const"() <{values = dense<1> : tensor<1xi32>}>
// CHECK: tosa.greater %{{.*}}, %[[C0]] :
// CHECK: %[[C1:.*]] = "tosa.const"() <{values = dense<2> : tensor<1xi32>}>
// CHECK: tosa.greater %[[C1]], %{{.*}} :
// CHECK: %[[C2:.*]] = "tosa.const"() <{values = dense<2> : tensor<1xi32>}>
// CHECK: tosa.greater_equal %{{.*}}, %[[C2]] :
// CHECK: %[[C3:.*]] = "tosa.const"() <{values = dense<1> : tensor<1xi32>}>
// CHECK: tosa.greater_equal %[[C3]], %{{.*}} :
// CHECK: %[[C4:.*]] = "tosa.const"() <{values = dense<[2, 256, 0, 256]> : tensor<4xi32>}>
// CHECK: tosa.equal %{{.*}}, %[[C4]] :
func.func @thresholds(%x: tensor<4xf32>) -> (tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>) {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.5>, range = array<f64: 0.0, 127.5>} : tensor<4xf32>
  %c = "tosa.const"() {values = dense<0.6> : tensor<1xf32>} : () -> tensor<1xf32>
  %n = "tosa.const"() {values = dense<[1.0, 1.3, 0.0, 400.0]> : tensor<4xf32>} : () -> tensor<4xf32>
  %0 = tosa.greater %x, %c : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xi1>
  %1 = tosa.greater %c, %x : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xi1>
  %2 = tosa.greater_equal %x, %c : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xi1>
  %3 = tosa.greater_equal %c, %x : (tensor<1xf32>, tensor<4xf32>) -> tensor<4xi1>
  %4 = tosa.equal %x, %n : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  return %0, %1, %2, %3, %4 : tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>, tensor<4xi1>
}

// -----

// Values of two types meet in one of 16 bits that holds both, and what is
// selected in the type of the result.
// CHECK-LABEL: func.func @compare_and_select
// CHECK-DAG: fxp.requantize {{.*}}0.00392{{.*}}i16:f32, 3.06
// CHECK-DAG: fxp.requantize {{.*}}0.00784{{.*}}i16:f32, 3.06
// CHECK: %[[G:.*]] = tosa.greater {{.*}} : (tensor<4xi16>, tensor<4xi16>) -> tensor<4xi1>
// CHECK: %[[S:.*]] = tosa.select %[[G]], {{.*}} : (tensor<4xi1>, tensor<4xi8>, tensor<1xi8>) -> tensor<4xi8>
// CHECK: fxp.from_integers %[[S]]{{.*}} : tensor<4xi8> -> tensor<4x!quant.uniform<u8:f32, 0.0039{{.*}}>>
func.func @compare_and_select(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<4xf32>
  %c = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = tosa.greater %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xi1>
  %1 = tosa.select %0, %x, %c : (tensor<4xi1>, tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  fxp.observe %1 "z" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  return %1 : tensor<4xf32>
}

// -----

// The table is stored in integers that hold all of it, not what was asked for
// alone.
// CHECK-LABEL: func.func @table
// CHECK: %[[T:.*]] = "tosa.const"() <{values = dense<{{\[\[}}[0, 85], [-86, -1]]]> : tensor<1x2x2xi8>}>
// CHECK: %[[G:.*]] = tosa.gather %[[T]], %arg0 : (tensor<1x2x2xi8>, tensor<1x3xi32>) -> tensor<1x3x2xi8>
// CHECK: fxp.from_integers %[[G]]{{.*}} : tensor<1x3x2xi8> -> tensor<1x3x2x!quant.uniform<u8:f32, 0.0117647
func.func @table(%i: tensor<1x3xi32>) -> tensor<1x3x2xf32> {
  %t = "tosa.const"() {values = dense<[[[0.0, 1.0], [2.0, 3.0]]]> : tensor<1x2x2xf32>} : () -> tensor<1x2x2xf32>
  %0 = tosa.gather %t, %i : (tensor<1x2x2xf32>, tensor<1x3xi32>) -> tensor<1x3x2xf32>
  fxp.observe %0 "x" {range = array<f64: 0.0, 1.0>} : tensor<1x3x2xf32>
  return %0 : tensor<1x3x2xf32>
}

// -----

// Constant indices that are alike in all batches, and others.
// CHECK-LABEL: func.func @constant_indices
// CHECK: fxp.gather {{.*}} {axis = 1 : i64, indices = array<i64: 1, 0, 1>}
// CHECK: fxp.reshape {{.*}} -> tensor<6x2x
// CHECK: fxp.gather {{.*}} {axis = 0 : i64, indices = array<i64: 1, 2, 3, 5>}
func.func @constant_indices(%x: tensor<2x3x2xf32>) -> (tensor<2x3x2xf32>, tensor<2x2x2xf32>) {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<2x3x2xf32>
  %i = "tosa.const"() {values = dense<[[1, 0, 1], [1, 0, 1]]> : tensor<2x3xi32>} : () -> tensor<2x3xi32>
  %j = "tosa.const"() {values = dense<[[1, 2], [0, 2]]> : tensor<2x2xi32>} : () -> tensor<2x2xi32>
  %0 = tosa.gather %x, %i : (tensor<2x3x2xf32>, tensor<2x3xi32>) -> tensor<2x3x2xf32>
  %1 = tosa.gather %x, %j : (tensor<2x3x2xf32>, tensor<2x2xi32>) -> tensor<2x2x2xf32>
  return %0, %1 : tensor<2x3x2xf32>, tensor<2x2x2xf32>
}

// -----

// Places among stored integers; values at computed places.
// CHECK-LABEL: func.func @places
// CHECK: %[[I:.*]] = fxp.to_integers %{{.*}} : {{.*}} -> tensor<1x4xi16>
// CHECK: %[[P:.*]] = nn.top_k %[[I]] {smallest} : tensor<1x4xi16> -> tensor<1x2xi32>
// CHECK: tosa.gather %{{.*}}, %[[P]] : (tensor<1x4x1xi8>, tensor<1x2xi32>) -> tensor<1x2x1xi8>
// CHECK: %[[S:.*]] = tosa.scatter %{{.*}}, %[[P]], %{{.*}} : (tensor<1x9x1xi8>, tensor<1x2xi32>, tensor<1x2x1xi8>) -> tensor<1x9x1xi8>
// CHECK: fxp.from_integers %[[S]]
func.func @places(%x: tensor<1x4xf32>) -> tensor<1x9x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 2.0>} : tensor<1x4xf32>
  %0 = nn.top_k %x {smallest} : tensor<1x4xf32> -> tensor<1x2xi32>
  %s = tosa.const_shape {values = dense<[1, 4, 1]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %1 = tosa.reshape %x, %s : (tensor<1x4xf32>, !tosa.shape<3>) -> tensor<1x4x1xf32>
  %2 = tosa.gather %1, %0 : (tensor<1x4x1xf32>, tensor<1x2xi32>) -> tensor<1x2x1xf32>
  %z = "tosa.const"() {values = dense<0.0> : tensor<1x9x1xf32>} : () -> tensor<1x9x1xf32>
  %3 = tosa.scatter %z, %0, %2 : (tensor<1x9x1xf32>, tensor<1x2xi32>, tensor<1x2x1xf32>) -> tensor<1x9x1xf32>
  fxp.observe %3 "y" {range = array<f64: -1.0, 2.0>} : tensor<1x9x1xf32>
  return %3 : tensor<1x9x1xf32>
}
