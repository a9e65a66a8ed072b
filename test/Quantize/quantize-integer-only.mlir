// RUN: narrow-opt %s --quantize=integer-only=true --verify-diagnostics

func.func @main(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.5>} : tensor<1x8xf32>
  // expected-error @below {{'nn.lrn' (nn.lrn) cannot be computed in integers: no fixed-point form of this operation is known}}
  %0 = nn.lrn %x {size = 3 : i64, alpha = 0.1 : f32, beta = 0.5 : f32, bias = 1.0 : f32} : tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}
