// RUN: not narrow-opt %s --plan-weights="bits=4 block=48" 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not narrow-opt %s --plan-weights="bits=4 block=32 per-tensor=true" 2>&1 | FileCheck %s --check-prefix=TENSOR
// RUN: not narrow-opt %s --plan-weights="bits=4 block=32 full-range=true" 2>&1 | FileCheck %s --check-prefix=FULL
// SIZE: error: expected blocks of 32, 64 or 128 weights, found 48
// TENSOR: error: expected a scale a channel and no full range with blocks of weights, found one a tensor
// FULL: error: expected a scale a channel and no full range with blocks of weights, found the full range
module {
}
