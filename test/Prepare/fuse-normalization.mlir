// RUN: narrow-opt %s --pass-pipeline='builtin.module(func.func(fuse-normalization))' | FileCheck %s

// A layer norm with its scale and offset; the mean by one sum, the root by a power.
// CHECK-LABEL: func.func @layer
// CHECK-DAG: %[[S:.*]] = "tosa.const"() <{values = dense<[1.000000e+00, 2.000000e+00, 3.000000e+00, 4.000000e+00]>
// CHECK-DAG: %[[O:.*]] = "tosa.const"() <{values = dense<5.000000e-01>
// CHECK: %[[Y:.*]] = nn.layer_norm %arg0, %[[S]], %[[O]] {axis = 1 : i64, epsilon = 9.99999974E-6 : f32, narrow.name = "y"}
// CHECK: return %[[Y]]
func.func @layer(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %two = "tosa.const"() {values = dense<2.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %half = "tosa.const"() {values = dense<0.5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %eps = "tosa.const"() {values = dense<1.0e-5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %scale = "tosa.const"() {values = dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>} : () -> tensor<1x4xf32>
  %sum = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %mean = tosa.mul %sum, %quarter, %shift : (tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x1xf32>
  %d = tosa.sub %x, %mean : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %q = tosa.pow %d, %two : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %v = tosa.mul %s, %quarter, %shift : (tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x1xf32>
  %e = tosa.add %v, %eps : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %root = tosa.pow %e, %half : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %r = tosa.reciprocal %root : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %n = tosa.mul %d, %r, %shift : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %m = tosa.mul %n, %scale, %shift : (tensor<2x4xf32>, tensor<1x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %y = tosa.add %m, %half {narrow.name = "y"} : (tensor<2x4xf32>, tensor<1x1xf32>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// The mean square without its axis, and with it again: no mean is taken away.
// CHECK-LABEL: func.func @root_mean_square
// CHECK: nn.rms_norm %arg0, %{{.*}} {axis = 1 : i64, epsilon = 9.99999974E-6 : f32}
func.func @root_mean_square(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1xf32>} : () -> tensor<1xf32>
  %eps = "tosa.const"() {values = dense<1.0e-5> : tensor<1xf32>} : () -> tensor<1xf32>
  %flat = tosa.const_shape {values = dense<[2]> : tensor<1xindex>} : () -> !tosa.shape<1>
  %column = tosa.const_shape {values = dense<[2, 1]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %q = tosa.mul %x, %x, %shift : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %f = tosa.reshape %s, %flat : (tensor<2x1xf32>, !tosa.shape<1>) -> tensor<2xf32>
  %v = tosa.mul %f, %quarter, %shift : (tensor<2xf32>, tensor<1xf32>, tensor<1xi8>) -> tensor<2xf32>
  %e = tosa.add %v, %eps : (tensor<2xf32>, tensor<1xf32>) -> tensor<2xf32>
  %r = tosa.rsqrt %e : (tensor<2xf32>) -> tensor<2xf32>
  %c = tosa.reshape %r, %column : (tensor<2xf32>, !tosa.shape<2>) -> tensor<2x1xf32>
  %y = tosa.mul %x, %c, %shift : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// L2: the root of the sum of 4 squares, bounded and spread, is twice that of their mean.
// CHECK-LABEL: func.func @l2
// CHECK: %[[HALF:.*]] = "tosa.const"() <{values = dense<5.000000e-01> : tensor<4xf32>}>
// CHECK: nn.rms_norm %arg0, %[[HALF]] {axis = 1 : i64, epsilon = 5.000000e-07 : f32, floor}
func.func @l2(%x: tensor<2x4xf32>) -> tensor<2x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %eps = "tosa.const"() {values = dense<1.0e-6> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %times = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %q = tosa.mul %x, %x, %shift : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %root = nn.unary sqrt %s : tensor<2x1xf32>
  %b = tosa.maximum %root, %eps : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %w = tosa.tile %b, %times : (tensor<2x1xf32>, !tosa.shape<2>) -> tensor<2x4xf32>
  %r = tosa.reciprocal %w : (tensor<2x4xf32>) -> tensor<2x4xf32>
  %y = tosa.mul %x, %r, %shift : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %y : tensor<2x4xf32>
}

// Channels of an image [N, C, H, W]: they go last. The sum over two axes is one mean.
// CHECK-LABEL: func.func @instance
// CHECK: %[[T:.*]] = tosa.transpose %arg0 {perms = array<i32: 0, 2, 3, 1>}
// CHECK: %[[N:.*]] = nn.instance_norm %[[T]]
// CHECK: tosa.transpose %[[N]] {perms = array<i32: 0, 3, 1, 2>}
func.func @instance(%x: tensor<1x3x2x2xf32>) -> tensor<1x3x2x2xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %s0 = tosa.reduce_sum %x {axis = 2 : i32} : (tensor<1x3x2x2xf32>) -> tensor<1x3x1x2xf32>
  %s1 = tosa.reduce_sum %s0 {axis = 3 : i32} : (tensor<1x3x1x2xf32>) -> tensor<1x3x1x1xf32>
  %mean = tosa.mul %s1, %quarter, %shift : (tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x3x1x1xf32>
  %d = tosa.sub %x, %mean : (tensor<1x3x2x2xf32>, tensor<1x3x1x1xf32>) -> tensor<1x3x2x2xf32>
  %q = tosa.mul %d, %d, %shift : (tensor<1x3x2x2xf32>, tensor<1x3x2x2xf32>, tensor<1xi8>) -> tensor<1x3x2x2xf32>
  %q0 = tosa.reduce_sum %q {axis = 3 : i32} : (tensor<1x3x2x2xf32>) -> tensor<1x3x2x1xf32>
  %q1 = tosa.reduce_sum %q0 {axis = 2 : i32} : (tensor<1x3x2x1xf32>) -> tensor<1x3x1x1xf32>
  %v = tosa.mul %q1, %quarter, %shift : (tensor<1x3x1x1xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x3x1x1xf32>
  %r = tosa.rsqrt %v : (tensor<1x3x1x1xf32>) -> tensor<1x3x1x1xf32>
  %y = tosa.mul %d, %r, %shift : (tensor<1x3x2x2xf32>, tensor<1x3x1x1xf32>, tensor<1xi8>) -> tensor<1x3x2x2xf32>
  return %y : tensor<1x3x2x2xf32>
}

// Not one: another value is divided, rows land on other axes, a factor that is no mean.
// CHECK-LABEL: func.func @others
// CHECK-NOT: nn.
// CHECK: return
func.func @others(%x: tensor<4x4xf32>, %z: tensor<4x4xf32>) -> (tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %third = "tosa.const"() {values = dense<0.33> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %row = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %q = tosa.mul %x, %x, %shift : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  %r = tosa.rsqrt %s : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %a = tosa.mul %z, %r, %shift : (tensor<4x4xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  %t = tosa.reshape %r, %row : (tensor<4x1xf32>, !tosa.shape<2>) -> tensor<1x4xf32>
  %b = tosa.mul %x, %t, %shift : (tensor<4x4xf32>, tensor<1x4xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  %v = tosa.mul %s, %third, %shift : (tensor<4x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x1xf32>
  %w = tosa.rsqrt %v : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %c = tosa.mul %x, %w, %shift : (tensor<4x4xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  return %a, %b, %c : tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>
}

// A mean over another axis: the difference is normalised without one.
// CHECK-LABEL: func.func @other_mean
// CHECK: %[[D:.*]] = tosa.sub
// CHECK: nn.rms_norm %[[D]]
func.func @other_mean(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sum = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<4x4xf32>) -> tensor<1x4xf32>
  %mean = tosa.mul %sum, %quarter, %shift : (tensor<1x4xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<1x4xf32>
  %d = tosa.sub %x, %mean : (tensor<4x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  %q = tosa.mul %d, %d, %shift : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  %v = tosa.mul %s, %quarter, %shift : (tensor<4x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x1xf32>
  %r = tosa.rsqrt %v : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %y = tosa.mul %d, %r, %shift : (tensor<4x4xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}

// Products that stay: by a computed scale, by one that differs from row to row, and
// behind a norm that something else reads.
// CHECK-LABEL: func.func @products
// CHECK-COUNT-3: tosa.mul
// CHECK: return
func.func @products(%x: tensor<2x4xf32>, %z: tensor<1x4xf32>) -> (tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>) {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %one = "tosa.const"() {values = dense<1.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %rows = "tosa.const"() {values = dense<[[1.0], [2.0]]> : tensor<2x1xf32>} : () -> tensor<2x1xf32>
  %two = "tosa.const"() {values = dense<2.0> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %a = nn.rms_norm %x, %one {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %0 = tosa.mul %a, %z, %shift : (tensor<2x4xf32>, tensor<1x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %b = nn.rms_norm %0, %one {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %1 = tosa.mul %b, %rows, %shift : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %c = nn.rms_norm %1, %one {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  %2 = tosa.mul %c, %two, %shift : (tensor<2x4xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %1, %2, %c : tensor<2x4xf32>, tensor<2x4xf32>, tensor<2x4xf32>
}

// A mean that is computed once more for the variance, as it is used behind it as
// well; the variance is unbiased, of 4 elements 4/3 of the mean square.
// CHECK-LABEL: func.func @mean_and_variance
// CHECK: %[[R:.*]] = "tosa.const"() <{values = dense<0.866025388> : tensor<4xf32>}>
// CHECK: %[[N:.*]] = nn.layer_norm %arg0, %[[R]], %{{.*}} {axis = 1 : i64, epsilon = 7.500000e-04 : f32, narrow.name = "n"}
// CHECK: return %[[N]], %{{.*}}, %{{.*}}
func.func @mean_and_variance(%x: tensor<2x4xf32>) -> (tensor<2x4xf32>, tensor<2x1xf32>, tensor<2x1xf32>) {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %third = "tosa.const"() {values = dense<0.333333343> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %half = "tosa.const"() {values = dense<0.5> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %eps = "tosa.const"() {values = dense<1.0e-3> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sum = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %mean = tosa.mul %sum, %quarter, %shift {narrow.name = "mean"} : (tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x1xf32>
  %d = tosa.sub %x, %mean {narrow.name = "d"} : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %again = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %other = tosa.mul %again, %quarter, %shift {narrow.name = "other"} : (tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x1xf32>
  %c = tosa.sub %x, %other {narrow.name = "c"} : (tensor<2x4xf32>, tensor<2x1xf32>) -> tensor<2x4xf32>
  %q = tosa.mul %c, %c, %shift : (tensor<2x4xf32>, tensor<2x4xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<2x4xf32>) -> tensor<2x1xf32>
  %v = tosa.mul %s, %third, %shift : (tensor<2x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<2x1xf32>
  %e = tosa.add %v, %eps : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %root = tosa.pow %e, %half : (tensor<2x1xf32>, tensor<1x1xf32>) -> tensor<2x1xf32>
  %r = tosa.reciprocal %root : (tensor<2x1xf32>) -> tensor<2x1xf32>
  %n = tosa.mul %d, %r, %shift {narrow.name = "n"} : (tensor<2x4xf32>, tensor<2x1xf32>, tensor<1xi8>) -> tensor<2x4xf32>
  return %n, %mean, %root : tensor<2x4xf32>, tensor<2x1xf32>, tensor<2x1xf32>
}

// A variance around the mean of other axes is none of this value's.
// CHECK-LABEL: func.func @mean_of_other_axes
// CHECK-NOT: nn.
func.func @mean_of_other_axes(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %quarter = "tosa.const"() {values = dense<0.25> : tensor<1x1xf32>} : () -> tensor<1x1xf32>
  %sum = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  %mean = tosa.mul %sum, %quarter, %shift : (tensor<4x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x1xf32>
  %d = tosa.sub %x, %mean : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32>
  %columns = tosa.reduce_sum %x {axis = 0 : i32} : (tensor<4x4xf32>) -> tensor<1x4xf32>
  %other = tosa.mul %columns, %quarter, %shift : (tensor<1x4xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<1x4xf32>
  %c = tosa.sub %x, %other : (tensor<4x4xf32>, tensor<1x4xf32>) -> tensor<4x4xf32>
  %q = tosa.mul %c, %c, %shift : (tensor<4x4xf32>, tensor<4x4xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  %s = tosa.reduce_sum %q {axis = 1 : i32} : (tensor<4x4xf32>) -> tensor<4x1xf32>
  %v = tosa.mul %s, %quarter, %shift : (tensor<4x1xf32>, tensor<1x1xf32>, tensor<1xi8>) -> tensor<4x1xf32>
  %r = tosa.rsqrt %v : (tensor<4x1xf32>) -> tensor<4x1xf32>
  %n = tosa.mul %d, %r, %shift : (tensor<4x4xf32>, tensor<4x1xf32>, tensor<1xi8>) -> tensor<4x4xf32>
  return %n : tensor<4x4xf32>
}
