// RUN: narrow-opt %s --fuse-softmax-mask --split-input-file | FileCheck %s

// A constant mask, of -10^4 or minus infinity, on either side of the sum.
// CHECK-LABEL: @constant
// CHECK-DAG: %[[M:.*]] = "tosa.const"() <{values = dense<{{.*}}[true, false], [true, true]{{.*}}> : tensor<1x2x2xi1>}>
// CHECK-DAG: %[[N:.*]] = "tosa.const"() <{values = dense<{{.*}}[true, false]{{.*}}> : tensor<1x1x2xi1>}>
// CHECK: nn.softmax %arg0 mask %[[M]] {axis = 2 : i64} : tensor<3x2x2xf32>, tensor<1x2x2xi1>
// CHECK: nn.softmax %arg0 mask %[[N]] {axis = 2 : i64} : tensor<3x2x2xf32>, tensor<1x1x2xi1>
func.func @constant(%x: tensor<3x2x2xf32>) -> (tensor<3x2x2xf32>, tensor<3x2x2xf32>) {
  %m = "tosa.const"() {values = dense<[[[0.0, -1.0e4], [0.0, 0.0]]]> : tensor<1x2x2xf32>} : () -> tensor<1x2x2xf32>
  %n = "tosa.const"() {values = dense<[[[0.0, 0xFF800000]]]> : tensor<1x1x2xf32>} : () -> tensor<1x1x2xf32>
  %a = tosa.add %x, %m : (tensor<3x2x2xf32>, tensor<1x2x2xf32>) -> tensor<3x2x2xf32>
  %y = nn.softmax %a {axis = 2 : i64} : tensor<3x2x2xf32>
  %b = tosa.add %n, %x : (tensor<1x1x2xf32>, tensor<3x2x2xf32>) -> tensor<3x2x2xf32>
  %z = nn.softmax %b {axis = 2 : i64} : tensor<3x2x2xf32>
  return %y, %z : tensor<3x2x2xf32>, tensor<3x2x2xf32>
}

// -----

// Biases by distance, and the -100 of shifted windows, are values.
// CHECK-LABEL: @biases
// CHECK: tosa.add
// CHECK-NOT: mask
// CHECK: return
func.func @biases(%x: tensor<2x3xf32>) -> (tensor<2x3xf32>, tensor<2x3xf32>) {
  %m = "tosa.const"() {values = dense<[[0.0, -0.5, -1.0], [-4096.0, -2048.0, 0.0]]> : tensor<2x3xf32>} : () -> tensor<2x3xf32>
  %w = "tosa.const"() {values = dense<[[0.0, -100.0, 0.0]]> : tensor<1x3xf32>} : () -> tensor<1x3xf32>
  %a = tosa.add %x, %m : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %y = nn.softmax %a {axis = 1 : i64} : tensor<2x3xf32>
  %b = tosa.add %x, %w : (tensor<2x3xf32>, tensor<1x3xf32>) -> tensor<2x3xf32>
  %z = nn.softmax %b {axis = 1 : i64} : tensor<2x3xf32>
  return %y, %z : tensor<2x3xf32>, tensor<2x3xf32>
}

// -----

