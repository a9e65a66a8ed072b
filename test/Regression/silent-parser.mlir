// RUN: not narrow inspect %s 2>&1 | FileCheck %s
// RUN: not narrow-translate %s 2>&1 | FileCheck %s --check-prefix=TRANSLATE

// MLIR's parser says nothing of such an attribute; we do.
// CHECK: error: '{{.*}}silent-parser.mlir': expected a module in MLIR's text
// TRANSLATE: error: {{.*}}expected a module in MLIR's text
func.func @main(%x: tensor<2x4xf32>) -> tensor<1x4xf32> {
  %m = tosa.reduce_max %x {:axis = 0 : i32} : (tensor<2x4xf32>) -> tensor<1x4xf32>
  return %m : tensor<1x4xf32>
}
