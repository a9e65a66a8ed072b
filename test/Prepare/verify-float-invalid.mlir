// RUN: narrow-opt %s --verify-float --split-input-file --verify-diagnostics

// All that is wrong is reported.
// expected-error@+1 {{expected a tensor of f32 or integers with a static shape, found 'tensor<?x4xf32>'}}
func.func @main(%x: tensor<?x4xf32>) -> tensor<4xf64> {
  // expected-error@+1 {{expected a tensor of f32 or integers with a static shape, found 'tensor<?x4xf32>'}}
  %0 = tosa.tanh %x : (tensor<?x4xf32>) -> tensor<?x4xf32>
  // expected-error@+1 {{expected a tensor of f32 or integers with a static shape, found 'tensor<4xf64>'}}
  %1 = arith.constant dense<0.0> : tensor<4xf64>
  // expected-error@+1 {{expected an operation of the float level, found 'tosa.custom'}}
  %2 = tosa.custom %1 {operator_name = "a", domain_name = "b", implementation_attrs = ""} : (tensor<4xf64>) -> tensor<4xf64>
  return %2 : tensor<4xf64>
}

// -----

func.func @main(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error@+1 {{expected an operation of the float level, found 'math.sin'}}
  %0 = math.sin %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

func.func @main(%x: tensor<1x2xf32>) -> tensor<1x1xf32> {
  %w = "tosa.const"() <{values = dense<[[1.0, 0xFF800000]]> : tensor<1x2xf32>}> : () -> tensor<1x2xf32>
  %b = "tosa.const"() <{values = dense<0.0> : tensor<1xf32>}> : () -> tensor<1xf32>
  // expected-error@+1 {{expected finite weights, found an infinite one (element 1 of 2)}}
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<1x2xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
