// RUN: narrow-opt %s --split-input-file --verify-diagnostics

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected a value of the result's shape (N2)}}
  %0 = fxp.constant dense<1> : tensor<2xi8> -> tensor<3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected stored integers of type 'i8' (N2), found 'i16'}}
  %0 = fxp.constant dense<1> : tensor<2xi16> -> tensor<2x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected stored integers of type 'i32' (N2), found 'i64'}}
  %0 = fxp.constant dense<1> : tensor<2xi64> -> tensor<2xi32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected stored integers in -127..127 (N1), found -128}}
  %0 = fxp.constant dense<-128> : tensor<2xi8> -> tensor<2x!w>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!u4 = !quant.uniform<u4:f32, 0.5>

func.func @f() {
  // expected-error @below {{expected stored integers in 0..15 (N1), found 16}}
  %0 = fxp.constant dense<[0, 16]> : tensor<2xi8> -> tensor<2x!u4>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected a result of the input's shape}}
  %0 = fxp.quantize %x : tensor<2xf32> -> tensor<3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!z = !quant.uniform<u8:f32, 0.5:256>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected zero points of the result in the storage range (N1), found 256}}
  %0 = fxp.quantize %x : tensor<2xf32> -> tensor<2x!z>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!z = !quant.uniform<i23:f32, 0.5>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected the result of 2 to 22 bits (N1), found 23}}
  %0 = fxp.quantize %x : tensor<2xf32> -> tensor<2x!z>
  return
}

// -----

!u17 = !quant.uniform<u17:f32, 0.5>

func.func @f(%x: tensor<2x!u17>) {
  // expected-error @below {{expected the input of more than 16 bits to be signed (N1), found 17 unsigned ones}}
  %0 = fxp.dequantize %x : tensor<2x!u17> -> tensor<2xf32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected a range of two finite numbers, the lower one first, for 'x'}}
  fxp.observe %x "x" {range = array<f64: 1.0, 0.0>} : tensor<2xf32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected a range of two finite numbers, the lower one first, for 'x'}}
  fxp.observe %x "x" {range = array<f64: 0.0, 0x7FF0000000000000>} : tensor<2xf32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>

func.func @f(%x: tensor<2xf32>) {
  // expected-error @below {{expected a quantised element type, found 'i8'}}
  fxp.observe %x "x" {type = i8} : tensor<2xf32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>
!w = !quant.uniform<i8<-127:127>:f32, 0.5>
!z = !quant.uniform<u8:f32:1, {0.5, 0.5}>

func.func @f(%x: tensor<2x!z>) {
  // expected-error @below {{expected scales of the input on an axis of the tensor (N1), found axis 1}}
  %0 = fxp.dequantize %x : tensor<2x!z> -> tensor<2xf32>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2x!i16>) {
  // expected-error @below {{expected integers of at least 16 bits (N53), found 'i8'}}
  %0 = fxp.to_integers %x : tensor<2x!i16> -> tensor<2xi8>
  return
}

// -----

!i16 = !quant.uniform<i16:f32, 0.25>

func.func @f(%x: tensor<2xi8>) {
  // expected-error @below {{expected integers of at least 16 bits (N53), found 'i8'}}
  %0 = fxp.from_integers %x : tensor<2xi8> -> tensor<2x!i16>
  return
}

// -----

!i24 = !quant.uniform<i24:f32, 0.25>

func.func @f(%x: tensor<2x!i24>) {
  // expected-error @below {{expected integers of at least 32 bits (N53), found 'i16'}}
  %0 = fxp.to_integers %x : tensor<2x!i24> -> tensor<2xi16>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected both mean and factor, or none (N12)}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0>} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 1 means and factors (N12), found 2 and 2}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0, 2.0>, factor = array<f32: 1.0, 2.0>} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected 3 means and factors (N12), found 2 and 2}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0, 2.0>, factor = array<f32: 1.0, 2.0>, axis = 1 : i64} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected an axis below 2 (N12), found 2}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0>, factor = array<f32: 1.0>, axis = 2 : i64} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected finite means (N12)}}
  %0 = fxp.quantize %x {mean = array<f32: 0x7F800000>, factor = array<f32: 1.0>} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!u8 = !quant.uniform<u8:f32, 0.5:3>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected finite factors other than 0 (N12)}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0>, factor = array<f32: 0.0>} : tensor<2x3xf32> -> tensor<2x3x!u8>
  return
}

// -----

!axis = !quant.uniform<u8:f32:0, {0.5, 0.25}>
func.func @f(%x: tensor<2x3xf32>) {
  // expected-error @below {{expected a result of one scale (N12)}}
  %0 = fxp.quantize %x {mean = array<f32: 1.0>, factor = array<f32: 1.0>} : tensor<2x3xf32> -> tensor<2x3x!axis>
  return
}
