// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<0x8xf32>) {
  // expected-error @below {{expected elements to find a range of, found 'tensor<0x8xf32>'}}
  %0 = nn.dynamic_fake_quantize %x : tensor<0x8xf32>
  return
}

// -----

func.func @f(%s: tensor<3x4xi8>, %c: tensor<4xf32>) {
  // expected-error @below {{expected a scale for each output channel of 'tensor<3x4xf32>', found 'tensor<4xf32>'}}
  %0 = nn.dequantize_weights %s, %c : (tensor<3x4xi8>, tensor<4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%s: tensor<3x4xi8>, %c: tensor<3xf32>) {
  // expected-error @below {{expected stored weights of shape [3, 5], found 'tensor<3x4xi8>'}}
  %0 = nn.dequantize_weights %s, %c : (tensor<3x4xi8>, tensor<3xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @f(%c: tensor<3xf32>) {
  %s = "tosa.const"() {values = dense<0x7C00> : tensor<3x5xf16>} : () -> tensor<3x5xf16>
  // expected-error @below {{expected finite weights of 16 bits (N71)}}
  %0 = nn.dequantize_weights %s, %c : (tensor<3x5xf16>, tensor<3xf32>) -> tensor<3x5xf32>
  return
}

// -----

func.func @f(%s: tensor<3x5xbf16>, %c: tensor<3xf32>) {
  // expected-error @below {{expected pairs in bytes, found 'tensor<3x5xbf16>'}}
  %0 = nn.dequantize_weights %s, %c {pairs} : (tensor<3x5xbf16>, tensor<3xf32>) -> tensor<3x10xf32>
  return
}

// -----

// Four bits of an odd number take a byte more.
func.func @f(%s: tensor<3x2xi8>, %c: tensor<3xf32>) {
  // expected-error @below {{expected stored weights of shape [3, 3], found 'tensor<3x2xi8>'}}
  %0 = nn.dequantize_weights %s, %c {pairs} : (tensor<3x2xi8>, tensor<3xf32>) -> tensor<3x5xf32>
  return
}
