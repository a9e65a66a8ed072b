// Debian's own mlir-opt reads our dialect through the plugin.
// RUN: mlir-opt --load-dialect-plugin=%build/lib/NarrowPlugin.so --load-pass-plugin=%build/lib/NarrowPlugin.so --pass-pipeline="builtin.module(canonicalize)" %s | FileCheck %s
// A plugin that links libMLIR into an instrumented build is loaded by a program that is not.
// UNSUPPORTED: sanitize

!a = !quant.uniform<u8:f32, 5.0e-01:3>

// CHECK-LABEL: func @same
// CHECK-NEXT: return
func.func @same(%x: tensor<2x4x!a>) -> tensor<2x4x!a> {
  %y = fxp.reshape %x : tensor<2x4x!a> -> tensor<2x4x!a>
  return %y : tensor<2x4x!a>
}
