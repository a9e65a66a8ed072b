// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @conv_groups(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x2xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected groups that divide 4 input and 6 output channels, found 3}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 3 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv_weights(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x2xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected weights with 4 input channels per group, found 2}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x2xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv_size(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected result size 6 on image axis 1, found 7}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x6x7x6xf32>
  return
}

// -----

func.func @conv_kernel(%x: tensor<1x2x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected a kernel inside the padded input, found 1 positions too many on image axis 0}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x2x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x0x6x6xf32>
  return
}

// -----

func.func @conv_strides(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected 2 strides, found 1}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x6x6x6xf32>
  return
}

// -----

func.func @conv_pads(%x: tensor<1x8x8x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected pads of at least 0, found -1}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, -1, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x5x6x6xf32>
  return
}

// -----

func.func @transposed_size(%x: tensor<1x4x4x4xf32>, %w: tensor<6x3x3x4xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected a result size of at most 10 on image axis 0, found 11}}
  %0 = nn.transposed_conv2d %x, %w, %b {strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x4x4x4xf32>, tensor<6x3x3x4xf32>, tensor<6xf32>) -> tensor<1x11x9x6xf32>
  return
}

// -----

func.func @linear_weights(%x: tensor<5x8xf32>, %w: tensor<6x7xf32>, %b: tensor<6xf32>) {
  // expected-error@+1 {{expected weights of shape [6, 8], found [6, 7]}}
  %0 = nn.linear %x, %w, %b : (tensor<5x8xf32>, tensor<6x7xf32>, tensor<6xf32>) -> tensor<5x6xf32>
  return
}

// -----

func.func @matmul(%l: tensor<2x3x4xf32>, %r: tensor<1x4x5xf32>) {
  // expected-error@+1 {{expected right side of shape [2, 4, 5], found [1, 4, 5]}}
  %0 = nn.matmul %l, %r : (tensor<2x3x4xf32>, tensor<1x4x5xf32>) -> tensor<2x3x5xf32>
  return
}

// -----

func.func @pool_size(%x: tensor<1x8x8x4xf32>) {
  // expected-error@+1 {{expected result size 3 or 4 on image axis 1, found 5}}
  %0 = nn.max_pool2d %x {kernel = array<i64: 3, 3>, strides = array<i64: 2, 2>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>}
    : tensor<1x8x8x4xf32> -> tensor<1x3x5x4xf32>
  return
}

// -----

func.func @pool_beyond(%x: tensor<1x4x4x4xf32>) {
  // expected-error@+1 {{expected every window to meet the input, found one beyond it on image axis 0}}
  %0 = nn.avg_pool2d %x {kernel = array<i64: 1, 1>, strides = array<i64: 2, 1>, pads = array<i64: 0, 0, 1, 0>, dilations = array<i64: 1, 1>, count_include_pad = true}
    : tensor<1x4x4x4xf32> -> tensor<1x3x4x4xf32>
  return
}

// -----

func.func @resize_roi(%x: tensor<1x4x4x4xf32>) {
  // expected-error@+1 {{expected 4 roi values, found 0}}
  %0 = nn.resize linear tf_crop_and_resize %x {scales = array<f64: 2.0, 2.0>} : tensor<1x4x4x4xf32> -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @resize_scales(%x: tensor<1x4x4x4xf32>) {
  // expected-error@+1 {{expected scales above 0, found 0.000000e+00}}
  %0 = nn.resize linear half_pixel %x {scales = array<f64: 0.0, 2.0>} : tensor<1x4x4x4xf32> -> tensor<1x8x8x4xf32>
  return
}

// -----

func.func @softmax_mask(%x: tensor<2x4xf32>, %m: tensor<1x2xi1>) {
  // expected-error@+1 {{expected a mask that broadcasts to [2, 4], found [1, 2]}}
  %0 = nn.softmax %x mask %m {axis = 1 : i64} : tensor<2x4xf32>, tensor<1x2xi1>
  return
}

// -----

func.func @softmax_axis(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{expected an axis of at least 0 and below 2, found 2}}
  %0 = nn.softmax %x {axis = 2 : i64} : tensor<1x4xf32>
  return
}

// -----

func.func @layer_norm_scale(%x: tensor<1x4xf32>, %s: tensor<3xf32>) {
  // expected-error@+1 {{expected scale and offset of shape [4], found [3]}}
  %0 = nn.layer_norm %x, %s, %s {axis = 1 : i64, epsilon = 1.0e-5 : f32} : (tensor<1x4xf32>, tensor<3xf32>, tensor<3xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @instance_norm_rank(%x: tensor<4xf32>) {
  // expected-error@+1 {{expected an input of rank 2 or more, found 1}}
  %0 = nn.instance_norm %x, %x, %x {epsilon = 1.0e-5 : f32} : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @fake_quantize_channels(%x: tensor<1x2xf32>) {
  // expected-error@+1 {{expected a type of one scale, f32 and at most 16 bits, or 32 with a sign and zero point 0, found '!quant.uniform<i8:f32:1, {1.000000e-01,2.000000e-01}>'}}
  %0 = nn.fake_quantize %x as !quant.uniform<i8:f32:1, {0.1, 0.2}> : tensor<1x2xf32>
  return
}

// -----

func.func @prelu(%x: tensor<1x4xf32>, %s: tensor<1x3xf32>) {
  // expected-error@+1 {{expected a slope that broadcasts to [1, 4], found [1, 3]}}
  %0 = nn.prelu %x, %s : (tensor<1x4xf32>, tensor<1x3xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @unary_parameters(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{expected 2 parameters of hard_sigmoid, found 1}}
  %0 = nn.unary hard_sigmoid %x {alpha = 0.2 : f32} : tensor<1x4xf32>
  return
}

// -----

func.func @dynamic(%x: tensor<1x?xf32>) {
  // expected-error@+1 {{operand #0 must be static tensor of f32}}
  %0 = nn.unary sqrt %x : tensor<1x?xf32>
  return
}

// -----

func.func @lrn(%x: tensor<1x4xf32>) {
  // expected-error@+1 {{expected a size of at least 1, found 0}}
  %0 = nn.lrn %x {size = 0 : i64, alpha = 1.0e-4 : f32, beta = 0.75 : f32, bias = 1.0 : f32} : tensor<1x4xf32>
  return
}
