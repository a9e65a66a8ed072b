// One K step of a tile on two families, down to instructions: the broadcast is
// the memory operand or the element form, and nothing else is needed.
//
// RUN: narrow-opt %s --lower-tile=target=avx512vnni --convert-vector-to-llvm --finalize-memref-to-llvm \
// RUN:   --convert-arith-to-llvm --convert-func-to-llvm=use-bare-ptr-memref-call-conv=1 --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mtriple=x86_64 -mattr=+avx512vnni,+avx512bw,+avx512vl -O3 \
// RUN:   | FileCheck %s --check-prefix=X64
// RUN: narrow-opt %s --lower-tile=target=avxvnni --convert-vector-to-llvm --finalize-memref-to-llvm \
// RUN:   --convert-arith-to-llvm --convert-func-to-llvm=use-bare-ptr-memref-call-conv=1 --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mtriple=x86_64 -mattr=+avx2,+avxvnni -O3 \
// RUN:   | FileCheck %s --check-prefix=VEX
// RUN: narrow-opt %s --lower-tile=target=dotprod --convert-vector-to-llvm --finalize-memref-to-llvm \
// RUN:   --convert-arith-to-llvm --convert-func-to-llvm=use-bare-ptr-memref-call-conv=1 --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mtriple=aarch64 -mattr=+dotprod -O3 \
// RUN:   | FileCheck %s --check-prefix=ARM64

// X64-LABEL: wide:
// X64-NOT: vpshuf
// X64: vpbroadcastd ({{%r.*}}), [[X:%zmm[0-9]+]]
// X64: vpdpbusd ({{%r.*}}), [[X]], %zmm0
// X64: vpdpbusd 64({{%r.*}}), [[X]], %zmm1
func.func @wide(%a: memref<64xi8>, %w: memref<128xi8>, %x: vector<16xi32>, %y: vector<16xi32>) -> (vector<16xi32>, vector<16xi32>) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  tile.barrier
  %p = vector.load %a[%c0] : memref<64xi8>, vector<4xi8>
  %v = vector.load %w[%c0] : memref<128xi8>, vector<64xi8>
  %u = vector.load %w[%c64] : memref<128xi8>, vector<64xi8>
  %0 = tile.dot %x, %p, %v {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  %1 = tile.dot %y, %p, %u {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
  return %0, %1 : vector<16xi32>, vector<16xi32>
}

// VEX-LABEL: half:
// VEX: vpbroadcastd ({{%r.*}}), [[X:%ymm[0-9]+]]
// VEX: {vex} vpdpbusd ({{%r.*}}), [[X]], %ymm0
func.func @half(%a: memref<64xi8>, %w: memref<128xi8>, %x: vector<8xi32>) -> vector<8xi32> {
  %c0 = arith.constant 0 : index
  %p = vector.load %a[%c0] : memref<64xi8>, vector<4xi8>
  %v = vector.load %w[%c0] : memref<128xi8>, vector<32xi8>
  %0 = tile.dot %x, %p, %v {step = 0 : i64} : vector<8xi32>, vector<4xi8>, vector<32xi8>
  return %0 : vector<8xi32>
}

// ARM64-LABEL: narrow:
// ARM64-DAG: ldr [[P:q[0-9]+]], [x0]
// ARM64: sdot v0.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.4b[0]
// ARM64: sdot v0.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.4b[3]
// ARM64-NOT: dup
// ARM64: ret
func.func @narrow(%a: memref<64xi8>, %w: memref<128xi8>, %x: vector<4xi32>) -> vector<4xi32> {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %p = vector.load %a[%c0] : memref<64xi8>, vector<16xi8>
  %v = vector.load %w[%c0] : memref<128xi8>, vector<16xi8>
  %u = vector.load %w[%c64] : memref<128xi8>, vector<16xi8>
  %0 = tile.dot %x, %p, %v {signed_activations, step = 0 : i64} : vector<4xi32>, vector<16xi8>, vector<16xi8>
  %1 = tile.dot %0, %p, %u {signed_activations, step = 3 : i64} : vector<4xi32>, vector<16xi8>, vector<16xi8>
  return %1 : vector<4xi32>
}
