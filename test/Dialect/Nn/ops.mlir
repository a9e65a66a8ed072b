// RUN: narrow-opt %s | narrow-opt | FileCheck %s
// RUN: narrow-opt %s --mlir-print-op-generic | narrow-opt | FileCheck %s

// CHECK-LABEL: @contractions
func.func @contractions(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x2xf32>, %b: tensor<6xf32>,
                        %v: tensor<5x8xf32>, %l: tensor<6x8xf32>, %m: tensor<2x3x4xf32>, %n: tensor<2x4x5xf32>) {
  // CHECK: nn.conv2d %{{.*}}, %{{.*}}, %{{.*}} {dilations = array<i64: 1, 1>, groups = 2 : i64, pads = array<i64: 1, 1, 1, 1>, strides = array<i64: 2, 2>}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<1x4x4x6xf32>
  // CHECK: nn.transposed_conv2d
  %1 = nn.transposed_conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 1, 1>, dilations = array<i64: 1, 1>, groups = 2 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<1x16x16x6xf32>
  // CHECK: nn.linear
  %2 = nn.linear %v, %l, %b : (tensor<5x8xf32>, tensor<6x8xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  // CHECK: nn.matmul
  %3 = nn.matmul %m, %n : (tensor<2x3x4xf32>, tensor<2x4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// CHECK-LABEL: @images
func.func @images(%x: tensor<1x8x8x4xf32>) {
  // CHECK: nn.max_pool2d
  %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x8x8x4xf32> -> tensor<1x4x4x4xf32>
  // CHECK: nn.avg_pool2d
  %1 = nn.avg_pool2d %x {kernel = array<i64: 8, 8>, strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, count_include_pad = false}
    : tensor<1x8x8x4xf32> -> tensor<1x1x1x4xf32>
  // CHECK: nn.resize linear half_pixel %{{.*}} {scales = array<f64: 2.000000e+00, 2.000000e+00>}
  %2 = nn.resize linear half_pixel %x {scales = array<f64: 2.0, 2.0>} : tensor<1x8x8x4xf32> -> tensor<1x16x16x4xf32>
  // CHECK: nn.resize nearest asymmetric %{{.*}} {nearest_mode = #nn.nearest_mode<floor>
  %3 = nn.resize nearest asymmetric %x {scales = array<f64: 2.0, 2.0>, nearest_mode = #nn.nearest_mode<floor>}
    : tensor<1x8x8x4xf32> -> tensor<1x16x16x4xf32>
  // CHECK: nn.lrn
  %4 = nn.lrn %x {size = 3 : i64, alpha = 1.0e-4 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : tensor<1x8x8x4xf32>
  return
}

// CHECK-LABEL: @normalisations
func.func @normalisations(%x: tensor<1x8x8x4xf32>, %c: tensor<4xf32>, %s: tensor<8x4xf32>) {
  // CHECK: nn.batch_norm
  %0 = nn.batch_norm %x, %c, %c, %c, %c {epsilon = 1.0e-5 : f32}
    : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.instance_norm
  %1 = nn.instance_norm %x, %c, %c {epsilon = 1.0e-5 : f32}
    : (tensor<1x8x8x4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.layer_norm
  %2 = nn.layer_norm %x, %s, %s {axis = 2 : i64, epsilon = 1.0e-5 : f32}
    : (tensor<1x8x8x4xf32>, tensor<8x4xf32>, tensor<8x4xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.rms_norm
  %3 = nn.rms_norm %x, %c {axis = 3 : i64, epsilon = 1.0e-5 : f32}
    : (tensor<1x8x8x4xf32>, tensor<4xf32>) -> tensor<1x8x8x4xf32>
  // CHECK: nn.softmax
  %4 = nn.softmax %x {axis = 3 : i64} : tensor<1x8x8x4xf32>
  // CHECK: nn.softmax %{{.*}} mask %{{.*}} {axis = 3 : i64} : tensor<1x8x8x4xf32>, tensor<1x1x8x4xi1>
  %m = "tosa.const"() {values = dense<true> : tensor<1x1x8x4xi1>} : () -> tensor<1x1x8x4xi1>
  %6 = nn.softmax %x mask %m {axis = 3 : i64} : tensor<1x8x8x4xf32>, tensor<1x1x8x4xi1>
  // CHECK: nn.log_softmax
  %5 = nn.log_softmax %x {axis = 1 : i64} : tensor<1x8x8x4xf32>
  return
}

// CHECK-LABEL: @elementwise
func.func @elementwise(%x: tensor<1x8x4xf32>, %s: tensor<1x1x4xf32>) {
  // CHECK: nn.fake_quantize %{{.*}} as !quant.uniform<u8:f32, 2.000000e-02:128> : tensor<1x8x4xf32>
  %q = nn.fake_quantize %x as !quant.uniform<u8:f32, 0.02:128> : tensor<1x8x4xf32>
  // CHECK: nn.prelu
  %0 = nn.prelu %x, %s : (tensor<1x8x4xf32>, tensor<1x1x4xf32>) -> tensor<1x8x4xf32>
  // CHECK: nn.unary gelu %
  %1 = nn.unary gelu %x : tensor<1x8x4xf32>
  // CHECK: nn.unary leaky_relu %{{.*}} {alpha = 0.00999999977 : f32}
  %2 = nn.unary leaky_relu %x {alpha = 0.01 : f32} : tensor<1x8x4xf32>
  // CHECK: nn.unary hard_sigmoid
  %3 = nn.unary hard_sigmoid %x {alpha = 0.2 : f32, beta = 0.5 : f32} : tensor<1x8x4xf32>
  return
}

// CHECK-LABEL: @recurrent
func.func @recurrent(%x: tensor<3x1x8xf32>, %w: tensor<2x8xf32>, %h: tensor<1x2xf32>, %p: tensor<6xf32>, %n: tensor<1xi32>,
                     %y: tensor<3x1x6xf32>, %v: tensor<2x6xf32>, %b: tensor<2xf32>, %z: tensor<3x1x2xf32>, %u: tensor<2x2xf32>) {
  // CHECK: nn.lstm %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} peepholes %{{.*}} lengths %{{.*}} {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>, #nn.gate<relu>], {{.*}}clip = 3.000000e+00 : f32{{.*}}input_forget{{.*}}reverse}
  %0:5 = nn.lstm %x, %w, %h, %h peepholes %p lengths %n {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>, #nn.gate<relu>],
      alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>, clip = 3.0 : f32, reverse, input_forget}
    : (tensor<3x1x8xf32>, tensor<2x8xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<6xf32>, tensor<1xi32>)
    -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<3x1x8xf32>, tensor<3x1x2xf32>)
  // CHECK: nn.gru %{{.*}}, %{{.*}}, %{{.*}} bias %{{.*}} {activations = [#nn.gate<hard_sigmoid>, #nn.gate<tanh>]
  %1:3 = nn.gru %y, %v, %h bias %b {activations = [#nn.gate<hard_sigmoid>, #nn.gate<tanh>],
      alphas = array<f32: 0.2, 0.0>, betas = array<f32: 0.5, 0.0>, reset_after}
    : (tensor<3x1x6xf32>, tensor<2x6xf32>, tensor<1x2xf32>, tensor<2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x6xf32>)
  // CHECK: nn.rnn
  %2:3 = nn.rnn %z, %u, %h {activations = [#nn.gate<affine>], alphas = array<f32: 2.0>, betas = array<f32: 0.5>}
    : (tensor<3x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return
}
