// RUN: narrow-opt %s --quantize --split-input-file --verify-diagnostics | FileCheck %s

// An op without a fixed-point form stays in float between casts.
// CHECK-LABEL: func.func @island
func.func @island(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.5>} : tensor<1x8xf32>
  // CHECK: %[[A:.*]] = fxp.lookup
  %0 = tosa.sigmoid %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  fxp.observe %0 "a" {type = !quant.uniform<u8:f32, 0.00390625>} : tensor<1x8xf32>
  // CHECK: %[[F:.*]] = fxp.dequantize %[[A]]
  // CHECK: %[[L:.*]] = nn.lrn %[[F]]
  // CHECK: fxp.quantize %[[L]]
  // expected-remark @below {{'nn.lrn': stays in float: no fixed-point form of this operation is known [stays-float]}}
  %1 = nn.lrn %0 {size = 3 : i64, alpha = 0.1 : f32, beta = 0.5 : f32, bias = 1.0 : f32} : tensor<1x8xf32>
  fxp.observe %1 "b" {type = !quant.uniform<u8:f32, 0.00390625>} : tensor<1x8xf32>
  %2 = tosa.tanh %1 : (tensor<1x8xf32>) -> tensor<1x8xf32>
  fxp.observe %2 "c" {type = !quant.uniform<u8:f32, 0.00390625>} : tensor<1x8xf32>
  return %2 : tensor<1x8xf32>
}

// -----

// CHECK-LABEL: func.func @unplanned
func.func @unplanned(%x: tensor<1x8xf32>) -> tensor<1x8xf32> {
  // CHECK: tosa.sigmoid
  // expected-remark @below {{no range is known for its input}}
  %0 = tosa.sigmoid %x : (tensor<1x8xf32>) -> tensor<1x8xf32>
  return %0 : tensor<1x8xf32>
}

// -----

// Channels that are all zero, and weights too small beside their bias.
func.func @channels(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  fxp.observe %x "x" {type = !quant.uniform<u8:f32, 0.01>} : tensor<1x2xf32>
  %w = "tosa.const"() {values = dense<[[0.0, 0.0], [1.0e-12, 1.0e-12]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  // expected-remark @below {{1 output channel (0) with all weights zero: constant outputs [dead-channel]}}
  // expected-remark @below {{1 output channel (1) with weights so small beside their bias that a coarser scale is used [raised-weight-scale]}}
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  fxp.observe %0 "y" {type = !quant.uniform<u8:f32, 0.01:128>} : tensor<1x2xf32>
  return %0 : tensor<1x2xf32>
}
