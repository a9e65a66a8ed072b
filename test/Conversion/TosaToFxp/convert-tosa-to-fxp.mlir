// Integer TOSA becomes fixed point with its own multipliers, shifts and zero points (N28).
// RUN: narrow-opt %s --split-input-file --convert-tosa-to-fxp --cse | FileCheck %s

// A rescale is the requantisation of the convolution in front of it, and a clamp narrows that.
// CHECK-LABEL: @conv
// CHECK-SAME: (%[[X:.*]]: tensor<1x4x4x3xi8>)
// CHECK-DAG: %[[W:.*]] = fxp.constant dense<3> : tensor<2x1x1x3xi8> -> tensor<2x1x1x3x!quant.uniform<i8:f32, 1.000000e+00>>
// CHECK-DAG: %[[B:.*]] = fxp.constant dense<7> : tensor<2xi32> -> tensor<2xi32>
// CHECK-DAG: %[[Q:.*]] = fxp.from_integers %[[X]] : tensor<1x4x4x3xi8> -> tensor<1x4x4x3x!quant.uniform<i8:f32, 1.000000e+00:5>>
// CHECK: %[[Y:.*]] = fxp.conv2d %[[Q]], %[[W]], %[[B]] <mode = q31_double, multiplier = [1073741824, 1573741824], shift = [35, 36], min = [-5], max = [100], given = true>
// CHECK-SAME: pads = array<i64: 1, 0, 0, 1>
// CHECK: %[[I:.*]] = fxp.to_integers %[[Y]]
// CHECK: return %[[I]]
func.func @conv(%x: tensor<1x4x4x3xi8>) -> tensor<1x5x5x2xi8> {
  %w = "tosa.const"() {values = dense<3> : tensor<2x1x1x3xi8>} : () -> tensor<2x1x1x3xi8>
  %b = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<5> : tensor<1xi8>} : () -> tensor<1xi8>
  %wz = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<[1073741824, 1573741824]> : tensor<2xi32>} : () -> tensor<2xi32>
  %s = "tosa.const"() {values = dense<[35, 36]> : tensor<2xi8>} : () -> tensor<2xi8>
  %a = tosa.conv2d %x, %w, %b, %z, %wz {acc_type = i32, pad = array<i64: 1, 0, 0, 1>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x4x4x3xi8>, tensor<2x1x1x3xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x5x5x2xi32>
  %r = tosa.rescale %a, %m, %s, %zi, %z {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = true, input_unsigned = false, output_unsigned = false} : (tensor<1x5x5x2xi32>, tensor<2xi32>, tensor<2xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<1x5x5x2xi8>
  %c = tosa.clamp %r {min_val = -5 : i8, max_val = 100 : i8} : (tensor<1x5x5x2xi8>) -> tensor<1x5x5x2xi8>
  return %c : tensor<1x5x5x2xi8>
}

// -----

// No shift above 31: nothing is rounded twice. A convolution that something else reads keeps its accumulator.
// CHECK-LABEL: @accumulators
// CHECK: fxp.conv2d {{.*}} <mode = pow2, shift = [0], given = true>
// CHECK-SAME: !quant.uniform<i32:f32, 1.000000e+00>
// CHECK: fxp.to_integers {{.*}} -> tensor<1x1x1x1xi32>
// CHECK: tosa.abs
// CHECK-LABEL: @single
// CHECK: fxp.requantize {{.*}} <mode = q31, multiplier = [7], shift = [31], given = true>
func.func @accumulators(%x: tensor<1x1x1x1xi8>) -> tensor<1x1x1x1xi32> {
  %w = "tosa.const"() {values = dense<3> : tensor<1x1x1x1xi8>} : () -> tensor<1x1x1x1xi8>
  %b = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.conv2d %x, %w, %b, %z, %z {acc_type = i32, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x1x1x1xi8>, tensor<1x1x1x1xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x1x1x1xi32>
  %r = tosa.abs %a : (tensor<1x1x1x1xi32>) -> tensor<1x1x1x1xi32>
  return %r : tensor<1x1x1x1xi32>
}
func.func @single(%x: tensor<4xi8>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<31> : tensor<1xi8>} : () -> tensor<1xi8>
  %r = tosa.rescale %x, %m, %s, %z, %z {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

// Sides of a sum are rescaled in it, with the bits that they gained before; unsigned bytes are those of the interface.
// CHECK-LABEL: @add
// CHECK: %[[L:.*]] = fxp.from_integers %{{.*}} : tensor<4xi8> -> tensor<4x!quant.uniform<u8:f32, 1.000000e+00:128>>
// CHECK: fxp.combine add %[[L]] <mode = q31, multiplier = [1500000000], shift = [33], given = true>, %{{.*}} <mode = pow2, shift = [0], given = true> to <mode = q31_double, multiplier = [1073741824], shift = [49], given = true>
// CHECK-SAME: {lhs_shift = 20 : i64}
// CHECK-NOT: tosa.rescale
func.func @add(%x: tensor<4xi8>, %y: tensor<4xi8>) -> tensor<4xi8> {
  %zu = "tosa.const"() {values = dense<-128> : tensor<1xi8>} : () -> tensor<1xi8>
  %z = "tosa.const"() {values = dense<3> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1073741824> : tensor<1xi32>} : () -> tensor<1xi32>
  %n = "tosa.const"() {values = dense<1500000000> : tensor<1xi32>} : () -> tensor<1xi32>
  %s10 = "tosa.const"() {values = dense<10> : tensor<1xi8>} : () -> tensor<1xi8>
  %s30 = "tosa.const"() {values = dense<30> : tensor<1xi8>} : () -> tensor<1xi8>
  %s33 = "tosa.const"() {values = dense<33> : tensor<1xi8>} : () -> tensor<1xi8>
  %s49 = "tosa.const"() {values = dense<49> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.rescale %x, %m, %s10, %zu, %zi {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = true, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<4xi32>
  %b = tosa.rescale %a, %n, %s33, %zi, %zi {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi32>) -> tensor<4xi32>
  %c = tosa.rescale %y, %m, %s30, %z, %zi {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<4xi32>
  %d = tosa.add %b, %c : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %e = tosa.rescale %d, %m, %s49, %zi, %z {scale32 = true, rounding_mode = DOUBLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4xi8>
  return %e : tensor<4xi8>
}

// -----

// A sum that could leave i32 by its types stays what it is.
// CHECK-LABEL: @too_large
// CHECK: tosa.rescale
// CHECK: tosa.add
// CHECK: tosa.rescale
func.func @too_large(%x: tensor<4xi8>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %m = "tosa.const"() {values = dense<1073741824> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<6> : tensor<1xi8>} : () -> tensor<1xi8>
  %t = "tosa.const"() {values = dense<54> : tensor<1xi8>} : () -> tensor<1xi8>
  %a = tosa.rescale %x, %m, %s, %z, %zi {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi32>) -> tensor<4xi32>
  %d = tosa.add %a, %a : (tensor<4xi32>, tensor<4xi32>) -> tensor<4xi32>
  %e = tosa.rescale %d, %m, %t, %zi, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi8>) -> tensor<4xi8>
  return %e : tensor<4xi8>
}

// -----

// Pools divide by TOSA's reciprocals of the counts; a table of i16 and a rescale by 2^-7 are an interpolation.
// CHECK-LABEL: @pool
// CHECK: fxp.avg_pool2d %{{.*}} <mode = q31, multiplier = [1073741825, 1073741825, 1073741825], shift = [32, 31, 30], given = true>
// CHECK-SAME: counts = array<i64: 4, 2, 1>
// CHECK-LABEL: @table
// CHECK: fxp.interpolate {{.*}}{fraction_bits = 0 : i32, segment_bits = array<i32: 7>}
// CHECK-LABEL: @other_table
// CHECK: fxp.lookup {{.*}} tensor<65536xi16>
func.func @pool(%x: tensor<1x3x3x2xi8>) -> tensor<1x4x4x2xi8> {
  %z = "tosa.const"() {values = dense<-1> : tensor<1xi8>} : () -> tensor<1xi8>
  %y = tosa.avg_pool2d %x, %z, %z {acc_type = i32, kernel = array<i64: 2, 2>, pad = array<i64: 1, 1, 1, 1>, stride = array<i64: 1, 1>} : (tensor<1x3x3x2xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<1x4x4x2xi8>
  return %y : tensor<1x4x4x2xi8>
}
func.func @table(%x: tensor<4xi16>) -> tensor<4xi16> {
  %t = "tosa.const"() {values = dense<9> : tensor<513xi16>} : () -> tensor<513xi16>
  %m = "tosa.const"() {values = dense<16384> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<21> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi16>} : () -> tensor<1xi16>
  %a = tosa.table %x, %t : (tensor<4xi16>, tensor<513xi16>) -> tensor<4xi32>
  %r = tosa.rescale %a, %m, %s, %zi, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi16>) -> tensor<4xi16>
  return %r : tensor<4xi16>
}
func.func @other_table(%x: tensor<4xi16>) -> tensor<4xi16> {
  %t = "tosa.const"() {values = dense<9> : tensor<513xi16>} : () -> tensor<513xi16>
  %m = "tosa.const"() {values = dense<16385> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<21> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi32>} : () -> tensor<1xi32>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi16>} : () -> tensor<1xi16>
  %a = tosa.table %x, %t : (tensor<4xi16>, tensor<513xi16>) -> tensor<4xi32>
  %r = tosa.rescale %a, %m, %s, %zi, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi32>, tensor<1xi32>, tensor<1xi8>, tensor<1xi32>, tensor<1xi16>) -> tensor<4xi16>
  return %r : tensor<4xi16>
}
