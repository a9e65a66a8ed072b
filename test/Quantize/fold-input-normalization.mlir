// RUN: narrow-opt %s --fold-input-normalization="mean=2,4 scale=0.5,0.25" | FileCheck %s
// RUN: narrow-opt %s --fold-input-normalization="mean=2,4 scale=0.5,0.25" --narrow-quantize=io=quantized | FileCheck %s --check-prefix=PIXELS
// RUN: not narrow-opt %s --fold-input-normalization="mean=2,4,6 scale=1" 2>&1 | FileCheck %s --check-prefix=CHANNELS
// RUN: not narrow-opt %s --fold-input-normalization="mean=2 scale=1 input=1" 2>&1 | FileCheck %s --check-prefix=ARGUMENT

// CHANNELS: error: expected one mean and scale, or 2, found 3 and 1
// ARGUMENT: error: expected an argument below 1, found 1

// CHECK: fxp.observe %arg0 "x" {{.*}}type = !quant.uniform<u8:f32, 1.000000e+00>
// The weights 2 and 4 become 1 and 1; the bias 10 loses 2 + 4.
// CHECK-DAG: dense<1.000000e+00> : tensor<1x1x1x2xf32>
// CHECK-DAG: dense<4.000000e+00> : tensor<1xf32>
// CHECK-DAG: dense<3.000000e+00> : tensor<1xf32>
// CHECK: tosa.pad {{.*}} -> tensor<1x4x4x2xf32>
// CHECK: nn.conv2d {{.*}} pads = array<i64: 0, 0, 0, 0>
// PIXELS: (%arg0: tensor<1x2x2x2x!quant.uniform<u8:f32, 1.000000e+00>>)
// PIXELS: fxp.pad %arg0 {low = array<i64: 0, 1, 1, 0>, narrow.name = {{.*}}, value = 3 : i32}
func.func @main(%x: tensor<1x2x2x2xf32>) -> tensor<1x4x4x1xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 1.0>} : tensor<1x2x2x2xf32>
  %w = "tosa.const"() {values = dense<[[[[2.0, 4.0]]]]> : tensor<1x1x1x2xf32>} : () -> tensor<1x1x1x2xf32>
  %b = "tosa.const"() {values = dense<10.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %0 = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64} : (tensor<1x2x2x2xf32>, tensor<1x1x1x2xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32>
  fxp.observe %0 "y" {range = array<f64: -10.0, 600.0>} : tensor<1x4x4x1xf32>
  return %0 : tensor<1x4x4x1xf32>
}
