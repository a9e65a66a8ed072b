// RUN: narrow-opt %s --split-input-file --verify-diagnostics

func.func @weights(%acc: vector<16xi32>, %x: vector<4xi8>, %w: vector<32xi8>) -> vector<16xi32> {
  // expected-error @below {{expected 64 weights, found 32}}
  %0 = tile.dot %acc, %x, %w {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<32xi8>
  return %0 : vector<16xi32>
}

// -----

func.func @activations(%acc: vector<16xi32>, %x: vector<4xi8>, %w: vector<64xi8>) -> vector<16xi32> {
  // expected-error @below {{expected 64 activations, found 4}}
  %0 = tile.dot %acc, %x, %w : vector<16xi32>, vector<4xi8>, vector<64xi8>
  return %0 : vector<16xi32>
}

// -----

func.func @step(%acc: vector<16xi32>, %x: vector<4xi8>, %w: vector<64xi8>) -> vector<16xi32> {
  // expected-error @below {{expected a step inside 4 bytes of activations, found 1}}
  %0 = tile.dot %acc, %x, %w {step = 1 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  return %0 : vector<16xi32>
}

// -----

func.func @columns(%a: vector<4xi32>, %s: vector<4xi32>, %m: vector<4xi16>) -> vector<8xi8> {
  // expected-error @below {{expected 2 shifts, found 1}}
  %0 = tile.requant q15 %a, %a shifts %s multipliers %m, %m
    : (vector<4xi32>, vector<4xi32>, vector<4xi32>, vector<4xi16>, vector<4xi16>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// -----

func.func @multiplier_type(%a: vector<4xi32>, %s: vector<4xi32>, %m: vector<4xi16>) -> vector<4xi8> {
  // expected-error @below {{expected multipliers of 'vector<4xi32>', found 'vector<4xi16>'}}
  %0 = tile.requant q31 %a shifts %s multipliers %m : (vector<4xi32>, vector<4xi32>, vector<4xi16>) -> vector<4xi8>
  return %0 : vector<4xi8>
}

// -----

func.func @result_size(%a: vector<4xi32>, %s: vector<4xi32>) -> vector<8xi8> {
  // expected-error @below {{expected results of 4 elements, found 'vector<8xi8>'}}
  %0 = tile.requant pow2 %a shifts %s : (vector<4xi32>, vector<4xi32>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// -----

func.func @interleaved(%a: vector<4xi32>, %s: vector<4xi32>) -> vector<4xi8> {
  // expected-error @below {{expected four columns of whole quads in interleaved order}}
  %0 = tile.requant pow2 %a shifts %s {order = #tile<order interleaved>} : (vector<4xi32>, vector<4xi32>) -> vector<4xi8>
  return %0 : vector<4xi8>
}

// -----

func.func @pre_shifts(%a: vector<4xi32>, %s: vector<4xi32>) -> vector<4xi8> {
  // expected-error @below {{expected 0 pre-shifts, found 1}}
  %0 = tile.requant pow2 %a pre_shifts %s shifts %s : (vector<4xi32>, vector<4xi32>, vector<4xi32>) -> vector<4xi8>
  return %0 : vector<4xi8>
}

// -----

func.func @split_steps(%a: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> vector<4xi32> {
  // expected-error @below {{expected 2 steps inside 16 bytes of activations, found the first at 3}}
  %0, %1 = tile.split_dot %a, %a, %x, %w, %w {step = 3 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0 : vector<4xi32>
}

// -----

func.func @add_size(%x: vector<8xi16>, %y: vector<16xi8>, %m: vector<8xi16>, %c: vector<4xi32>) -> vector<8xi8> {
  // expected-error @below {{expected vectors of 8 elements, found 'vector<16xi8>'}}
  %0 = tile.add %x plus %y by %m, %c, %c {zero_point = 0 : i32, minimum = 0 : i32, maximum = 255 : i32}
    : (vector<8xi16>, vector<16xi8>, vector<8xi16>, vector<4xi32>, vector<4xi32>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// -----

func.func @split_count(%a: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> vector<4xi32> {
  // expected-error @below {{expected weights of one or two steps, found 3}}
  %0, %1 = tile.split_dot %a, %a, %x, %w, %w, %w {step = 0 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0 : vector<4xi32>
}

// -----

func.func @add_parameters(%x: vector<8xi8>, %m: vector<8xi16>, %c: vector<8xi32>) -> vector<8xi8> {
  // expected-error @below {{expected 4 lanes of parameters, found 'vector<8xi32>'}}
  %0 = tile.add %x plus %x by %m, %c, %c {zero_point = 0 : i32, minimum = 0 : i32, maximum = 255 : i32}
    : (vector<8xi8>, vector<8xi8>, vector<8xi16>, vector<8xi32>, vector<8xi32>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// -----

func.func @split_weights(%a: vector<4xi32>, %x: vector<16xi8>, %w: vector<8xi8>) -> vector<4xi32> {
  // expected-error @below {{expected 16 weights, found 8}}
  %0, %1 = tile.split_dot %a, %a, %x, %w {step = 0 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<8xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0 : vector<4xi32>
}

// -----

func.func @split_sums(%a: vector<4xi32>, %b: vector<8xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> vector<4xi32> {
  // expected-error @below {{expected sums of one type, found 'vector<4xi32>' and 'vector<8xi32>'}}
  %0, %1 = tile.split_dot %a, %b, %x, %w {step = 0 : i64}
    : (vector<4xi32>, vector<8xi32>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<8xi32>)
  return %0 : vector<4xi32>
}

// -----

func.func @partner(%a: vector<4xi32>, %x: vector<16xi8>) -> vector<4xi32> {
  // expected-error @below {{expected a safe partner from 1 to 3, or 0, found 4}}
  %0 = tile.dot %a, %x, %x {safe_partner = 4 : i64} : vector<4xi32>, vector<16xi8>, vector<16xi8>
  return %0 : vector<4xi32>
}

// -----

func.func @words(%a: vector<4xi32>, %x: vector<4xi16>) -> vector<4xi32> {
  // expected-error @below {{expected 8 words, found 4}}
  %0 = tile.word_dot %a, %x, %x : vector<4xi32>, vector<4xi16>
  return %0 : vector<4xi32>
}

// -----

func.func @wide_weights(%a: vector<4xi32>, %x: vector<4xi16>, %w: vector<12xi8>) -> vector<4xi32> {
  // expected-error @below {{expected 4, 8 or 16 weights, found 12}}
  %0 = tile.wide_dot %a, %x, %w {step = 0 : i64} : vector<4xi32>, vector<4xi16>, vector<12xi8>
  return %0 : vector<4xi32>
}

// -----

func.func @wide_step(%a: vector<4xi32>, %x: vector<4xi16>, %w: vector<8xi8>) -> vector<4xi32> {
  // expected-error @below {{expected a step inside 4 words of activations, found 2}}
  %0 = tile.wide_dot %a, %x, %w {step = 2 : i64} : vector<4xi32>, vector<4xi16>, vector<8xi8>
  return %0 : vector<4xi32>
}

// -----

func.func @channel_places(%a: vector<4xi32>, %x: vector<4xi8>) -> vector<4xi32> {
  // expected-error @below {{expected activations and weights of one or two places, found 2 and 1}}
  %0 = tile.channel_dot %a activations %x, %x weights %x : (vector<4xi32>, vector<4xi8>, vector<4xi8>, vector<4xi8>) -> vector<4xi32>
  return %0 : vector<4xi32>
}

// -----

func.func @channel_count(%a: vector<4xi32>, %x: vector<8xi8>) -> vector<4xi32> {
  // expected-error @below {{expected vectors of 4 channels, found 8}}
  %0 = tile.channel_dot %a activations %x weights %x : (vector<4xi32>, vector<8xi8>, vector<8xi8>) -> vector<4xi32>
  return %0 : vector<4xi32>
}

// -----

func.func @channel_results(%a: vector<4xi32>, %x: vector<4xi8>) -> vector<8xi32> {
  // expected-error @below {{expected sums and results of one type}}
  %0 = tile.channel_dot %a activations %x weights %x : (vector<4xi32>, vector<4xi8>, vector<4xi8>) -> vector<8xi32>
  return %0 : vector<8xi32>
}

// -----

func.func @lookup(%table: vector<128xi8>, %x: vector<32xi8>) -> vector<32xi8> {
  // expected-error @below {{expected a table of 256 or 16 bytes, found 128}}
  %0 = tile.lookup %table, %x : vector<128xi8>, vector<32xi8>
  return %0 : vector<32xi8>
}

// -----

func.func @add_sides(%x: vector<8xi8>, %m: vector<8xi16>, %c: vector<4xi32>) -> vector<8xi8> {
  // expected-error @below {{expected as many vectors on each side as results, found 2, 1 and 1}}
  %0 = tile.add %x, %x plus %x by %m, %c, %c {zero_point = 0 : i32, minimum = 0 : i32, maximum = 255 : i32}
    : (vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi16>, vector<4xi32>, vector<4xi32>) -> vector<8xi8>
  return %0 : vector<8xi8>
}

// -----
func.func @matrix_rows(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3584xi8>, %at: index) {
  // expected-error @below {{expected 1 to 16 rows, found 17}}
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at {rows = 17 : i64, pixel_stride = 64 : i64, columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>, activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
  return
}

// -----
func.func @matrix_blocks(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3584xi8>, %at: index) {
  // expected-error @below {{expected 1 to 2 blocks of pixels, found 3}}
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at, %at {rows = 14 : i64, pixel_stride = 64 : i64, columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>, activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
  return
}

// -----
func.func @matrix_strides(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3584xi8>, %at: index) {
  // expected-error @below {{expected 1 strides of activations and of weights}}
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at {rows = 14 : i64, pixel_stride = 64 : i64, columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>, activation_strides = array<i64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
  return
}

// -----
func.func @matrix_sums(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3520xi8>, %at: index) {
  // expected-error @below {{expected at least 3584 bytes of sums}}
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at {rows = 14 : i64, pixel_stride = 64 : i64, columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>, activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3520xi8>
  return
}
