// What integer TOSA may not have, each at its operation.
// RUN: narrow-opt %s --split-input-file --convert-tosa-to-fxp --verify-diagnostics

func.func @shift(%x: tensor<4xi8>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<63> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@+1 {{expected shifts in 2..62, found 63}}
  %r = tosa.rescale %x, %m, %s, %z, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

func.func @multiplier(%x: tensor<4xi8>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = "tosa.const"() {values = dense<-7> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<31> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@+1 {{expected multipliers that are not negative, found -7}}
  %r = tosa.rescale %x, %m, %s, %z, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

func.func @computed(%x: tensor<4xi8>, %s: tensor<1xi8>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %m = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  // expected-error@+1 {{expected constant multipliers and shifts}}
  %r = tosa.rescale %x, %m, %s, %z, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

func.func @zero_point(%x: tensor<4xi8>, %z: tensor<1xi8>) -> tensor<4xi8> {
  %m = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<31> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@+1 {{expected one constant input zero point}}
  %r = tosa.rescale %x, %m, %s, %z, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi8>, tensor<1xi32>, tensor<1xi8>, tensor<1xi8>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

func.func @type(%x: tensor<4xi64>) -> tensor<4xi8> {
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %zl = "tosa.const"() {values = dense<0> : tensor<1xi64>} : () -> tensor<1xi64>
  %m = "tosa.const"() {values = dense<7> : tensor<1xi32>} : () -> tensor<1xi32>
  %s = "tosa.const"() {values = dense<31> : tensor<1xi8>} : () -> tensor<1xi8>
  // expected-error@+1 {{expected a rescale of i8, i16, i32 or i48, found 'tensor<4xi64>'}}
  %r = tosa.rescale %x, %m, %s, %zl, %z {scale32 = true, rounding_mode = SINGLE_ROUND, per_channel = false, input_unsigned = false, output_unsigned = false} : (tensor<4xi64>, tensor<1xi32>, tensor<1xi8>, tensor<1xi64>, tensor<1xi8>) -> tensor<4xi8>
  return %r : tensor<4xi8>
}

// -----

func.func @dynamic(%x: tensor<?xi8>) -> tensor<?xi8> {
  // expected-error@+1 {{expected tensors of f32 or signless integers with static shapes, found 'tensor<?xi8>'}}
  %0 = tosa.clamp %x {min_val = -5 : i8, max_val = 100 : i8} : (tensor<?xi8>) -> tensor<?xi8>
  return %0 : tensor<?xi8>
}

// -----

func.func @operation(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error@+1 {{expected an operation that is compiled on integers, found 'tosa.custom'}}
  %0 = tosa.custom %x {domain_name = "d", implementation_attrs = "", operator_name = "o"} : (tensor<4xi8>) -> tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @foreign(%x: tensor<4xi8>) -> tensor<4xi8> {
  // expected-error@+1 {{expected an operation of TOSA, found 'arith.addi'}}
  %0 = arith.addi %x, %x : tensor<4xi8>
  return %0 : tensor<4xi8>
}

// -----

func.func @long(%x: tensor<1x1x1x1xi16>) -> tensor<1x1x1x1xi48> {
  %w = "tosa.const"() {values = dense<3> : tensor<1x1x1x1xi8>} : () -> tensor<1x1x1x1xi8>
  %b = "tosa.const"() {values = dense<7> : tensor<1xi48>} : () -> tensor<1xi48>
  %z = "tosa.const"() {values = dense<0> : tensor<1xi8>} : () -> tensor<1xi8>
  %zi = "tosa.const"() {values = dense<0> : tensor<1xi16>} : () -> tensor<1xi16>
  // expected-error@+1 {{expected a rescale as the only reader of 48-bit integers}}
  %a = tosa.conv2d %x, %w, %b, %zi, %z {acc_type = i48, pad = array<i64: 0, 0, 0, 0>, stride = array<i64: 1, 1>, dilation = array<i64: 1, 1>} : (tensor<1x1x1x1xi16>, tensor<1x1x1x1xi8>, tensor<1xi48>, tensor<1xi16>, tensor<1xi8>) -> tensor<1x1x1x1xi48>
  return %a : tensor<1x1x1x1xi48>
}
