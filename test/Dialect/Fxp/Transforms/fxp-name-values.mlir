// RUN: narrow-opt %s --fxp-name-values | FileCheck %s

!x = !quant.uniform<u8:f32, 0.5>
!w = !quant.uniform<i8<-127:127>:f32, 1.0>
!y = !quant.uniform<u8:f32, 0.25>

// What is named stays; the rest is named after it; numbers tell equal names
// apart; what was done before is not said again.
// CHECK-LABEL: func.func @names
// CHECK: fxp.quantize %arg0 {narrow.name = "image:quantised"}
// CHECK: fxp.constant {{.*}} {narrow.name = "fc:weights"}
// CHECK: fxp.constant {{.*}} {narrow.name = "fc:bias"}
// CHECK: fxp.fully_connected {{.*}}narrow.name = "fc"
// CHECK: fxp.requantize {{.*}}narrow.name = "fc:requantised"
// CHECK: fxp.requantize {{.*}}narrow.name = "fc:requantised_1"
// CHECK: fxp.transpose {{.*}}narrow.name = "fc:transpose"
// CHECK: fxp.dequantize {{.*}}narrow.name = "fc:dequantised"
func.func @names(%arg0: tensor<1x2xf32> {narrow.name = "image"}) -> (tensor<2x1xf32>, tensor<1x2x!y>) {
  %q = fxp.quantize %arg0 : tensor<1x2xf32> -> tensor<1x2x!x>
  %w = fxp.constant dense<[[1, -1], [2, 3]]> : tensor<2x2xi8> -> tensor<2x2x!w>
  %b = fxp.constant dense<6> : tensor<2xi32> -> tensor<2xi32>
  %0 = fxp.fully_connected %q, %w, %b <mode = q31, multiplier = [1073741824], shift = [30]> {narrow.name = "fc"} : (tensor<1x2x!x>, tensor<2x2x!w>, tensor<2xi32>) -> tensor<1x2x!x>
  %1 = fxp.requantize %0 <mode = q31, multiplier = [1073741824], shift = [29]> : tensor<1x2x!x> -> tensor<1x2x!y>
  %2 = fxp.requantize %0 <mode = q31, multiplier = [1073741824], shift = [29]> : tensor<1x2x!x> -> tensor<1x2x!y>
  %3 = fxp.transpose %1 {perms = array<i64: 1, 0>} : tensor<1x2x!y> -> tensor<2x1x!y>
  %4 = fxp.dequantize %3 : tensor<2x1x!y> -> tensor<2x1xf32>
  return %4, %2 : tensor<2x1xf32>, tensor<1x2x!y>
}

// What has no name before it is named after its op; constants that no one
// reads have no one's name.
// CHECK-LABEL: func.func @nameless
// CHECK: fxp.constant {{.*}} {narrow.name = "constant"}
// CHECK: fxp.lookup {{.*}} {narrow.name = "lookup"}
func.func @nameless(%arg0: tensor<2x!x>) -> tensor<2x!x> {
  %w = fxp.constant dense<[1, -1]> : tensor<2xi8> -> tensor<2x!w>
  %0 = fxp.lookup %arg0 dense<1> : tensor<256xi8> : tensor<2x!x> -> tensor<2x!x>
  return %0 : tensor<2x!x>
}
