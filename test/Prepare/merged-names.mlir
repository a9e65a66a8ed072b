// RUN: narrow-opt %s --narrow-prepare --mlir-print-debuginfo | FileCheck %s

// A layer computes the nodes that went into it, and says so: a batch
// normalisation into the layer before, a pad into the layer behind. Its own
// node comes first; the tensor that is no more is kept with the nodes.
// CHECK-LABEL: func.func @layers
// CHECK: nn.conv2d {{.*}}narrow.name = "norm1_out"{{.*}} loc(#[[$CONV:loc[0-9]*]])
// CHECK: nn.conv2d {{.*}} loc(#[[$SECOND:loc[0-9]*]])
// An activation that was spelt out.
// CHECK-LABEL: func.func @activation
// CHECK: nn.unary {{.*}} loc(#[[$SWISH:loc[0-9]*]])
// CHECK-DAG: #[[C:loc[0-9]*]] = loc("conv1"
// CHECK-DAG: #[[N:loc[0-9]*]] = loc("norm1"
// CHECK-DAG: #[[T:loc[0-9]*]] = loc("conv1_out"
// CHECK-DAG: #[[P:loc[0-9]*]] = loc("pad"
// CHECK-DAG: #[[D:loc[0-9]*]] = loc("conv2"
// CHECK-DAG: #[[S:loc[0-9]*]] = loc("sigmoid"
// CHECK-DAG: #[[M:loc[0-9]*]] = loc("mul"
// CHECK-DAG: #[[$CONV]] = loc(fused[#[[C]], #[[N]], #[[T]]])
// CHECK-DAG: #[[$SECOND]] = loc(fused[#[[D]], #[[P]]])
// CHECK-DAG: #[[$SWISH]] = loc(fused[#[[M]], #[[S]]])
func.func @layers(%x: tensor<1x4x4x1xf32>) -> tensor<1x6x6x1xf32> {
  %w = "tosa.const"() {values = dense<2.0> : tensor<1x1x1x1xf32>} : () -> tensor<1x1x1x1xf32>
  %b = "tosa.const"() {values = dense<1.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = nn.conv2d %x, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64, narrow.name = "conv1_out"}
    : (tensor<1x4x4x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32> loc("conv1")
  %z = nn.batch_norm %y, %b, %b, %b, %b {epsilon = 0.25 : f32, narrow.name = "norm1_out"}
    : (tensor<1x4x4x1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>, tensor<1xf32>) -> tensor<1x4x4x1xf32> loc("norm1")
  %pads = tosa.const_shape {values = dense<[0, 0, 1, 1, 1, 1, 0, 0]> : tensor<8xindex>} : () -> !tosa.shape<8>
  %zero = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %p = tosa.pad %z, %pads, %zero : (tensor<1x4x4x1xf32>, !tosa.shape<8>, tensor<1xf32>) -> tensor<1x6x6x1xf32> loc("pad")
  %v = nn.conv2d %p, %w, %b {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x6x6x1xf32>, tensor<1x1x1x1xf32>, tensor<1xf32>) -> tensor<1x6x6x1xf32> loc("conv2")
  return %v : tensor<1x6x6x1xf32>
}

func.func @activation(%x: tensor<1x4xf32>) -> tensor<1x4xf32> {
  %shift = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %s = tosa.sigmoid %x : (tensor<1x4xf32>) -> tensor<1x4xf32> loc("sigmoid")
  %y = tosa.mul %x, %s, %shift : (tensor<1x4xf32>, tensor<1x4xf32>, tensor<1xi8>) -> tensor<1x4xf32> loc("mul")
  return %y : tensor<1x4xf32>
}
