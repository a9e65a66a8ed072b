// The kernel of one row reads each parameter once: its shifts are stored as bytes. Two layers, so that the kernel is told
// where they lie.
// RUN: narrow-emit %s --io=quantized --target=avx512vnni -o %t.s
// RUN: FileCheck %s --input-file=%t.s
// CHECK: vpdpbusd
// CHECK: vpmovzxbd

// Not where more pixels read them again.
// RUN: sed 's/tensor<1x/tensor<4x/g' %s > %t.rows.mlir
// RUN: narrow-emit %t.rows.mlir --io=quantized --target=avx512vnni -o %t.rows.s
// RUN: FileCheck %s --check-prefix=ROWS --implicit-check-not=vpmovzxbd --input-file=%t.rows.s
// ROWS: vpdpbusd

!x = !quant.uniform<u8:f32, 0.5:10>
!v = !quant.uniform<i8<-127:127>:f32, 0.00286102294921875>
!w = !quant.uniform<i8<-127:127>:f32, 0.0011444091796875>

func.func @main(%x: tensor<1x64x!x>) -> tensor<1x64x!x> {
  %w0 = fxp.constant dense<3> : tensor<64x64xi8> -> tensor<64x64x!v>
  %w1 = fxp.constant dense<-5> : tensor<64x64xi8> -> tensor<64x64x!w>
  %b = fxp.constant dense<7> : tensor<64xi32> -> tensor<64xi32>
  %0 = fxp.fully_connected %x, %w0, %b <mode = q15, multiplier = [1500], shift = [4], offset = [3503]>
    : (tensor<1x64x!x>, tensor<64x64x!v>, tensor<64xi32>) -> tensor<1x64x!x>
  %1 = fxp.fully_connected %0, %w1, %b <mode = q15, multiplier = [1200], shift = [5], offset = [8754]>
    : (tensor<1x64x!x>, tensor<64x64x!w>, tensor<64xi32>) -> tensor<1x64x!x>
  return %1 : tensor<1x64x!x>
}
