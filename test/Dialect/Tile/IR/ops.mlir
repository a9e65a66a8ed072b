// RUN: narrow-opt %s | narrow-opt | FileCheck %s

// CHECK-LABEL: @dot
func.func @dot(%acc: vector<16xi32>, %x: vector<4xi8>, %w: vector<64xi8>) -> vector<16xi32> {
  tile.barrier
  // CHECK: tile.barrier
  // CHECK-NEXT: tile.dot %{{.*}}, %{{.*}}, %{{.*}} {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  %0 = tile.dot %acc, %x, %w {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  // CHECK-NEXT: tile.dot %{{.*}} {signed_activations} : vector<16xi32>, vector<64xi8>, vector<64xi8>
  %1 = tile.dot %0, %w, %w {signed_activations} : vector<16xi32>, vector<64xi8>, vector<64xi8>
  return %1 : vector<16xi32>
}

// CHECK-LABEL: @wide_dot
func.func @wide_dot(%acc: vector<8xi32>, %x: vector<2xi16>, %w: vector<16xi8>, %four: vector<4xi32>, %y: vector<8xi16>, %v: vector<16xi16>) -> (vector<8xi32>, vector<4xi32>) {
  // CHECK: tile.wide_dot %{{.*}}, %{{.*}}, %{{.*}} {step = 0 : i64} : vector<8xi32>, vector<2xi16>, vector<16xi8>
  %0 = tile.wide_dot %acc, %x, %w {step = 0 : i64} : vector<8xi32>, vector<2xi16>, vector<16xi8>
  // CHECK: tile.wide_dot %{{.*}}, %{{.*}}, %{{.*}} {step = 1 : i64} : vector<4xi32>, vector<8xi16>, vector<16xi16>
  %1 = tile.wide_dot %four, %y, %v {step = 1 : i64} : vector<4xi32>, vector<8xi16>, vector<16xi16>
  return %0, %1 : vector<8xi32>, vector<4xi32>
}

// CHECK-LABEL: @word_dot
func.func @word_dot(%acc: vector<8xi32>, %x: vector<16xi16>, %w: vector<16xi16>) -> vector<8xi32> {
  // CHECK: tile.word_dot %{{.*}}, %{{.*}}, %{{.*}} : vector<8xi32>, vector<16xi16>
  %0 = tile.word_dot %acc, %x, %w : vector<8xi32>, vector<16xi16>
  return %0 : vector<8xi32>
}

// CHECK-LABEL: @requant
func.func @requant(%a: vector<4xi32>, %s: vector<4xi32>, %m: vector<4xi16>, %lo: vector<8xi8>) -> (vector<8xi8>, vector<8xi8>) {
  // CHECK: tile.requant q15 %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} shifts %{{.*}}, %{{.*}} multipliers %{{.*}}, %{{.*}} min %{{.*}} :
  %0:2 = tile.requant q15 %a, %a, %a, %a shifts %s, %s multipliers %m, %m min %lo
    : (vector<4xi32>, vector<4xi32>, vector<4xi32>, vector<4xi32>, vector<4xi32>, vector<4xi32>, vector<4xi16>, vector<4xi16>, vector<8xi8>) -> (vector<8xi8>, vector<8xi8>)
  return %0#0, %0#1 : vector<8xi8>, vector<8xi8>
}

// CHECK-LABEL: @split_dot
func.func @split_dot(%low: vector<4xi32>, %high: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> (vector<4xi32>, vector<4xi32>) {
  // CHECK: tile.split_dot %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} {narrow_weights, step = 2 : i64} :
  %0, %1 = tile.split_dot %low, %high, %x, %w, %w {narrow_weights, step = 2 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0, %1 : vector<4xi32>, vector<4xi32>
}

// CHECK-LABEL: @mma
func.func @mma(%acc: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> vector<4xi32> {
  // CHECK: tile.mma %{{.*}}, %{{.*}}, %{{.*}} {signed_activations} : vector<4xi32>, vector<16xi8>
  %0 = tile.mma %acc, %x, %w {signed_activations} : vector<4xi32>, vector<16xi8>
  return %0 : vector<4xi32>
}

// CHECK-LABEL: @channel_dot
func.func @channel_dot(%a: vector<4xi32>, %x: vector<8xi8>, %w: vector<8xi8>) -> (vector<4xi32>, vector<4xi32>) {
  // CHECK: tile.channel_dot %{{.*}}, %{{.*}} activations %{{.*}}, %{{.*}} weights %{{.*}}, %{{.*}} :
  %0:2 = tile.channel_dot %a, %a activations %x, %x weights %w, %w
    : (vector<4xi32>, vector<4xi32>, vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0#0, %0#1 : vector<4xi32>, vector<4xi32>
}

// CHECK-LABEL: @lookup
func.func @lookup(%table: vector<256xi8>, %x: vector<32xi8>) -> vector<32xi8> {
  // CHECK: tile.lookup %{{.*}}, %{{.*}} : vector<256xi8>, vector<32xi8>
  %0 = tile.lookup %table, %x : vector<256xi8>, vector<32xi8>
  return %0 : vector<32xi8>
}

// CHECK-LABEL: @add
func.func @add(%x: vector<8xi16>, %y: vector<8xi8>, %m: vector<8xi16>, %c: vector<4xi32>) -> vector<8xi8> {
  // CHECK: tile.add %{{.*}} plus %{{.*}} by %{{.*}}, %{{.*}}, %{{.*}} {lhs_signed, maximum = 255 : i32, minimum = 0 : i32, zero_point = 3 : i32}
  %0 = tile.add %x plus %y by %m, %c, %c {zero_point = 3 : i32, minimum = 0 : i32, maximum = 255 : i32, lhs_signed}
    : (vector<8xi16>, vector<8xi8>, vector<8xi16>, vector<4xi32>, vector<4xi32>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// CHECK-LABEL: @matrix_block
// CHECK: tile.matrix_block %{{.*}}, %{{.*}}, %{{.*}}, %{{.*}} at %{{.*}}, %{{.*}} from %{{.*}}, %{{.*}} {
func.func @matrix_block(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3584xi8>, %at: index) {
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at {rows = 14 : i64, pixel_stride = 64 : i64,
    columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>,
    activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
  return
}
