//===- NnDialect.td - whole float operations of networks ---*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNDIALECT_TD
#define NARROW_DIALECT_NN_IR_NNDIALECT_TD

include "mlir/IR/OpBase.td"

def Nn_Dialect : Dialect {
  let name = "nn";
  let cppNamespace = "::narrow::nn";
  let summary = "float operations of neural networks that must stay whole";
  let description = [{
    TOSA is the float level's common language. This dialect adds the operations
    that TOSA lacks (grouped convolution, inverse and hyperbolic functions,
    resizing as ONNX defines it) and those that quantisation must still see as
    one operation when their range is known (softmax, normalisations, GELU).

    Every value is a static f32 tensor. Images are NHWC, convolution weights are
    OHWI, and pads are [top, left, bottom, right]. Operations have one result
    and no side effect. They are decomposed, by `--convert-nn-to-linalg`, only
    to execute the float model.
  }];
  let dependentDialects = ["::mlir::quant::QuantDialect"];
  let useDefaultAttributePrinterParser = 1;
}

#endif // NARROW_DIALECT_NN_IR_NNDIALECT_TD
