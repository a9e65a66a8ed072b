// RUN: narrow-opt %s --import-linalg --split-input-file --verify-diagnostics

func.func @dynamic(%x: tensor<?xf32>, %o: tensor<?xf32>) -> tensor<?xf32> {
  // expected-error @+1 {{(linalg.exp): expected tensors of static shape, found 'tensor<?xf32>'}}
  %y = linalg.exp ins(%x : tensor<?xf32>) outs(%o : tensor<?xf32>) -> tensor<?xf32>
  return %y : tensor<?xf32>
}

// -----

func.func @half(%x: tensor<2xf16>, %o: tensor<2xf16>) -> tensor<2xf16> {
  // expected-error @+1 {{expected elements of f32, f64, i1, i32 or i64, found 'f16'}}
  %y = linalg.exp ins(%x : tensor<2xf16>) outs(%o : tensor<2xf16>) -> tensor<2xf16>
  return %y : tensor<2xf16>
}

// -----

func.func @diagonal(%x: tensor<2x2xf32>, %o: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{(linalg.generic): expected indexing maps that name a loop once, found '(d0) -> (d0, d0)'}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i, i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<2x2xf32>) outs(%o : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @shifted(%x: tensor<4xf32>, %o: tensor<3xf32>) -> tensor<3xf32> {
  // expected-error @+1 {{expected indexing maps of single loops, found '(d0) -> (d0 + 1)'}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i + 1)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<4xf32>) outs(%o : tensor<3xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<3xf32>
  return %y : tensor<3xf32>
}

// -----

func.func @function(%x: tensor<2xf32>, %o: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{'math.cbrt' has no form of the float level}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<2xf32>) outs(%o : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = math.cbrt %in : f32
    linalg.yield %0 : f32
  } -> tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @reduction(%x: tensor<2xf32>, %o: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected a reduction by a sum, a product, a maximum, a minimum or the place of a maximum}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> ()>], iterator_types = ["reduction"]}
      ins(%x : tensor<2xf32>) outs(%o : tensor<f32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.subf %in, %out : f32
    linalg.yield %0 : f32
  } -> tensor<f32>
  return %y : tensor<f32>
}

// -----

func.func @volume(%x: tensor<1x2x2x2x1xf32>, %w: tensor<1x1x1x1x1xf32>, %o: tensor<1x2x2x2x1xf32>) -> tensor<1x2x2x2x1xf32> {
  // expected-error @+1 {{(linalg.conv_3d_ndhwc_dhwcf): expected windows along one or two axes, found 3}}
  %y = linalg.conv_3d_ndhwc_dhwcf {dilations = dense<1> : tensor<3xi64>, strides = dense<1> : tensor<3xi64>}
    ins(%x, %w : tensor<1x2x2x2x1xf32>, tensor<1x1x1x1x1xf32>) outs(%o : tensor<1x2x2x2x1xf32>) -> tensor<1x2x2x2x1xf32>
  return %y : tensor<1x2x2x2x1xf32>
}

// -----

ml_program.global private mutable @state(dense<0.0> : tensor<2xf32>) : tensor<2xf32>
func.func @global(%x: tensor<2xf32>) -> tensor<2xf32> {
  // expected-error @+1 {{(ml_program.global_load): expected an operation of linalg, tensor, arith, math or TOSA that the float level has}}
  %y = ml_program.global_load @state : tensor<2xf32>
  return %y : tensor<2xf32>
}

// -----

func.func @asserted(%x: tensor<2xf32>) -> tensor<2xf32> {
  %false = arith.constant false
  // expected-error @+1 {{expected what the model asserts: never}}
  cf.assert %false, "never"
  return %x : tensor<2xf32>
}
