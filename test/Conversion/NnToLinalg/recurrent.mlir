// RUN: narrow-opt %s --convert-nn-to-linalg --split-input-file | FileCheck %s

// One loop over the steps, from the last one on; each nest writes over what it starts from.
// CHECK-LABEL: @lstm
// CHECK-SAME: %[[X:.*]]: tensor<3x1x8xf32>, %[[W:.*]]: tensor<2x8xf32>, %[[H:.*]]: tensor<1x2xf32>, %[[C:.*]]: tensor<1x2xf32>
// CHECK-DAG: %[[LAST:.*]] = arith.constant 2 : index
// CHECK-DAG: %[[STEPS:.*]] = arith.constant 3 : index
// CHECK: scf.for %[[I:.*]] = %{{.*}} to %[[STEPS]] step %{{.*}} iter_args(%[[G:.*]] = %[[X]], %{{.*}} = %{{.*}}, %[[S:.*]] = %[[H]], %{{.*}} = %{{.*}}, %{{.*}} = %[[C]])
// CHECK: %[[T:.*]] = arith.subi %[[LAST]], %[[I]]
// CHECK: %[[ROW:.*]] = tensor.extract_slice %[[G]][%[[T]], 0, 0] [1, 1, 8] [1, 1, 1] : tensor<3x1x8xf32> to tensor<1x8xf32>
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction", "parallel"]} ins(%[[S]], %[[W]] : {{.*}}) outs(%[[ROW]]
// CHECK-COUNT-2: math.tanh
// CHECK-NOT: tensor.empty
// CHECK: scf.yield
func.func @lstm(%x: tensor<3x1x8xf32>, %w: tensor<2x8xf32>, %h: tensor<1x2xf32>, %c: tensor<1x2xf32>) -> tensor<3x1x2xf32> {
  %0:5 = nn.lstm %x, %w, %h, %c {activations = [#nn.gate<sigmoid>, #nn.gate<tanh>, #nn.gate<tanh>],
      alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>, reverse}
    : (tensor<3x1x8xf32>, tensor<2x8xf32>, tensor<1x2xf32>, tensor<1x2xf32>)
    -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<1x2xf32>, tensor<3x1x8xf32>, tensor<3x1x2xf32>)
  return %0#0 : tensor<3x1x2xf32>
}

// -----

// A clamp before the function; a state that stays where a sequence has no such step, and zeros there.
// CHECK-LABEL: @rnn
// CHECK: scf.for
// CHECK: arith.cmpi slt
// CHECK: arith.maximumf
// CHECK: arith.minimumf
// CHECK: arith.select
// CHECK: arith.cmpi slt
// CHECK: %[[ZERO:.*]] = arith.constant 0.0
// CHECK: arith.select %{{.*}}, %{{.*}}, %[[ZERO]] : f32
func.func @rnn(%x: tensor<3x1x2xf32>, %w: tensor<2x2xf32>, %h: tensor<1x2xf32>, %n: tensor<1xi32>) -> tensor<3x1x2xf32> {
  %0:3 = nn.rnn %x, %w, %h lengths %n {activations = [#nn.gate<affine>], alphas = array<f32: 2.0>, betas = array<f32: 0.5>, clip = 3.0 : f32}
    : (tensor<3x1x2xf32>, tensor<2x2xf32>, tensor<1x2xf32>, tensor<1xi32>) -> (tensor<3x1x2xf32>, tensor<1x2xf32>, tensor<3x1x2xf32>)
  return %0#0 : tensor<3x1x2xf32>
}
