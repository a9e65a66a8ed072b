// RUN: narrow-opt %s --import-linalg --split-input-file --verify-diagnostics | FileCheck %s

// A sum of a window that is divided by its size is a mean.
// CHECK-LABEL: @pools
// CHECK: %[[M:.*]] = nn.avg_pool2d {{.*}}count_include_pad = true
// CHECK-NOT: tosa.mul
// CHECK: nn.max_pool2d
func.func @pools(%x: tensor<1x2x4x4xf32>) -> tensor<1x2x1x1xf32> {
  %zero = arith.constant 0.0 : f32
  %four = arith.constant 4.0 : f32
  %least = arith.constant 0xFF800000 : f32
  %k = tensor.empty() : tensor<2x2xf32>
  %e = tensor.empty() : tensor<1x2x2x2xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %s = linalg.pooling_nchw_sum {dilations = dense<1> : tensor<2xi64>, strides = dense<2> : tensor<2xi64>}
    ins(%x, %k : tensor<1x2x4x4xf32>, tensor<2x2xf32>) outs(%f : tensor<1x2x2x2xf32>) -> tensor<1x2x2x2xf32>
  %m = linalg.generic {indexing_maps = [affine_map<(a, b, c, d) -> (a, b, c, d)>, affine_map<(a, b, c, d) -> (a, b, c, d)>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel"]} ins(%s : tensor<1x2x2x2xf32>) outs(%e : tensor<1x2x2x2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.divf %in, %four : f32
    linalg.yield %0 : f32
  } -> tensor<1x2x2x2xf32>
  %e1 = tensor.empty() : tensor<1x2x1x1xf32>
  %f1 = linalg.fill ins(%least : f32) outs(%e1 : tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  %y = linalg.pooling_nchw_max {dilations = dense<1> : tensor<2xi64>, strides = dense<1> : tensor<2xi64>}
    ins(%m, %k : tensor<1x2x2x2xf32>, tensor<2x2xf32>) outs(%f1 : tensor<1x2x1x1xf32>) -> tensor<1x2x1x1xf32>
  return %y : tensor<1x2x1x1xf32>
}

// -----

// A comparison whose sides are chosen from, a sigmoid that is spelled out, a broadcast that is permuted.
// CHECK-LABEL: @elementwise
// CHECK: %[[A:.*]] = tosa.maximum %arg0
// CHECK-SAME: narrow.name = "relu"
// CHECK-DAG: %[[S:.*]] = tosa.sigmoid %[[A]]
// CHECK-DAG: %[[C:.*]] = tosa.transpose %arg1 {perms = array<i32: 1, 0>}
// CHECK: tosa.mul %[[S]], %[[C]]
// CHECK-NOT: tosa.exp
func.func @elementwise(%x: tensor<2x3xf32>, %c: tensor<3x2xf32>) -> tensor<2x3xf32> {
  %zero = arith.constant 0.0 : f32
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<2x3xf32>
  %r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : tensor<2x3xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.cmpf ugt, %in, %zero : f32
    %1 = arith.select %0, %in, %zero : f32
    linalg.yield %1 : f32
  } -> tensor<2x3xf32> loc("relu")
  %y = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%r, %c : tensor<2x3xf32>, tensor<3x2xf32>) outs(%e : tensor<2x3xf32>) {
  ^bb0(%a: f32, %b: f32, %out: f32):
    %0 = arith.negf %a : f32
    %1 = math.exp %0 : f32
    %2 = arith.addf %1, %one : f32
    %3 = arith.divf %one, %2 : f32
    %4 = arith.mulf %3, %b : f32
    linalg.yield %4 : f32
  } -> tensor<2x3xf32>
  return %y : tensor<2x3xf32>
}

// -----

