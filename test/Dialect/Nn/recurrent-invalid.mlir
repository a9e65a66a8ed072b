// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @input(%x: tensor<3x1x7xf32>, %w: tensor<2x8xf32>, %h: tensor<1x2xf32>) {
  // expected-error @+1 {{expected an input of shape [3, 1, 8], found [3, 1, 7]}}
  %0:5 = nn.lstm %x, %w, %h, %h {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>, #nn.gate<tanh>], alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>}
    : (tensor<3x1x7xf32>, tensor<2x8xf32>, tensor<1x2xf32>, tensor<1x2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<3x1x8xf32>, tensor<3x1x2xf32>)
  return
}

// -----

func.func @weights(%x: tensor<3x1x2xf32>, %w: tensor<2x3xf32>, %h: tensor<1x2xf32>) {
  // expected-error @+1 {{expected weights of shape [2, 2], found [2, 3]}}
  %0:3 = nn.rnn %x, %w, %h {activations = [#nn.gate<tanh>], alphas = array<f32: 0.0>, betas = array<f32: 0.0>}
    : (tensor<3x1x2xf32>, tensor<2x3xf32>, tensor<1x2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return
}

// -----

func.func @lengths(%x: tensor<3x1x2xf32>, %w: tensor<2x2xf32>, %h: tensor<1x2xf32>, %n: tensor<2xi32>) {
  // expected-error @+1 {{expected lengths of shape [1], found [2]}}
  %0:3 = nn.rnn %x, %w, %h lengths %n {activations = [#nn.gate<tanh>], alphas = array<f32: 0.0>, betas = array<f32: 0.0>}
    : (tensor<3x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>, tensor<2xi32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return
}

// -----

func.func @activations(%x: tensor<3x1x2xf32>, %w: tensor<2x2xf32>, %h: tensor<1x2xf32>) {
  // expected-error @+1 {{expected 1 activations, alphas and betas, found 1, 2 and 1}}
  %0:3 = nn.rnn %x, %w, %h {activations = [#nn.gate<tanh>], alphas = array<f32: 0.0, 0.0>, betas = array<f32: 0.0>}
    : (tensor<3x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return
}

// -----

func.func @clip(%x: tensor<3x1x2xf32>, %w: tensor<2x2xf32>, %h: tensor<1x2xf32>) {
  // expected-error @+1 {{expected a positive clip, found}}
  %0:3 = nn.rnn %x, %w, %h {activations = [#nn.gate<tanh>], alphas = array<f32: 0.0>, betas = array<f32: 0.0>, clip = 0.0 : f32}
    : (tensor<3x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return
}

// -----

func.func @bias(%x: tensor<3x1x6xf32>, %w: tensor<2x6xf32>, %h: tensor<1x2xf32>, %b: tensor<2xf32>) {
  // expected-error @+1 {{expected a bias only with reset_after}}
  %0:3 = nn.gru %x, %w, %h bias %b {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>], alphas = array<f32: 0.0, 0.0>, betas = array<f32: 0.0, 0.0>}
    : (tensor<3x1x6xf32>, tensor<2x6xf32>, tensor<1x2xf32>, tensor<2xf32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x6xf32>)
  return
}
