// RUN: narrow-opt %s --convert-nn-to-linalg --split-input-file | FileCheck %s

// Loops that write over the result alone: a heap, the other elements, the order.
// CHECK-LABEL: @top_k
// CHECK-SAME: %[[X:.*]]: tensor<2x8xf32>
// CHECK: %[[R:.*]] = tensor.empty() : tensor<2x3xi32>
// CHECK: scf.for {{.*}} iter_args({{.*}} = %[[R]])
// CHECK-COUNT-2: scf.for
// CHECK: scf.while
// CHECK: scf.for
// CHECK: arith.cmpf ogt
// CHECK: scf.if
// CHECK: scf.while
// CHECK: scf.for
// CHECK: scf.while
func.func @top_k(%x: tensor<2x8xf32>) -> tensor<2x3xi32> {
  %0 = nn.top_k %x : tensor<2x8xf32> -> tensor<2x3xi32>
  return %0 : tensor<2x3xi32>
}

// -----

// CHECK-LABEL: @scatter
// CHECK-SAME: %[[T:.*]]: tensor<1x9x2xi8>, %[[I:.*]]: tensor<1x4xi32>, %[[V:.*]]: tensor<1x4x2xi8>
// CHECK: scf.for {{.*}} iter_args({{.*}} = %[[T]])
// CHECK: scf.for
// CHECK: tensor.extract %[[I]]
// CHECK: scf.for
// CHECK: tensor.extract %[[V]]
// CHECK: tensor.insert
func.func @scatter(%t: tensor<1x9x2xi8>, %i: tensor<1x4xi32>, %v: tensor<1x4x2xi8>) -> tensor<1x9x2xi8> {
  %0 = tosa.scatter %t, %i, %v : (tensor<1x9x2xi8>, tensor<1x4xi32>, tensor<1x4x2xi8>) -> tensor<1x9x2xi8>
  return %0 : tensor<1x9x2xi8>
}
