// RUN: narrow-opt %s --insert-observers | FileCheck %s
// RUN: narrow-opt %s --insert-observers --insert-observers | FileCheck %s

// CHECK-LABEL: @main
// CHECK-NEXT: fxp.observe %arg0 "image"
// CHECK-NEXT: fxp.observe %arg1 "arg1"
// CHECK-NOT: fxp.observe
// CHECK: nn.linear
// CHECK-NEXT: %[[R:.*]] = tosa.clamp
// CHECK-NEXT: fxp.observe %[[R]] "relu"
// CHECK-NEXT: tosa.reshape
// CHECK-NEXT: tosa.const_shape
// CHECK-NEXT: tosa.reshape
// CHECK-NEXT: %[[T:.*]] = tosa.tanh
// CHECK-NEXT: fxp.observe %[[T]] "relu_1"
// CHECK-NEXT: %[[A:.*]] = tosa.add
// CHECK-NEXT: fxp.observe %[[A]] "add"
// CHECK-NEXT: tosa.clamp
// CHECK-NEXT: fxp.observe %{{.*}} "clamp"
// CHECK-NEXT: %[[B:.*]] = tosa.add
// CHECK-NEXT: fxp.observe %[[B]] "logits"
// CHECK-NEXT: tosa.argmax
// CHECK-NEXT: return
func.func @main(%x: tensor<1x4xf32> {narrow.name = "image"}, %y: tensor<1x4xf32>, %i: tensor<1xi32>)
    -> (tensor<1x4xf32> {narrow.name = "logits"}, tensor<1xi32>) {
  %w = "tosa.const"() {values = dense<1.0> : tensor<4x4xf32>} : () -> tensor<4x4xf32>
  %b = "tosa.const"() {values = dense<1.0> : tensor<4xf32>} : () -> tensor<4xf32>
  %s = tosa.const_shape {values = dense<[4]> : tensor<1xindex>} : () -> !tosa.shape<1>
  // The clamp alone reads it.
  %0 = nn.linear %x, %w, %b : (tensor<1x4xf32>, tensor<4x4xf32>, tensor<4xf32>) -> tensor<1x4xf32>
  %1 = tosa.clamp %0 {min_val = 0.0 : f32, max_val = 6.0 : f32, narrow.name = "relu"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // Moved values have their operand's range.
  %2 = tosa.reshape %1, %s : (tensor<1x4xf32>, !tosa.shape<1>) -> tensor<4xf32>
  %t = tosa.const_shape {values = dense<[1, 4]> : tensor<2xindex>} : () -> !tosa.shape<2>
  %3 = tosa.reshape %2, %t : (tensor<4xf32>, !tosa.shape<2>) -> tensor<1x4xf32>
  // The name is taken.
  %4 = tosa.tanh %3 {narrow.name = "relu"} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  // The clamp is not its only reader.
  %5 = tosa.add %4, %y : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %6 = tosa.clamp %5 {min_val = 0.0 : f32, max_val = 6.0 : f32} : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %7 = tosa.add %5, %6 : (tensor<1x4xf32>, tensor<1x4xf32>) -> tensor<1x4xf32>
  %8 = tosa.argmax %7 {axis = 1 : i32} : (tensor<1x4xf32>) -> tensor<1xi32>
  return %7, %8 : tensor<1x4xf32>, tensor<1xi32>
}

// A fake quantisation gives its type to itself and to what nothing else reads;
// a softmax has its own.
// CHECK-LABEL: @given
// CHECK-NEXT: fxp.observe %arg0 "arg0" {type = !quant.uniform<u8:f32, 2.000000e-02:128>}
// CHECK-NEXT: %[[X:.*]] = nn.fake_quantize
// CHECK-NEXT: fxp.observe %[[X]] "fake_quantize" {type = !quant.uniform<u8:f32, 2.000000e-02:128>}
// CHECK-NEXT: %[[T:.*]] = tosa.tanh
// CHECK-NEXT: fxp.observe %[[T]] "tanh" :
// CHECK-NEXT: nn.fake_quantize
// CHECK: %[[S:.*]] = nn.softmax
// CHECK-NEXT: fxp.observe %[[S]] "softmax" :
// CHECK-NEXT: nn.fake_quantize
func.func @given(%x: tensor<1x4xf32>) -> (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>) {
  %0 = nn.fake_quantize %x as !quant.uniform<u8:f32, 0.02:128> : tensor<1x4xf32>
  // Two readers want it in two types.
  %1 = tosa.tanh %0 : (tensor<1x4xf32>) -> tensor<1x4xf32>
  %2 = nn.fake_quantize %1 as !quant.uniform<i8:f32, 0.01> : tensor<1x4xf32>
  %3 = nn.fake_quantize %1 as !quant.uniform<i8:f32, 0.02> : tensor<1x4xf32>
  %4 = nn.softmax %0 {axis = 1 : i64} : tensor<1x4xf32>
  %5 = nn.fake_quantize %4 as !quant.uniform<i8:f32, 0.004:-128> : tensor<1x4xf32>
  return %2, %3, %5 : tensor<1x4xf32>, tensor<1x4xf32>, tensor<1x4xf32>
}
