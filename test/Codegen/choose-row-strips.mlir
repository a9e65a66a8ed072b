// RUN: narrow-opt %s --pass-pipeline='builtin.module(func.func(choose-row-strips))' --split-input-file 2> %t.err | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.err --implicit-check-not=remark:

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// The image between the two is eight times the ends.
// REMARK: remark: this and 1 operations before it run in {{[0-9]+}} strips of {{[0-9]+}} rows: at most {{[0-9]+}} instead of {{[0-9]+}} bytes are alive [row-strips]
// CHECK-LABEL: func.func @wide
// CHECK: fxp.slice %arg0
func.func @wide(%x: tensor<1x64x64x16x!x>) -> tensor<1x64x64x16x!x> {
  %w1 = fxp.constant dense<17> : tensor<128x1x1x16xi8> -> tensor<128x1x1x16x!w>
  %b1 = fxp.constant dense<7> : tensor<128xi32> -> tensor<128xi32>
  %w2 = fxp.constant dense<-9> : tensor<16x3x3x128xi8> -> tensor<16x3x3x128x!w>
  %b2 = fxp.constant dense<7> : tensor<16xi32> -> tensor<16xi32>
  %0 = fxp.conv2d %x, %w1, %b1 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x16x!x>, tensor<128x1x1x16x!w>, tensor<128xi32>) -> tensor<1x64x64x128x!x>
  %1 = fxp.conv2d %0, %w2, %b2 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x128x!x>, tensor<16x3x3x128x!w>, tensor<16xi32>) -> tensor<1x64x64x16x!x>
  return %1 : tensor<1x64x64x16x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// The first needs as much by itself as both together: nothing is saved.
// CHECK-LABEL: func.func @even
// CHECK-NOT: fxp.slice
func.func @even(%x: tensor<1x64x64x128x!x>) -> tensor<1x64x64x128x!x> {
  %w = fxp.constant dense<17> : tensor<128x1x1x128xi8> -> tensor<128x1x1x128x!w>
  %b = fxp.constant dense<7> : tensor<128xi32> -> tensor<128xi32>
  %0 = fxp.conv2d %x, %w, %b <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x128x!x>, tensor<128x1x1x128x!w>, tensor<128xi32>) -> tensor<1x64x64x128x!x>
  %1 = fxp.conv2d %0, %w, %b <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x128x!x>, tensor<128x1x1x128x!w>, tensor<128xi32>) -> tensor<1x64x64x128x!x>
  return %1 : tensor<1x64x64x128x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// Strips would be over in no time.
// CHECK-LABEL: func.func @small
// CHECK-NOT: fxp.slice
func.func @small(%x: tensor<1x8x8x16x!x>) -> tensor<1x8x8x16x!x> {
  %w1 = fxp.constant dense<17> : tensor<128x1x1x16xi8> -> tensor<128x1x1x16x!w>
  %b1 = fxp.constant dense<7> : tensor<128xi32> -> tensor<128xi32>
  %w2 = fxp.constant dense<-9> : tensor<16x1x1x128xi8> -> tensor<16x1x1x128x!w>
  %b2 = fxp.constant dense<7> : tensor<16xi32> -> tensor<16xi32>
  %0 = fxp.conv2d %x, %w1, %b1 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x16x!x>, tensor<128x1x1x16x!w>, tensor<128xi32>) -> tensor<1x8x8x128x!x>
  %1 = fxp.conv2d %0, %w2, %b2 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x8x8x128x!x>, tensor<16x1x1x128x!w>, tensor<16xi32>) -> tensor<1x8x8x16x!x>
  return %1 : tensor<1x8x8x16x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// 300 KB of weights would be read for every strip.
// CHECK-LABEL: func.func @heavy
// CHECK-NOT: fxp.slice
func.func @heavy(%x: tensor<1x32x32x32x!x>) -> tensor<1x32x32x32x!x> {
  %w1 = fxp.constant dense<17> : tensor<512x3x3x32xi8> -> tensor<512x3x3x32x!w>
  %b1 = fxp.constant dense<7> : tensor<512xi32> -> tensor<512xi32>
  %w2 = fxp.constant dense<-9> : tensor<32x3x3x512xi8> -> tensor<32x3x3x512x!w>
  %b2 = fxp.constant dense<7> : tensor<32xi32> -> tensor<32xi32>
  %0 = fxp.conv2d %x, %w1, %b1 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x32x32x32x!x>, tensor<512x3x3x32x!w>, tensor<512xi32>) -> tensor<1x32x32x512x!x>
  %1 = fxp.conv2d %0, %w2, %b2 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x32x32x512x!x>, tensor<32x3x3x512x!w>, tensor<32xi32>) -> tensor<1x32x32x32x!x>
  return %1 : tensor<1x32x32x32x!x>
}

// -----

!x = !quant.uniform<u8:f32, 0.05:128>
!w = !quant.uniform<i8<-127:127>:f32, 0.02>

// The wide image is a result itself.
// CHECK-LABEL: func.func @read_twice
// CHECK-NOT: fxp.slice
func.func @read_twice(%x: tensor<1x64x64x16x!x>) -> (tensor<1x64x64x128x!x>, tensor<1x64x64x16x!x>) {
  %w1 = fxp.constant dense<17> : tensor<128x1x1x16xi8> -> tensor<128x1x1x16x!w>
  %b1 = fxp.constant dense<7> : tensor<128xi32> -> tensor<128xi32>
  %w2 = fxp.constant dense<-9> : tensor<16x1x1x128xi8> -> tensor<16x1x1x128x!w>
  %b2 = fxp.constant dense<7> : tensor<16xi32> -> tensor<16xi32>
  %0 = fxp.conv2d %x, %w1, %b1 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x16x!x>, tensor<128x1x1x16x!w>, tensor<128xi32>) -> tensor<1x64x64x128x!x>
  %1 = fxp.conv2d %0, %w2, %b2 <mode = q15, multiplier = [20972], shift = [5], offset = [6570]>
    {strides = array<i64: 1, 1>, pads = array<i64: 0, 0, 0, 0>, dilations = array<i64: 1, 1>, groups = 1 : i64}
    : (tensor<1x64x64x128x!x>, tensor<16x1x1x128x!w>, tensor<16xi32>) -> tensor<1x64x64x16x!x>
  return %0, %1 : tensor<1x64x64x128x!x>, tensor<1x64x64x16x!x>
}