// A maximum and where it is, in one nest.
// CHECK-LABEL: @largest
// CHECK-DAG: tosa.reduce_max %arg0 {axis = 1
// CHECK-DAG: tosa.argmax %arg0 {axis = 1
func.func @largest(%x: tensor<2x3xf32>) -> (tensor<2xf32>, tensor<2xi64>) {
  %least = arith.constant 0xFF800000 : f32
  %none = arith.constant 0 : i64
  %e = tensor.empty() : tensor<2xf32>
  %f = linalg.fill ins(%least : f32) outs(%e : tensor<2xf32>) -> tensor<2xf32>
  %ei = tensor.empty() : tensor<2xi64>
  %fi = linalg.fill ins(%none : i64) outs(%ei : tensor<2xi64>) -> tensor<2xi64>
  %y:2 = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>],
      iterator_types = ["parallel", "reduction"]} ins(%x : tensor<2x3xf32>) outs(%f, %fi : tensor<2xf32>, tensor<2xi64>) {
  ^bb0(%in: f32, %out: f32, %place: i64):
    %0 = linalg.index 1 : index
    %1 = arith.index_cast %0 : index to i64
    %2 = arith.maximumf %in, %out : f32
    %3 = arith.cmpf ogt, %in, %out : f32
    %4 = arith.select %3, %1, %place : i64
    linalg.yield %2, %4 : f32, i64
  } -> (tensor<2xf32>, tensor<2xi64>)
  return %y#0, %y#1 : tensor<2xf32>, tensor<2xi64>
}

// -----

// Every second column, by an index that is computed here; rows of a table by indices of the input.
// CHECK-LABEL: @extracts
// CHECK: tosa.gather
// CHECK: tosa.slice
func.func @extracts(%x: tensor<2x4xf32>, %t: tensor<3xi64>) -> (tensor<3x2xf32>, tensor<2x2xf32>) {
  %two = arith.constant 2 : index
  %table = arith.constant dense<[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]> : tensor<3x2xf32>
  %e = tensor.empty() : tensor<3x2xf32>
  %rows = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%t : tensor<3xi64>) outs(%e : tensor<3x2xf32>) {
  ^bb0(%in: i64, %out: f32):
    %0 = arith.index_cast %in : i64 to index
    %1 = linalg.index 1 : index
    %2 = tensor.extract %table[%0, %1] : tensor<3x2xf32>
    linalg.yield %2 : f32
  } -> tensor<3x2xf32>
  %e1 = tensor.empty() : tensor<2x2xf32>
  %columns = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%e1 : tensor<2x2xf32>) {
  ^bb0(%out: f32):
    %0 = linalg.index 0 : index
    %1 = linalg.index 1 : index
    %2 = arith.muli %1, %two : index
    %3 = tensor.extract %x[%0, %2] : tensor<2x4xf32>
    linalg.yield %3 : f32
  } -> tensor<2x2xf32>
  return %rows, %columns : tensor<3x2xf32>, tensor<2x2xf32>
}

// -----

// CHECK-LABEL: @moves
// CHECK: tosa.slice
// CHECK: tosa.concat
// CHECK: tosa.reshape
func.func @moves(%x: tensor<2x4xf32>) -> tensor<2x2x3xf32> {
  %s = tensor.extract_slice %x[0, 1] [2, 2] [1, 1] : tensor<2x4xf32> to tensor<2x2xf32>
  %c = tensor.concat dim(1) %x, %s : (tensor<2x4xf32>, tensor<2x2xf32>) -> tensor<2x6xf32>
  %r = tensor.expand_shape %c [[0], [1, 2]] output_shape [2, 2, 3] : tensor<2x6xf32> into tensor<2x2x3xf32>
  return %r : tensor<2x2x3xf32>
}

// -----

// CHECK-LABEL: @wide
// CHECK: tosa.add %arg0, %arg0 {{.*}}: (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
func.func @wide(%x: tensor<2xf32>) -> tensor<2xf32> {
  %e = tensor.empty() : tensor<2xf32>
  // expected-remark @+1 {{[f64-as-f32] the model computes with f64 here, which is done in f32}}
  %y = linalg.generic {indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : tensor<2xf32>) outs(%e : tensor<2xf32>) {
  ^bb0(%in: f32, %out: f32):
    %0 = arith.extf %in : f32 to f64
    %1 = arith.addf %0, %0 : f64
    %2 = arith.truncf %1 : f64 to f32
    linalg.yield %2 : f32
  } -> tensor<2xf32>
  return %y : tensor<2xf32>
}
