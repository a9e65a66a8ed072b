// RUN: not narrow-opt %s --plan-types=range=x=1 2>&1 | FileCheck %s --check-prefix=RANGE
// RUN: not narrow-opt %s --plan-types=type=x=i9 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not narrow-opt %s --plan-types=bits=1 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not narrow-opt %s --plan-types=residual-bits=12 2>&1 | FileCheck %s --check-prefix=RESIDUAL
// RUN: not narrow-opt %s --plan-types=residual-stream-bits=12 2>&1 | FileCheck %s --check-prefix=STREAM
// RUN: not narrow-opt %s --plan-types=type=x=u8/u8 2>&1 | FileCheck %s --check-prefix=PAIR

// RANGE: error: expected range NAME=LOW:HIGH, found 'x=1'
// TYPE: error: expected type NAME=TYPE of u2 to u8, i2 to i8 or i16, or i16/TYPE with what layers read, found 'x=i9'
// PAIR: error: expected type NAME=TYPE of u2 to u8, i2 to i8 or i16, or i16/TYPE with what layers read, found 'x=u8/u8'
// BITS: error: expected 2 to 16 bits, found 1
// RESIDUAL: error: expected residual-bits of 8 or 16, found 12
// STREAM: error: expected residual-stream-bits of 8 or 16, found 12
module {}
