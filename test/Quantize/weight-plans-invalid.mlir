// RUN: narrow-opt %s --quantize --split-input-file --verify-diagnostics

func.func @lookup(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{expected weights planned as i16, i8, i4 or i2, found lut4}}
  %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = lut4, bits = 8>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @blocks(%x: tensor<1x4x4x1xf32>) -> tensor<1x4x4x2xf32> {
  %w = "tosa.const"() {values = dense<0.5> : tensor<2x1x1x1xf32>} : () -> tensor<2x1x1x1xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{expected blocks of weights of a linear layer or a convolution that sums over several input channels, found blocks of 32 of 'nn.conv2d'}}
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.weights = #fxp.weights<storage = i4, bits = 4, block = 32>} : (tensor<1x4x4x1xf32>, tensor<2x1x1x1xf32>, tensor<2xf32>) -> tensor<1x4x4x2xf32>
  return %0 : tensor<1x4x4x2xf32>
}

// -----

func.func @bits(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{expected 4 bits, neither of the full range nor exact, in blocks of weights, found 3 bits of the full range}}
  %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 3, block = 32, full_range = true>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
