// RUN: narrow-opt %s --lower-tile=target=avx512vnni | FileCheck %s --check-prefix=VNNI
// RUN: narrow-opt %s --lower-tile=target=avx2 | FileCheck %s --check-prefix=AVX2
// RUN: narrow-opt %s --lower-tile=target=avxvnni | FileCheck %s --check-prefix=AVXVNNI
// RUN: narrow-opt %s --lower-tile=target=avxvnni-emulated | FileCheck %s --check-prefix=EMULATED
// RUN: narrow-opt %s --lower-tile=target=amx | FileCheck %s --check-prefix=AMX
// RUN: narrow-opt %s --lower-tile=target=riscv64:scalar | FileCheck %s --check-prefix=SCALAR
// RUN: narrow-opt %s --lower-tile=target=neon | FileCheck %s --check-prefix=NEON
// RUN: narrow-opt %s --lower-tile=target=i8mm | FileCheck %s --check-prefix=I8MM
// RUN: narrow-opt %s --lower-tile | FileCheck %s --check-prefix=NONE

// NONE-LABEL: @wide
// NONE: tile.dot
// VNNI-LABEL: @wide
// VNNI: llvm.inline_asm has_side_effects "", "~{memory}"
// VNNI: vector.broadcast %{{.*}} : i32 to vector<16xi32>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.512"
// SCALAR-LABEL: @wide
// SCALAR-NOT: tile.
// SCALAR-COUNT-4: arith.muli
func.func @wide(%acc: vector<16xi32>, %x: vector<4xi8>, %w: vector<64xi8>) -> vector<16xi32> {
  tile.barrier
  %0 = tile.dot %acc, %x, %w {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  return %0 : vector<16xi32>
}

// AVX2-LABEL: @narrow
// AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// EMULATED-NOT: call_intrinsic
// AVXVNNI-LABEL: @narrow
// AVXVNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
// VNNI-LABEL: @narrow
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
func.func @narrow(%acc: vector<8xi32>, %x: vector<32xi8>, %w: vector<32xi8>) -> vector<8xi32> {
  %0 = tile.dot %acc, %x, %w : vector<8xi32>, vector<32xi8>, vector<32xi8>
  return %0 : vector<8xi32>
}

// AVX2-LABEL: @pairs
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// VNNI-LABEL: @pairs
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
func.func @pairs(%acc: vector<8xi32>, %x: vector<32xi8>, %w: vector<32xi8>) -> vector<8xi32> {
  %0 = tile.dot %acc, %x, %w {safe_partner = 1 : i64} : vector<8xi32>, vector<32xi8>, vector<32xi8>
  return %0 : vector<8xi32>
}

// AVX2-LABEL: @requant
// AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.packssdw"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.packuswb"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.permd"
// VNNI-LABEL: @requant
// VNNI: llvm.call_intrinsic "llvm.x86.avx2.pmul.hr.sw"
// SCALAR-LABEL: @requant
// SCALAR-NOT: tile.
// SCALAR: arith.trunci
func.func @requant(%a: vector<8xi32>, %s: vector<8xi32>, %m: vector<8xi16>) -> vector<32xi8> {
  %0 = tile.requant q15 %a, %a, %a, %a shifts %s, %s, %s, %s multipliers %m, %m, %m, %m
    : (vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>, vector<8xi32>,
       vector<8xi16>, vector<8xi16>, vector<8xi16>, vector<8xi16>) -> vector<32xi8>
  return %0 : vector<32xi8>
}

// Two products are added at 16 bits only where no weight is -128.
//
// NEON-LABEL: @split_dot
// NEON: llvm.aarch64.neon.smull.v8i16
// NEON: llvm.aarch64.neon.smull.v8i16
// NEON: arith.addi %{{.*}} : vector<8xi16>
// NEON: llvm.aarch64.neon.saddlp.v4i32.v8i16
// SCALAR-LABEL: @split_dot
// SCALAR-NOT: tile.
// SCALAR-COUNT-8: arith.muli
func.func @split_dot(%low: vector<4xi32>, %high: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> (vector<4xi32>, vector<4xi32>) {
  %0, %1 = tile.split_dot %low, %high, %x, %w, %w {narrow_weights, step = 2 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0, %1 : vector<4xi32>, vector<4xi32>
}

// NEON-LABEL: @split_dot_wide_weights
// NEON-NOT: arith.addi %{{.*}} : vector<8xi16>
// NEON-COUNT-4: llvm.aarch64.neon.saddlp.v4i32.v8i16
func.func @split_dot_wide_weights(%low: vector<4xi32>, %high: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> (vector<4xi32>, vector<4xi32>) {
  %0, %1 = tile.split_dot %low, %high, %x, %w, %w {step = 2 : i64}
    : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0, %1 : vector<4xi32>, vector<4xi32>
}

// I8MM-LABEL: @mma
// I8MM: llvm.aarch64.neon.usmmla.v4i32.v16i8
// I8MM: llvm.aarch64.neon.smmla.v4i32.v16i8
// SCALAR-LABEL: @mma
// SCALAR-NOT: tile.
// SCALAR-COUNT-16: arith.muli
func.func @mma(%acc: vector<4xi32>, %x: vector<16xi8>, %w: vector<16xi8>) -> vector<4xi32> {
  %0 = tile.mma %acc, %x, %w : vector<4xi32>, vector<16xi8>
  %1 = tile.mma %0, %x, %w {signed_activations} : vector<4xi32>, vector<16xi8>
  return %1 : vector<4xi32>
}

// The partner of byte 0 is moved beside it, in activations and weights.
// AVX2-LABEL: @partner
// AVX2: dense<[0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15, 0, 2,
// AVX2-COUNT-2: llvm.call_intrinsic "llvm.x86.avx2.pshuf.b"
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.ub.sw"
// AVXVNNI-LABEL: @partner
// AVXVNNI-NOT: pshuf.b
// AVXVNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpbusd.256"
func.func @partner(%acc: vector<8xi32>, %x: vector<4xi8>, %w: vector<32xi8>) -> vector<8xi32> {
  %0 = tile.dot %acc, %x, %w {safe_partner = 2 : i64, step = 0 : i64} : vector<8xi32>, vector<4xi8>, vector<32xi8>
  return %0 : vector<8xi32>
}

// AVX2-LABEL: @word_dot
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// AVX2: arith.addi %{{.*}} : vector<8xi32>
// SCALAR-LABEL: @word_dot
// SCALAR-NOT: tile.
// SCALAR-COUNT-2: arith.muli %{{.*}} : vector<8xi32>
func.func @word_dot(%a: vector<8xi32>, %x: vector<16xi16>, %w: vector<16xi16>) -> vector<8xi32> {
  %0 = tile.word_dot %a, %x, %w : vector<8xi32>, vector<16xi16>
  return %0 : vector<8xi32>
}

// Bytes beside words are widened in registers, or on Arm transposed first.
//
// VNNI-LABEL: @wide_dot
// VNNI: arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
// VNNI: llvm.call_intrinsic "llvm.x86.avx512.vpdpwssd.256"
// AVX2-LABEL: @wide_dot
// AVX2: arith.extsi %{{.*}} : vector<16xi8> to vector<16xi16>
// AVX2: llvm.call_intrinsic "llvm.x86.avx2.pmadd.wd"
// EMULATED-LABEL: @wide_dot
// EMULATED-NOT: call_intrinsic
// EMULATED-COUNT-2: arith.muli %{{.*}} : vector<8xi32>
// NEON-LABEL: @wide_dot
// NEON: dense<[0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15]>
// NEON: llvm.call_intrinsic "llvm.aarch64.neon.tbl1.v16i8"
// NEON: vector.shuffle %{{.*}} [4, 4, 4, 4]
// NEON-COUNT-4: llvm.call_intrinsic "llvm.aarch64.neon.smull.v4i32"
// SCALAR-LABEL: @wide_dot
// SCALAR-NOT: tile.
// SCALAR-COUNT-6: arith.muli
func.func @wide_dot(%a: vector<8xi32>, %x: vector<2xi16>, %w: vector<16xi8>, %four: vector<4xi32>, %y: vector<8xi16>) -> (vector<8xi32>, vector<4xi32>) {
  %0 = tile.wide_dot %a, %x, %w {step = 0 : i64} : vector<8xi32>, vector<2xi16>, vector<16xi8>
  %1 = tile.wide_dot %four, %y, %w {step = 1 : i64} : vector<4xi32>, vector<8xi16>, vector<16xi8>
  return %0, %1 : vector<8xi32>, vector<4xi32>
}

// NEON-LABEL: @channel_dot
// NEON-COUNT-2: llvm.aarch64.neon.smull.v8i16
// NEON: arith.addi %{{.*}} : vector<8xi16>
// NEON: arith.extsi %{{.*}} : vector<4xi16> to vector<4xi32>
// SCALAR-LABEL: @channel_dot
// SCALAR-NOT: tile.
// SCALAR-COUNT-2: arith.muli %{{.*}} : vector<8xi16>
func.func @channel_dot(%a: vector<4xi32>, %x: vector<8xi8>, %w: vector<8xi8>) -> (vector<4xi32>, vector<4xi32>) {
  %0:2 = tile.channel_dot %a, %a activations %x, %w weights %w, %x
    : (vector<4xi32>, vector<4xi32>, vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi8>) -> (vector<4xi32>, vector<4xi32>)
  return %0#0, %0#1 : vector<4xi32>, vector<4xi32>
}

// The sums start from the bias, loaded with a stride of 0, and are carried.
// AMX-LABEL: @matrix_block
// AMX-COUNT-4: llvm.call_intrinsic "llvm.x86.tileloadd64.internal"{{.*}}-> !llvm.x86_amx
// AMX: scf.for {{.*}} -> (!llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx, !llvm.x86_amx)
// AMX-COUNT-4: llvm.call_intrinsic "llvm.x86.tileloadd64.internal"
// AMX-COUNT-4: llvm.call_intrinsic "llvm.x86.tdpbusd.internal"
// AMX-COUNT-4: llvm.call_intrinsic "llvm.x86.tilestored64.internal"
// EMULATED-LABEL: @matrix_block
// EMULATED-NOT: tile.
// EMULATED: arith.muli {{.*}} : vector<16xi32>
func.func @matrix_block(%a: memref<4096xi8>, %w: memref<12288xi8>, %b: memref<256xi8>, %sums: memref<3584xi8>, %at: index) {
  tile.matrix_block %a, %w, %b, %sums at %at, %at from %at, %at {rows = 14 : i64, pixel_stride = 64 : i64,
    columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>,
    activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
    : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
  return
}
