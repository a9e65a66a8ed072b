// Tables in registers, by the byte shuffles that a level has.
//
// RUN: narrow-opt %s --lower-tile=target=avx2 --convert-vector-to-llvm --finalize-memref-to-llvm --convert-arith-to-llvm \
// RUN:   --convert-func-to-llvm=use-bare-ptr-memref-call-conv=1 --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mtriple=x86_64 -mattr=+avx2 -O3 | FileCheck %s --check-prefix=X64
// RUN: narrow-opt %s --lower-tile=target=neon --convert-vector-to-llvm --finalize-memref-to-llvm --convert-arith-to-llvm \
// RUN:   --convert-func-to-llvm=use-bare-ptr-memref-call-conv=1 --reconcile-unrealized-casts \
// RUN:   | mlir-translate --mlir-to-llvmir | llc -mtriple=aarch64 -mattr=+neon -O3 | FileCheck %s --check-prefix=ARM64
// RUN: narrow-opt %s --lower-tile=target=x86-64 | FileCheck %s --check-prefix=MEMORY

// X64-LABEL: bytes:
// X64-COUNT-16: vpshufb
// X64-NOT: vpshufb
// X64: retq
// ARM64-LABEL: bytes:
// ARM64: tbl v{{[0-9]+}}.16b, { v{{[0-9]+}}.16b, v{{[0-9]+}}.16b, v{{[0-9]+}}.16b, v{{[0-9]+}}.16b }
// ARM64-COUNT-3: tbx
// ARM64-NOT: tbx
// ARM64: ret
// SSE2 has no such shuffle.
// MEMORY-LABEL: @bytes
// MEMORY-COUNT-16: vector.insert
// MEMORY-NOT: call_intrinsic
func.func @bytes(%table: memref<256xi8>, %x: vector<16xi8>) -> vector<16xi8> {
  %c0 = arith.constant 0 : index
  %t = vector.load %table[%c0] : memref<256xi8>, vector<256xi8>
  %0 = tile.lookup %t, %x : vector<256xi8>, vector<16xi8>
  return %0 : vector<16xi8>
}
