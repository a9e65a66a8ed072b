// RUN: narrow-opt %s --plan-types=type=x=i16,y=i16 --quantize 2>%t.remarks | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks
// RUN: narrow-opt %s --plan-types=type=x=i16,y=i16 --quantize=full-tables | FileCheck %s --check-prefix=FULL

// A function of a 16-bit value is interpolated where 2 KiB come close enough.
// CHECK-LABEL: @smooth
// CHECK: fxp.interpolate {{.*}} tensor<513xi16> {fraction_bits = 0 : i32, {{.*}}segment_bits = array<i32: 7>}
// FULL-LABEL: @smooth
// FULL: fxp.lookup {{.*}} tensor<65536xi16>
func.func @smooth(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<4xf32>
  %y = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Bytes are rounded once: fewer segments, with bits of fraction.
// CHECK-LABEL: @to_bytes
// CHECK: fxp.interpolate {{.*}} tensor<129xi16> {fraction_bits = 7 : i32, {{.*}}segment_bits = array<i32: 9>}
func.func @to_bytes(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -8.0, 8.0>} : tensor<4xf32>
  %y = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "z" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Over decades lengths grow with the distance from zero.
// CHECK-LABEL: @decades
// CHECK: fxp.interpolate {{.*}} octave_bits = {{[0-2]}} : i64, origin = 0 : i32
func.func @decades(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: 0.0, 50.0>} : tensor<4xf32>
  %half = "tosa.const"() {values = dense<0.3> : tensor<1xf32>} : () -> tensor<1xf32>
  %y = tosa.pow %x, %half : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 3.3>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// The lowest input lies alone in its block.
// CHECK-LABEL: @steep
// CHECK: fxp.interpolate {{.*}} origin = 0 : i32
func.func @steep(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -13.0, 13.0>} : tensor<4xf32>
  %y = tosa.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 442413.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Many periods: too many segments.
// CHECK-LABEL: @many_periods
// CHECK: fxp.lookup {{.*}} tensor<65536xi16>
// REMARK: its table has an entry for each 16-bit input: no table of 1024 segments comes close enough [full-table]
func.func @many_periods(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -300.0, 300.0>} : tensor<4xf32>
  %y = tosa.sin %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: -1.0, 1.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// Steps far from the origin: the same.
// CHECK-LABEL: @jumps
// CHECK: fxp.lookup {{.*}} tensor<65536xi16>
// REMARK: [full-table]
func.func @jumps(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "x" {range = array<f64: -300.0, 300.0>} : tensor<4xf32>
  %y = tosa.floor %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: -300.0, 300.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}

// 256 entries are short, and nothing is said.
// CHECK-LABEL: @bytes
// CHECK: fxp.lookup {{.*}} tensor<256xi16>
// REMARK-NOT: full-table
func.func @bytes(%x: tensor<4xf32>) -> tensor<4xf32> {
  fxp.observe %x "w" {range = array<f64: -8.0, 8.0>} : tensor<4xf32>
  %y = tosa.sigmoid %x : (tensor<4xf32>) -> tensor<4xf32>
  fxp.observe %y "y" {range = array<f64: 0.0, 1.0>} : tensor<4xf32>
  return %y : tensor<4xf32>
}
