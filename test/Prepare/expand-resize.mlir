// RUN: narrow-opt %s --expand-resize | FileCheck %s

// One layer along each axis; the rows of a crop that lie outside have no
// weights and the extrapolation's number as bias.
// CHECK-LABEL: func.func @crop
// CHECK-DAG: dense<{{\[\[}}1.000000e+00, 0.000000e+00], [0.000000e+00, 1.000000e+00], [0.000000e+00, 0.000000e+00]]> : tensor<3x2xf32>
// CHECK-DAG: dense<[0.000000e+00, 0.000000e+00, 7.000000e+00]> : tensor<3xf32>
// CHECK: tosa.transpose %arg0 {perms = array<i32: 0, 2, 3, 1>}
// CHECK: nn.linear {{.*}} -> tensor<1x2x1x3xf32>
// CHECK: tosa.transpose {{.*}}perms = array<i32: 0, 3, 1, 2>}
// CHECK: tosa.transpose {{.*}}perms = array<i32: 0, 1, 3, 2>}
// CHECK: nn.linear {{.*}} -> tensor<1x3x1x2xf32>
// CHECK: tosa.transpose {{.*}}{narrow.name = "y", perms = array<i32: 0, 1, 3, 2>}
// CHECK-NOT: nn.resize
func.func @crop(%x: tensor<1x2x2x1xf32>) -> tensor<1x3x2x1xf32> {
  %y = nn.resize linear tf_crop_and_resize %x {scales = array<f64: 1.5, 1.0>, roi = array<f64: 0.0, 0.0, 2.0, 1.0>, extrapolation = 7.0 : f32, narrow.name = "y"}
    : tensor<1x2x2x1xf32> -> tensor<1x3x2x1xf32>
  return %y : tensor<1x3x2x1xf32>
}

// CHECK-LABEL: func.func @cubic
// CHECK-NOT: nn.resize
// CHECK: return
func.func @cubic(%x: tensor<1x4x4x3xf32>) -> tensor<1x8x8x3xf32> {
  %y = nn.resize cubic half_pixel %x {scales = array<f64: 2.0, 2.0>} : tensor<1x4x4x3xf32> -> tensor<1x8x8x3xf32>
  return %y : tensor<1x8x8x3xf32>
}

// Linear and nearest interpolation have forms of their own.
// CHECK-LABEL: func.func @plain
// CHECK-NOT: nn.linear
// CHECK: nn.resize linear half_pixel
// CHECK: nn.resize nearest half_pixel
func.func @plain(%x: tensor<1x4x4x3xf32>) -> tensor<1x16x16x3xf32> {
  %y = nn.resize linear half_pixel %x {scales = array<f64: 2.0, 2.0>} : tensor<1x4x4x3xf32> -> tensor<1x8x8x3xf32>
  %z = nn.resize nearest half_pixel %y {scales = array<f64: 2.0, 2.0>} : tensor<1x8x8x3xf32> -> tensor<1x16x16x3xf32>
  return %z : tensor<1x16x16x3xf32>
}
