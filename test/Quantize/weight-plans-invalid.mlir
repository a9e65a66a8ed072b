// RUN: narrow-opt %s --quantize --split-input-file --verify-diagnostics

func.func @lookup(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{expected weights planned as i8, i4 or i2 without blocks, found lut4}}
  %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = lut4, bits = 8>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}

// -----

func.func @blocks(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-error @below {{expected weights planned as i8, i4 or i2 without blocks, found i4 in blocks of 32}}
  %0 = nn.linear %x, %w, %b {narrow.weights = #fxp.weights<storage = i4, bits = 4, block = 32>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
