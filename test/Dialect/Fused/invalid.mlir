// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @weights(%x: tensor<1x4x4x2xf32>, %w: tensor<53xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 54 weights, found 'tensor<53xf32>'}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<53xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @bias(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<4xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 3 biases, found 'tensor<4xf32>'}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<4xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @tile(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 3 tile sizes, found 2}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @kernel(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected kernel sizes of at least 1, found 0}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 0>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @size(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected a result with size 2 along axis 1, found 4}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 0, 1, 0, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @other(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x2x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected operands of the body that repeat to 'tensor<1x4x4x3xf32>', found 'tensor<1x1x2x3xf32>'}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x2x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @body(%x: tensor<1x4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected a body of 2 f32 values}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}

// -----

func.func @rank(%x: tensor<4x4x2xf32>, %w: tensor<54xf32>, %b: tensor<3xf32>, %r: tensor<1x1x3xf32>, %init: tensor<4x4x3xf32>) {
  // expected-error @below {{expected an image of rank 4 for a window, found rank 3}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<4x4x2xf32>, tensor<54xf32>, tensor<3xf32>, tensor<1x1x3xf32>) outs(%init : tensor<4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<4x4x3xf32>
  return
}

// -----

func.func @depthwise(%x: tensor<1x4x4x2xf32>, %w: tensor<27xf32>, %b: tensor<3xf32>, %r: tensor<1x1x1x3xf32>, %init: tensor<1x4x4x3xf32>) {
  // expected-error @below {{expected 2 channels, found 3}}
  %0 = fused.contraction ins(%x, %w, %b, %r : tensor<1x4x4x2xf32>, tensor<27xf32>, tensor<3xf32>, tensor<1x1x1x3xf32>) outs(%init : tensor<1x4x4x3xf32>)
    attributes {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, tile = array<i64: 4, 3, 4>, depthwise} {
  ^bb0(%sum: f32, %other: f32):
    fused.yield %sum : f32
  } -> tensor<1x4x4x3xf32>
  return
}
