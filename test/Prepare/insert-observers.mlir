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