// Biases beside masks in one constant: the biases stay.
// CHECK-LABEL: @biases_and_mask
// CHECK-DAG: %[[B:.*]] = "tosa.const"() <{values = dense<{{.*}}[0.000000e+00, 0.000000e+00], [-1.250000e-01, 0.000000e+00]{{.*}}> : tensor<2x2xf32>}>
// CHECK-DAG: %[[M:.*]] = "tosa.const"() <{values = dense<{{.*}}[true, false], [true, true]{{.*}}> : tensor<2x2xi1>}>
// CHECK: %[[A:.*]] = tosa.add %arg0, %[[B]]
// CHECK: nn.softmax %[[A]] mask %[[M]]
func.func @biases_and_mask(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %m = "tosa.const"() {values = dense<[[0.0, -3.0e38], [-0.125, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %a = tosa.add %x, %m : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = nn.softmax %a {axis = 1 : i64} : tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

// Of a row that is masked throughout, -10^4 leaves the scores as they are.
// CHECK-LABEL: @empty_row
// CHECK: %[[ANY:.*]] = tosa.reduce_any %[[M:.*]] {axis = 1 : i32}
// CHECK: %[[NONE:.*]] = tosa.logical_not %[[ANY]]
// CHECK: %[[OPEN:.*]] = tosa.logical_or %[[NONE]], %[[M]]
// CHECK: nn.softmax %arg0 mask %[[OPEN]]
func.func @empty_row(%x: tensor<2x2xf32>) -> tensor<2x2xf32> {
  %m = "tosa.const"() {values = dense<[[-1.0e4, -1.0e4], [0.0, 0.0]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %a = tosa.add %x, %m : (tensor<2x2xf32>, tensor<2x2xf32>) -> tensor<2x2xf32>
  %y = nn.softmax %a {axis = 1 : i64} : tensor<2x2xf32>
  return %y : tensor<2x2xf32>
}

// -----

// As BERT's exporters write it: (1 - mask) * -10^9, from integers.
// CHECK-LABEL: @computed
// CHECK: %[[GE:.*]] = tosa.greater_equal %arg1, %{{.*}} : (tensor<1x1x4xi32>, tensor<1x1x1xi32>) -> tensor<1x1x4xi1>
// CHECK: %[[NOT:.*]] = tosa.logical_not %[[GE]]
// CHECK: %[[BACK:.*]] = tosa.logical_not %[[NOT]]
// CHECK: nn.softmax %arg0 mask %[[BACK]] {axis = 2 : i64} : tensor<2x4x4xf32>, tensor<1x1x4xi1>
func.func @computed(%x: tensor<2x4x4xf32>, %mask: tensor<1x1x4xi32>) -> tensor<2x4x4xf32> {
  %one = "tosa.const"() {values = dense<1.0> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %low = "tosa.const"() {values = dense<-1.0e9> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %f = tosa.cast %mask : (tensor<1x1x4xi32>) -> tensor<1x1x4xf32>
  %i = tosa.sub %one, %f : (tensor<1x1x1xf32>, tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
  %m = tosa.mul %i, %low, %shift : (tensor<1x1x4xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x4xf32>
  %a = tosa.add %x, %m : (tensor<2x4x4xf32>, tensor<1x1x4xf32>) -> tensor<2x4x4xf32>
  %y = nn.softmax %a {axis = 2 : i64} : tensor<2x4x4xf32>
  return %y : tensor<2x4x4xf32>
}

// -----

// The same, moved between the cast and the difference.
// CHECK-LABEL: @computed_and_moved
// CHECK: nn.softmax %arg0 mask %{{.*}} {axis = 2 : i64} : tensor<2x4x4xf32>, tensor<1x1x4xi1>
func.func @computed_and_moved(%x: tensor<2x4x4xf32>, %mask: tensor<1x4xi64>) -> tensor<2x4x4xf32> {
  %one = "tosa.const"() {values = dense<1.0> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %low = "tosa.const"() {values = dense<-1.0e4> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %shape = tosa.const_shape {values = dense<[1, 1, 4]> : tensor<3xindex>} : () -> !tosa.shape<3>
  %f = tosa.cast %mask : (tensor<1x4xi64>) -> tensor<1x4xf32>
  %r = tosa.reshape %f, %shape : (tensor<1x4xf32>, !tosa.shape<3>) -> tensor<1x1x4xf32>
  %s = tosa.sub %one, %r : (tensor<1x1x1xf32>, tensor<1x1x4xf32>) -> tensor<1x1x4xf32>
  %m = tosa.mul %s, %low, %shift : (tensor<1x1x4xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x4xf32>
  %a = tosa.add %x, %m : (tensor<2x4x4xf32>, tensor<1x1x4xf32>) -> tensor<2x4x4xf32>
  %y = nn.softmax %a {axis = 2 : i64} : tensor<2x4x4xf32>
  return %y : tensor<2x4x4xf32>
}

// -----

// A product with an unknown float can be a soft bias.
// CHECK-LABEL: @scaled_float
// CHECK: nn.softmax %{{[a-z0-9]*}} {axis
func.func @scaled_float(%x: tensor<2x4xf32>, %f: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %low = "tosa.const"() {values = dense<-1.0e4> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = tosa.mul %f, %low, %shift : (tensor<2x4xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %a = tosa.add %x, %m : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = nn.softmax %a {axis = 1 : i64} : tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// -----

// A choice on either side, and one within an addend that is moved; a mask of
// its own and another join.
// CHECK-LABEL: @selected
// CHECK: %[[N:.*]] = tosa.logical_not %arg1
// CHECK: nn.softmax %arg0 mask %[[N]]
// CHECK: %[[R:.*]] = tosa.reshape %arg2
// CHECK: %[[BOTH:.*]] = tosa.logical_and %{{.*}}, %{{.*}}
// CHECK: nn.softmax %arg0 mask %[[BOTH]]
func.func @selected(%x: tensor<2x4xf32>, %c: tensor<2x4xi1>, %d: tensor<4xi1>) -> (tensor<2x4xf32>, tensor<2x4xf32>) {
  %low = "tosa.const"() {values = dense<-3.0e38> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %low1 = "tosa.const"() {values = dense<-3.0e38> : tensor<1xf32>} : () -> tensor<1xf32>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %s = tosa.select %c, %low, %x : (tensor<2x4xi1>, tensor<1x1xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = nn.softmax %s {axis = 1 : i64} : tensor<2x4xf32>
  %m = tosa.select %d, %zero, %low1 : (tensor<4xi1>, tensor<1xf32>, tensor<1xf32>) -> tensor<4xf32>
  %shape = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %r = tosa.reshape %m, %shape : (tensor<4xf32>, !tosa.shape<2>) -> tensor<1x4xf32>
  %t = tosa.select %c, %x, %low : (tensor<2x4xi1>, tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xf32>
  %a = tosa.add %t, %r : (tensor<2x4xf32>, tensor<1x4xf32>) -> tensor<2x4xf32>
  %z = nn.softmax %a {axis = 1 : i64} : tensor<2x4xf32>
  return %y, %z : tensor<2x4xf32>, tensor<2x4xf32>
}
