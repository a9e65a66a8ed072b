// RUN: narrow-opt %s --narrow-quantize 2>&1 | FileCheck %s
// RUN: narrow-opt %s --narrow-quantize=per-tensor=true | FileCheck %s --check-prefix=TENSOR
// RUN: narrow-opt %s --narrow-quantize=full-range=true | FileCheck %s --check-prefix=FULL
// RUN: narrow-opt %s --narrow-quantize=weight-bits=4 | FileCheck %s --check-prefix=FOUR
// RUN: narrow-opt %s --narrow-quantize=requant=q31 | FileCheck %s --check-prefix=EXACT
// RUN: narrow-opt %s --narrow-quantize=requant=f32 | FileCheck %s --check-prefix=FLOAT
// RUN: narrow-opt %s --narrow-quantize="requant=pow2 pow2=true" | FileCheck %s --check-prefix=POW2
// RUN: narrow-opt %s --narrow-quantize=symmetric=true | FileCheck %s --check-prefix=SYM
// RUN: narrow-opt %s --narrow-quantize=io=quantized | FileCheck %s --check-prefix=IO
// RUN: narrow-opt %s --narrow-quantize=bits=16 | FileCheck %s --check-prefix=WIDE

// The whole way with each option; rescales around the concatenation are gone.
// CHECK-LABEL: func.func @main
// CHECK: -> tensor<2x2x!quant.uniform<i8<-127:127>:f32:0, {
// CHECK: fxp.fully_connected {{.*}} <mode = q15
// CHECK-NOT: fxp.requantize
// CHECK: fxp.concat
// CHECK: fxp.dequantize
// TENSOR: -> tensor<2x2x!quant.uniform<i8<-127:127>:f32, {{[0-9]}}
// FULL: -> tensor<2x2x!quant.uniform<i8:f32:0, {
// FOUR: -> tensor<2x2x!quant.uniform<i4<-7:7>:f32:0, {{.*}}storage = #fxp.storage<i4>
// EXACT: fxp.fully_connected {{.*}} <mode = q31
// FLOAT: fxp.fully_connected {{.*}} <mode = f32
// POW2: fxp.fully_connected {{.*}} <mode = pow2
// SYM: fxp.quantize {{.*}} -> tensor<1x2x!quant.uniform<i8:f32, {{[0-9.e-]*}}>>
// IO: (%arg0: tensor<1x2x!quant.uniform<u8:f32, {{.*}}>>) -> tensor<1x4x!quant.uniform<u8:f32, {{.*}}>>
// WIDE: fxp.fully_connected {{.*}} tensor<2xi64>) -> tensor<1x2x!quant.uniform<i16:f32
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x4xf32> {
  fxp.observe %x "x" {range = array<f64: -1.0, 0.75>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 1000.0 : f32} : (tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %1 "y" {range = array<f64: 0.0, 2.0>} : tensor<1x2xf32>
  %2 = tosa.add %1, %x : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  fxp.observe %2 "z" {range = array<f64: -1.0, 2.75>} : tensor<1x2xf32>
  %3 = tosa.concat %1, %2 {axis = 1 : i32} : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x4xf32>
  fxp.observe %3 "both" {range = array<f64: -1.0, 2.75>} : tensor<1x4xf32>
  return %3 : tensor<1x4xf32>
}
