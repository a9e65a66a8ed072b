// RUN: narrow-opt %s --remove-constant-channels --split-input-file --verify-diagnostics | FileCheck %s

// Of seven that can go three fill the group of 16; the other four join the next bias: 4 * 0.5 * 2.
// CHECK-LABEL: @fills
// CHECK: nn.linear {{.*}} -> tensor<3x16xf32>
// CHECK: dense<4.000000e+00> : tensor<1xf32>
func.func @fills(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<[[1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0]]> : tensor<20x1xf32>} : () -> tensor<20x1xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<20xf32>} : () -> tensor<20xf32>
  %v = "tosa.const"() {values = dense<2.0> : tensor<1x20xf32>} : () -> tensor<1x20xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-remark @below {{removed 4 of 20 channels, which are constant or not read [constant-channels]}}
  %y = nn.linear %x, %w, %b : (tensor<3x1xf32>, tensor<20x1xf32>, tensor<20xf32>) -> tensor<3x20xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x20xf32>, tensor<1x20xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}

// -----

// Three of 20 leave 17, which take as long as 20.
// CHECK-LABEL: @stays
// CHECK: nn.linear {{.*}} -> tensor<3x20xf32>
func.func @stays(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<[[1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0], [1.0]]> : tensor<20x1xf32>} : () -> tensor<20x1xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<20xf32>} : () -> tensor<20xf32>
  %v = "tosa.const"() {values = dense<2.0> : tensor<1x20xf32>} : () -> tensor<1x20xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = nn.linear %x, %w, %b : (tensor<3x1xf32>, tensor<20x1xf32>, tensor<20xf32>) -> tensor<3x20xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x20xf32>, tensor<1x20xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}

// -----

// A layer of no more than a group has groups of 4.
// CHECK-LABEL: @small
// CHECK: nn.linear {{.*}} -> tensor<3x8xf32>
func.func @small(%x: tensor<3x1xf32>) -> tensor<3x1xf32> {
  %w = "tosa.const"() {values = dense<[[0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [0.0], [1.0], [1.0], [1.0]]> : tensor<12x1xf32>} : () -> tensor<12x1xf32>
  %b = "tosa.const"() {values = dense<0.5> : tensor<12xf32>} : () -> tensor<12xf32>
  %v = "tosa.const"() {values = dense<2.0> : tensor<1x12xf32>} : () -> tensor<1x12xf32>
  %c = "tosa.const"() {values = dense<0.0> : tensor<1xf32>} : () -> tensor<1xf32>
  // expected-remark @below {{removed 4 of 12 channels, which are constant or not read [constant-channels]}}
  %y = nn.linear %x, %w, %b : (tensor<3x1xf32>, tensor<12x1xf32>, tensor<12xf32>) -> tensor<3x12xf32>
  %z = nn.linear %y, %v, %c : (tensor<3x12xf32>, tensor<1x12xf32>, tensor<1xf32>) -> tensor<3x1xf32>
  return %z : tensor<3x1xf32>
}
