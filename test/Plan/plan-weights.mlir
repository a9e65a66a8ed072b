// RUN: narrow-opt %s --plan-weights | FileCheck %s
// RUN: narrow-opt %s --plan-weights="bits=4 edge-bits=8 pair-safe=true requant=q31" | FileCheck %s --check-prefix=EDGES
// RUN: narrow-opt %s --plan-weights="bits=2 per-tensor=true full-range=true pow2=true" | FileCheck %s --check-prefix=TENSOR

// Two layers in a row, one beside both, and a sum behind: the first, the last
// and the one beside are edges. What is given stays.
// CHECK-LABEL: func.func @main
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// CHECK: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i4, bits = 4, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// EDGES: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i8, bits = 8, rounding = pair_safe, requant = q31>}
// TENSOR: nn.linear {{.*}}narrow.weights = #fxp.weights<storage = i2, bits = 2, granularity = tensor, full_range = true, pow2 = true>}
func.func @main(%x: tensor<1x2xf32>) -> tensor<1x2xf32> {
  %w = "tosa.const"() {values = dense<[[0.5, -1.0], [0.25, 0.1]]> : tensor<2x2xf32>} : () -> tensor<2x2xf32>
  %b = "tosa.const"() {values = dense<[0.5, -0.5]> : tensor<2xf32>} : () -> tensor<2xf32>
  %0 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %1 = tosa.tanh %0 : (tensor<1x2xf32>) -> tensor<1x2xf32>
  %2 = nn.linear %1, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %3 = nn.linear %2, %w, %b {narrow.weights = #fxp.weights<storage = i8, bits = 6, granularity = tensor>} : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %4 = nn.linear %3, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %5 = nn.linear %x, %w, %b : (tensor<1x2xf32>, tensor<2x2xf32>, tensor<2xf32>) -> tensor<1x2xf32>
  %6 = tosa.add %4, %5 : (tensor<1x2xf32>, tensor<1x2xf32>) -> tensor<1x2xf32>
  return %6 : tensor<1x2xf32>
}
