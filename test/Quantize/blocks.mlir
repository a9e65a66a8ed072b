// RUN: narrow-opt %s --narrow-quantize="weight-bits=4 weight-block=32" --split-input-file | FileCheck %s
// RUN: narrow-opt %s --narrow-quantize="weight-bits=4 weight-block=32 requant=pow2 pow2=true" --split-input-file | FileCheck %s --check-prefix=POW2

// Weights that are 3 and 15 times others of 4 bits in two blocks, and a short
// third one of less: each is what it was.
// CHECK-LABEL: func.func @main
// CHECK: fxp.constant dense<{{\[\[}}21, -3, 0, 3, 3,{{.*}} 105, -15, 0, 15, 15,{{.*}} 7, -1]]> : tensor<1x66xi8> -> tensor<1x66x!quant.uniform<i8<-127:127>:f32:0, {{.*}}{narrow.block = 32 : i64, {{.*}}storage = #fxp.storage<i4>}
// POW2: {narrow.block = 32 : i64, {{.*}}storage = #fxp.storage<i4>}
func.func @main(%x: tensor<1x66xf32>) -> tensor<1x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x66xf32>
  %w = "tosa.const"() {values = dense<[[
    1.3125, -0.1875, 0.0, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875, 0.1875,
    6.5625, -0.9375, 0.0, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375, 0.9375,
    0.4375, -0.0625]]> : tensor<1x66xf32>} : () -> tensor<1x66xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x66xf32>, tensor<1x66xf32>, tensor<1xf32>) -> tensor<1x1xf32>
  fxp.observe %0 "y" {range = array<f64: -70.0, 70.0>} : tensor<1x1xf32>
  return %0 : tensor<1x1xf32>
}
