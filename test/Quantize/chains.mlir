// RUN: narrow-opt %s --plan-types --quantize=keep-float=kept | FileCheck %s
// RUN: narrow-opt %s --plan-types=type=x=i16 --quantize=keep-float=kept | FileCheck %s --check-prefix=WIDE

// Elementwise ops that are a function of one value are one table: the same as
// that of the function in one op.
// CHECK-LABEL: func.func @one_op
// CHECK: fxp.lookup %{{.*}} dense<"[[$SIGMOID:.*]]"> : tensor<256xi8>
func.func @one_op(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<2x4xf32>
  %y = tosa.sigmoid %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The exponential's range, which would swallow the function, plays no part.
// CHECK-LABEL: func.func @spelt_out
// CHECK: %[[X:.*]] = fxp.quantize
// CHECK-NEXT: fxp.lookup %[[X]] dense<"[[$SIGMOID]]">
// CHECK-NEXT: fxp.dequantize
// WIDE-LABEL: func.func @spelt_out
// WIDE: fxp.interpolate {{.*}} : tensor<2x4x!quant.uniform<i16
// WIDE-NOT: {{fxp.lookup|fxp.interpolate}}
// WIDE: return
func.func @spelt_out(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %one = "tosa.const"() {values = dense<1.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<2x4xf32>
  %n = tosa.sub %zero, %x : (tensor<1x1xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %n "n" {range = array<f64: -8.0, 8.0>} : tensor<2x4xf32>
  %e = tosa.exp %n : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %e "e" {range = array<f64: 0.0, 2981.0>} : tensor<2x4xf32>
  %s = tosa.add %one, %e : (tensor<1x1xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %s "s" {range = array<f64: 1.0, 2982.0>} : tensor<2x4xf32>
  %y = tosa.reciprocal %s : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// A value that is read twice, conditions and a choice: still one function.
// CHECK-LABEL: func.func @graph
// CHECK: %[[X:.*]] = fxp.quantize
// CHECK-NEXT: fxp.lookup %[[X]]
// CHECK-NEXT: fxp.dequantize
func.func @graph(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %c = tosa.cos %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %c "c" {range = array<f64: -1.0, 1.0>} : tensor<2x4xf32>
  %p = tosa.mul %c, %x, %shift : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  fxp.observe %p "p" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %g = tosa.greater %x, %zero : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xi1>
  %y = tosa.select %g, %p, %c : (tensor<2x4xi1>, tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: -3.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Constants per channel give a table per channel, for 8 bits alone.
// CHECK-LABEL: func.func @channels
// CHECK: fxp.lookup {{.*}} : tensor<4x256xi8>
// CHECK-NOT: fxp.lookup
// CHECK: return
// WIDE-LABEL: func.func @channels
// WIDE: fxp.add
// WIDE: fxp.lookup {{.*}} : tensor<256xi8>
func.func @channels(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %b = "tosa.const"() {values = dense<[[0.0, 1.0, 2.0, 3.0]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %s = tosa.add %x, %b : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  fxp.observe %s "s" {range = array<f64: -3.0, 6.0>} : tensor<2x4xf32>
  %y = tosa.tanh %s : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Not one: a value between the two that is returned, one that another op
// reads, an operand that is no constant, constants along another axis.
// CHECK-LABEL: func.func @returned
// CHECK-COUNT-2: fxp.lookup
func.func @returned(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %e = tosa.exp %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %e "e" {range = array<f64: 0.0, 20.0>} : tensor<2x4xf32>
  %y = tosa.tanh %e : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %e, %y : tensor<2x4xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func.func @second_reader
// CHECK: fxp.lookup
// CHECK: fxp.lookup
// CHECK: fxp.reduce_max
func.func @second_reader(%x: tensor<2x4xf32>) -> (tensor<2x1xf32>, tensor<2x4xf32>) {
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %e = tosa.exp %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %e "e" {range = array<f64: 0.0, 20.0>} : tensor<2x4xf32>
  %y = tosa.tanh %e : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  %m = tosa.reduce_max %e {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  fxp.observe %m "m" {range = array<f64: 0.0, 20.0>} : tensor<2x1xf32>
  return %m, %y : tensor<2x1xf32>, tensor<2x4xf32>
}

// CHECK-LABEL: func.func @two_values
// CHECK: fxp.lookup
// CHECK: fxp.add
// CHECK: fxp.lookup
func.func @two_values(%x: tensor<2x4xf32>, %z: tensor<2x4xf32>) -> tensor<2x4xf32> {
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  fxp.observe %z "z" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %e = tosa.exp %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %e "e" {range = array<f64: 0.0, 20.0>} : tensor<2x4xf32>
  %s = tosa.add %e, %z : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %s "s" {range = array<f64: -3.0, 23.0>} : tensor<2x4xf32>
  %y = tosa.tanh %s : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// CHECK-LABEL: func.func @other_axis
// CHECK: fxp.add
// CHECK: fxp.lookup
func.func @other_axis(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %b = "tosa.const"() {values = dense<[[0.0], [1.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %s = tosa.add %x, %b : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  fxp.observe %s "s" {range = array<f64: -3.0, 4.0>} : tensor<2x4xf32>
  %y = tosa.tanh %s : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// What the user wants in float is not taken in.
// CHECK-LABEL: func.func @float
// CHECK: fxp.lookup
// CHECK: tosa.tanh
// CHECK: fxp.lookup
func.func @float(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  fxp.observe %x "x" {range = array<f64: -3.0, 3.0>} : tensor<2x4xf32>
  %e = tosa.exp %x : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %e "e" {range = array<f64: 0.0, 20.0>} : tensor<2x4xf32>
  %t = tosa.tanh %e : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %t "kept" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  %y = tosa.cos %t : (tensor<2x4xf32>) -> tensor<2x4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The clamp stays in the matrix product's requantisation, where it makes the
// steps finer.
// CHECK-LABEL: func.func @tail
// CHECK: fxp.fully_connected {{.*}}max = [254]
// CHECK: fxp.lookup
func.func @tail(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %c = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %c "c" {range = array<f64: -2.0, 2.0>} : tensor<1x2xf32>
  %r = tosa.clamp %c {min_val = -1.0 : f32, max_val = 1.0 : f32} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %r "r" {range = array<f64: -1.0, 1.0>} : tensor<1x2xf32>
  %y = tosa.exp %r : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 3.0>} : tensor<1x2xf32>
  return %y : tensor<1x2xf32>
}
