// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @f(%x: tensor<2x8xf32>) {
  // expected-error @below {{expected 1 to 8 places in each of 2 rows (rule N73), found 'tensor<2x9xi32>'}}
  %0 = nn.top_k %x : tensor<2x8xf32> -> tensor<2x9xi32>
  return
}

// -----

func.func @f(%x: tensor<2x8xf32>) {
  // expected-error @below {{expected 1 to 8 places in each of 2 rows (rule N73), found 'tensor<1x3xi32>'}}
  %0 = nn.top_k %x : tensor<2x8xf32> -> tensor<1x3xi32>
  return
}

// -----

func.func @f(%x: tensor<2x8xf32>) {
  // expected-error @below {{expected a type of one scale, f32 and at most 16 bits, or 32 with a sign and zero point 0, found '!quant.uniform<i32:f32, 1.000000e+00:3>'}}
  %0 = nn.fake_quantize %x as !quant.uniform<i32:f32, 1.0:3> : tensor<2x8xf32>
  return
}
