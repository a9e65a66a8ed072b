// RUN: narrow-opt %s --plan-types --quantize --split-input-file | FileCheck %s
// RUN: narrow-opt %s --plan-types --quantize=io=quantized --split-input-file | FileCheck %s --check-prefix=IO

// A convolution with its ReLU6: the clamp is the result's range and a bound.
// CHECK-LABEL: func.func @convolution
// CHECK: fxp.quantize %arg0 : tensor<1x4x4x2xf32> -> tensor<1x4x4x2x!quant.uniform<u8:f32, [[S:.*]]:127>>
// CHECK: fxp.constant dense<{{\[\[\[\[}}64, -127]]], {{\[\[\[}}127, 51]]]]> : tensor<2x1x1x2xi8> -> tensor<2x1x1x2x!quant.uniform<i8<-127:127>:f32:0, {
// CHECK: fxp.constant {{.*}} -> tensor<2xi32>
// CHECK: fxp.conv2d {{.*}} <mode = q15, {{.*}}max = [204]> {dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "r", pads = array<i64: 0, 0, 0, 0>, strides = array<i64: 1, 1>}
// CHECK-NOT: clamp
// CHECK: fxp.dequantize
// IO-LABEL: func.func @convolution
// IO-SAME: (%arg0: tensor<1x4x4x2x!quant.uniform<u8:f32, {{.*}}:127>>) -> tensor<1x4x4x2x!quant.uniform<u8:f32
// IO-NOT: fxp.quantize
// IO-NOT: fxp.dequantize
func.func @convolution(%x: tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x4x4x2xf32>
  %w = "tosa.const"() {values = dense<[[[[0.5, -1.0]]], [[[0.25, 0.1]]]]> : tensor<2x1x1x2xf32>} : () -> tensor<2x1x1x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %c = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  %r = tosa.clamp %c {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %r "r" {range = array<f64: 0.0, 7.5>} : tensor<1x4x4x2xf32>
  %e = tosa.exp %r : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %e "e" {range = array<f64: 1.0, 400.0>} : tensor<1x4x4x2xf32>
  return %e : tensor<1x4x4x2xf32>
}

// -----

// A clamp below which somebody else reads the convolution is an op of its own.
// CHECK-LABEL: func.func @two_readers
// CHECK: fxp.conv2d
// CHECK: fxp.lookup
// CHECK: fxp.add
func.func @two_readers(%x: tensor<1x4x4x2xf32>) -> (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x4x4x2xf32>
  %w = "tosa.const"() {values = dense<[[[[0.5, -1.0]]], [[[0.25, 0.1]]]]> : tensor<2x1x1x2xf32>} : () -> tensor<2x1x1x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %c = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x4x4x2xf32>, tensor<2x1x1x2xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %c "c" {range = array<f64: -2.0, 2.0>} : tensor<1x4x4x2xf32>
  %r = tosa.clamp %c {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %r "r" {range = array<f64: 0.0, 2.0>} : tensor<1x4x4x2xf32>
  %s = tosa.add %c, %r : (tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  fxp.observe %s "s" {range = array<f64: -2.0, 4.0>} : tensor<1x4x4x2xf32>
  return %s, %r : tensor<1x4x4x2xf32>, tensor<1x4x4x2xf32>
}

// -----

// A mean over one axis divides in the requantisation; a sum over an image is a
// pool that divides by one; other factors than reciprocals of whole numbers are
// tables of their own.
// CHECK-LABEL: func.func @sums
// CHECK: fxp.reduce_sum {{.*}} {axis = 1 : i64, divisor = 3 : i64
// CHECK-SAME: -> tensor<2x1x4x!quant.uniform<u8:f32, {{.*}}>>
// CHECK-NOT: fxp.lookup
// CHECK: fxp.reduce_sum {{.*}} {axis = 2 : i64{{.*}}}
// CHECK: fxp.lookup
func.func @sums(%x: tensor<2x3x4xf32>) -> (tensor<2x1x4xf32>, tensor<2x3x1xf32>) {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<2x3x4xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %third = "tosa.const"() {values = dense<0.333333343> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  %h = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<2x3x4xf32>) -> tensor<2x1x4xf32>
  fxp.observe %h "h" {range = array<f64: 0.0, 3.0>} : tensor<2x1x4xf32>
  %m = tosa.mul %h, %third, %shift : (tensor<2x1x4xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x1x4xf32>
  fxp.observe %m "m" {range = array<f64: 0.0, 1.0>} : tensor<2x1x4xf32>
  %factor = "tosa.const"() {values = dense<0.3> : tensor<1x1x1xf32>} : () -> tensor<1x1x1xf32>
  fxp.observe %factor "factor" {range = array<f64: 0.0, 0.3>} : tensor<1x1x1xf32>
  %v = tosa.reduce_sum %x {axis = 2 : i32} : (tensor<2x3x4xf32>) -> tensor<2x3x1xf32>
  fxp.observe %v "v" {range = array<f64: 0.0, 4.0>} : tensor<2x3x1xf32>
  %p = tosa.mul %v, %factor, %shift : (tensor<2x3x1xf32>, tensor<1x1x1xf32>, tensor<1xi8>) -> tensor<2x3x1xf32>
  fxp.observe %p "p" {range = array<f64: 0.0, 1.2>} : tensor<2x3x1xf32>
  return %m, %p : tensor<2x1x4xf32>, tensor<2x3x1xf32>
}

// -----

// A sum over an image is a pool that divides by one; the divisor of a pool is
// at most its window.
// CHECK-LABEL: func.func @image_sums
// CHECK: fxp.avg_pool2d {{.*}} {counts = array<i64: 1>, kernel = array<i64: 2, 2>
// CHECK: fxp.reduce_sum {{.*}} {axis = 1 : i64{{.*}}}
// CHECK: fxp.reduce_sum {{.*}} {axis = 2 : i64, divisor = 5 : i64
func.func @image_sums(%x: tensor<1x2x2x3xf32>) -> (tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>) {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<1x2x2x3xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %h = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<1x2x2x3xf32>) -> tensor<1x1x2x3xf32>
  fxp.observe %h "h" {range = array<f64: 0.0, 2.0>} : tensor<1x1x2x3xf32>
  %v = tosa.reduce_sum %h {axis = 2 : i32} : (tensor<1x1x2x3xf32>) -> tensor<1x1x1x3xf32>
  fxp.observe %v "v" {range = array<f64: 0.0, 4.0>} : tensor<1x1x1x3xf32>
  %g = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<1x2x2x3xf32>) -> tensor<1x1x2x3xf32>
  fxp.observe %g "g" {range = array<f64: 0.0, 2.0>} : tensor<1x1x2x3xf32>
  %w = tosa.reduce_sum %g {axis = 2 : i32} : (tensor<1x1x2x3xf32>) -> tensor<1x1x1x3xf32>
  fxp.observe %w "w" {range = array<f64: 0.0, 4.0>} : tensor<1x1x1x3xf32>
  %fifth = "tosa.const"() {values = dense<0.2> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %m = tosa.mul %w, %fifth, %shift : (tensor<1x1x1x3xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x1x3xf32>
  fxp.observe %m "m" {range = array<f64: 0.0, 0.8>} : tensor<1x1x1x3xf32>
  return %v, %m : tensor<1x1x1x3xf32>, tensor<1x1x1x3xf32>
}

// -----

// The mean over both image axes, spelled as sums and a product, is one pool.
// CHECK-LABEL: func.func @mean
// CHECK: fxp.avg_pool2d {{.*}} {counts = array<i64: 16>, kernel = array<i64: 4, 4>
// CHECK-NOT: reduce_sum
// CHECK: fxp.reshape
// CHECK: fxp.fully_connected {{.*}} <mode = q31, {{.*}} -> tensor<1x3x!quant.uniform<i16:f32
// CHECK: fxp.softmax
func.func @mean(%x: tensor<1x4x4x2xf32>) -> tensor<1x3xf32> {
  fxp.observe %x "x" {range = array<f64: 0.0, 1.0>} : tensor<1x4x4x2xf32>
  %h = tosa.reduce_sum %x {axis = 1 : i32} : (tensor<1x4x4x2xf32>) -> tensor<1x1x4x2xf32>
  %v = tosa.reduce_sum %h {axis = 2 : i32} : (tensor<1x1x4x2xf32>) -> tensor<1x1x1x2xf32>
  %n = "tosa.const"() {values = dense<0.0625> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = tosa.mul %v, %n, %shift : (tensor<1x1x1x2xf32>, tensor<1x1x1x1xf32>, tensor<1xi8>) -> tensor<1x1x1x2xf32>
  fxp.observe %m "m" {range = array<f64: 0.0, 0.75>} : tensor<1x1x1x2xf32>
  %shape = tosa.const_shape {values = dense<[1, 2]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %q = tosa.reshape %m, %shape : (tensor<1x1x1x2xf32>, !tosa.shape<2>) -> tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1], [0.7, -0.2]]> : tensor<3x2xf32>} : () -> tensor<3x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5, 0.1]> : tensor<3xf32>} : () -> tensor<3xf32>
  %l = nn.linear %q, %w, %b : (tensor<1x2xf32>, tensor<3x2xf32>, tensor<3xf32>) -> tensor<1x3xf32>
  fxp.observe %l "l" {range = array<f64: -2.0, 1.0>} : tensor<1x3xf32>
  %o = nn.softmax %l {axis = 1 : i64} : tensor<1x3xf32>
  fxp.observe %o "o" {range = array<f64: 0.0, 1.0>} : tensor<1x3xf32>
  return %o : tensor<1x3xf32>
}

// -----

// Log-softmax has its own form, along the last axis; what leaves has 16 bits.
// CHECK-LABEL: func.func @log_softmax
// CHECK: fxp.transpose {{.*}} {perms = array<i64: 0, 2, 1>}
// CHECK: fxp.log_softmax {{.*}} -> tensor<1x2x3x!quant.uniform<i16:f32
// CHECK: fxp.transpose {{.*}} {{.*}}perms = array<i64: 0, 2, 1>}
// CHECK: fxp.dequantize
func.func @log_softmax(%x: tensor<1x3x2xf32>) -> tensor<1x3x2xf32> {
  fxp.observe %x "x" {range = array<f64: -4.0, 3.0>} : tensor<1x3x2xf32>
  %o = nn.log_softmax %x {axis = 1 : i64} : tensor<1x3x2xf32>
  fxp.observe %o "o" {range = array<f64: -8.0, 0.0>} : tensor<1x3x2xf32>
  return %o : tensor<1x3x2xf32>
}

// -----

// Movement, padding with the zero point, and a PReLU with its own slopes.
// CHECK-LABEL: func.func @movement
// CHECK: fxp.pad {{.*}} {low = array<i64: 0, 1, 1, 0>, value = 128 : i32}
// CHECK: fxp.transpose {{.*}} {perms = array<i64: 0, 2, 1, 3>}
// CHECK: fxp.slice {{.*}} {starts = array<i64: 0, 1, 0, 0>, steps = array<i64: 1, 1, 1, 1>}
// CHECK: fxp.resize
// CHECK: fxp.concat
// CHECK: fxp.lookup {{.*}} : tensor<2x256xi8>
func.func @movement(%x: tensor<1x2x2x2xf32>) -> tensor<1x6x8x2xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 0.9921875>} : tensor<1x2x2x2xf32>
  %padding = tosa.const_shape {values = dense<[0, 0, 1, 1, 1, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %p = tosa.pad %x, %padding, %zero : (tensor<1x2x2x2xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x4x4x2xf32>
  %t = tosa.transpose %p {perms = array<i32: 0, 2, 1, 3>} : (tensor<1x4x4x2xf32>) -> tensor<1x4x4x2xf32>
  %start = tosa.const_shape {values = dense<[0, 1, 0, 0]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %size = tosa.const_shape {values = dense<[1, 3, 4, 2]> : tensor<4xindex>} : () -> !tosa.shape<4>
  %s = tosa.slice %t, %start, %size : (tensor<1x4x4x2xf32>, !tosa.shape<4>, !tosa.shape<4>) -> tensor<1x3x4x2xf32>
  %r = nn.resize nearest asymmetric %s {scales = array<f64: 2.0, 1.0>, nearest_mode = #nn.nearest_mode<floor>} : tensor<1x3x4x2xf32> -> tensor<1x6x4x2xf32>
  %c = tosa.concat %r, %r {axis = 2 : i32} : (tensor<1x6x4x2xf32>, tensor<1x6x4x2xf32>) -> tensor<1x6x8x2xf32>
  fxp.observe %c "c" {range = array<f64: -1.0, 0.9>} : tensor<1x6x8x2xf32>
  %slope = "tosa.const"() {values = dense<[[[[0.1, 0.2]]]]> : tensor<1x1x1x2xf32>} : () -> tensor<1x1x1x2xf32>
  %y = nn.prelu %c, %slope : (tensor<1x6x8x2xf32>, tensor<1x1x1x2xf32>) -> tensor<1x6x8x2xf32>
  fxp.observe %y "y" {range = array<f64: -0.2, 0.9>} : tensor<1x6x8x2xf32>
  return %y : tensor<1x6x8x2xf32>
}

// -----

// 16 bits go through an interpolated table, but for sums of two values, which have arithmetic of their own.
// CHECK-LABEL: func.func @wide_function
// CHECK: fxp.interpolate {{.*}} : tensor<4x!quant.uniform<i16
func.func @wide_function(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -4.0, 4.0>, type = !quant.uniform<i16:f32, 1.3e-4>} : tensor<4xf32>
  %0 = tosa.tanh %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %0 "y" {range = array<f64: -1.0, 1.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @wide_sum
// CHECK-NOT: fxp.lookup
// CHECK: fxp.add
func.func @wide_sum(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -4.0, 4.0>, type = !quant.uniform<i16:f32, 1.3e-4>} : tensor<4xf32>
  fxp.observe %y "z" {range = array<f64: -4.0, 4.0>} : tensor<4xf32>
  %0 = tosa.add %x, %y : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %0 "y" {range = array<f64: -8.0, 8.0>} : tensor<4xf32>
  return %0 : tensor<4xf32>
}
