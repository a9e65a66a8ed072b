// RUN: narrow-check-kernels %s | FileCheck %s
// Places of the largest and smallest elements (N73): one, some and all of a
// row; ties, NaN and zeros of both signs; integers of every width, unsigned
// ones of 8 bits among them; maxima that are put back at computed places.
// CHECK: every output equals the interpreter's

!u8 = !quant.uniform<u8:f32, 0.05:128>

func.func @floats(%x: tensor<3x41xf32>) -> (tensor<3x7xi32>, tensor<3x41xi32>, tensor<3x1xi32>) {
  %0 = nn.top_k %x : tensor<3x41xf32> -> tensor<3x7xi32>
  %1 = nn.top_k %x {smallest} : tensor<3x41xf32> -> tensor<3x41xi32>
  %2 = nn.top_k %x : tensor<3x41xf32> -> tensor<3x1xi32>
  return %0, %1, %2 : tensor<3x7xi32>, tensor<3x41xi32>, tensor<3x1xi32>
}

func.func @bytes(%x: tensor<2x300x!u8>) -> (tensor<2x100xi32>, tensor<2x100xi32>) {
  %i = fxp.to_integers %x : tensor<2x300x!u8> -> tensor<2x300xi16>
  %0 = nn.top_k %i : tensor<2x300xi16> -> tensor<2x100xi32>
  %1 = nn.top_k %i {smallest} : tensor<2x300xi16> -> tensor<2x100xi32>
  return %0, %1 : tensor<2x100xi32>, tensor<2x100xi32>
}

func.func @wide(%x: tensor<1x5xi64>, %y: tensor<2x2xi8>) -> (tensor<1x3xi32>, tensor<2x2xi32>) {
  %0 = nn.top_k %x : tensor<1x5xi64> -> tensor<1x3xi32>
  %1 = nn.top_k %y : tensor<2x2xi8> -> tensor<2x2xi32>
  return %0, %1 : tensor<1x3xi32>, tensor<2x2xi32>
}

func.func @constant() -> (tensor<1x9xi32>, tensor<1x9xi32>) {
  %x = "tosa.const"() {values = dense<[[0.0, -0.0, 0x7FC00000, 1.0, 0x7F800000, 1.0, 0xFF800000, 0xFFC00000, -1.0]]> : tensor<1x9xf32>} : () -> tensor<1x9xf32>
  %0 = nn.top_k %x : tensor<1x9xf32> -> tensor<1x9xi32>
  %1 = nn.top_k %x {smallest} : tensor<1x9xf32> -> tensor<1x9xi32>
  return %0, %1 : tensor<1x9xi32>, tensor<1x9xi32>
}

func.func @scattered(%x: tensor<1x4x1x!u8>, %s: tensor<1x4xf32>) -> tensor<1x9x1x!u8> {
  %i = nn.top_k %s : tensor<1x4xf32> -> tensor<1x4xi32>
  %zero = "tosa.const"() {values = dense<-128> : tensor<1x9x1xi8>} : () -> tensor<1x9x1xi8>
  %q = fxp.to_integers %x : tensor<1x4x1x!u8> -> tensor<1x4x1xi8>
  %0 = tosa.scatter %zero, %i, %q : (tensor<1x9x1xi8>, tensor<1x4xi32>, tensor<1x4x1xi8>) -> tensor<1x9x1xi8>
  %1 = fxp.from_integers %0 : tensor<1x9x1xi8> -> tensor<1x9x1x!u8>
  return %1 : tensor<1x9x1x!u8>
}
