//===- NnNormalisationOps.td - normalisations and softmax --*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_NN_IR_NNNORMALISATIONOPS_TD
#define NARROW_DIALECT_NN_IR_NNNORMALISATIONOPS_TD

include "narrow/Dialect/Nn/IR/NnBase.td"

def Nn_BatchNormOp : Nn_SameTypeOp<"batch_norm"> {
  let summary = "normalisation by stored statistics";
  let description = [{
    `out[..., c] = (in[..., c] - mean[c]) / sqrt(variance[c] + epsilon) * scale[c] + offset[c]`:
    the channel is the last axis.
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Vector:$scale, Nn_Vector:$offset, Nn_Vector:$mean,
      Nn_Vector:$variance, F32Attr:$epsilon);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = [{
    $input `,` $scale `,` $offset `,` $mean `,` $variance attr-dict `:` functional-type(operands, results)
  }];
}

def Nn_InstanceNormOp : Nn_SameTypeOp<"instance_norm"> {
  let summary = "normalisation of each channel of each sample";
  let description = [{
    `out = (in - mean) / sqrt(variance + epsilon) * scale[c] + offset[c]` with
    mean and (biased) variance over all axes but the first and the last: input
    `[N, ..., C]`, scale and offset `[C]`.
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Vector:$scale, Nn_Vector:$offset, F32Attr:$epsilon);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $scale `,` $offset attr-dict `:` functional-type(operands, results)";
}

def Nn_LayerNormOp : Nn_SameTypeOp<"layer_norm"> {
  let summary = "normalisation of each sample over its last axes";
  let description = [{
    `out = (in - mean) / sqrt(variance + epsilon) * scale + offset` with mean and
    (biased) variance over the axes from `axis` on; scale and offset have the
    shape of those axes.
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$scale, Nn_Tensor:$offset, I64Attr:$axis, F32Attr:$epsilon);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $scale `,` $offset attr-dict `:` functional-type(operands, results)";
}

def Nn_RmsNormOp : Nn_SameTypeOp<"rms_norm"> {
  let summary = "division by the root of the mean square";
  let description = [{
    `out = in / sqrt(mean(in^2) + epsilon) * scale`, the mean over the axes from
    `axis` on; scale has the shape of those axes. With `floor`, epsilon bounds
    the root: `out = in / max(sqrt(mean(in^2)), epsilon) * scale`, which is L2
    normalisation where scale is the root of the mean's count, inverted.
  }];
  let arguments = (ins Nn_Tensor:$input, Nn_Tensor:$scale, I64Attr:$axis, F32Attr:$epsilon, UnitAttr:$floor);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input `,` $scale attr-dict `:` functional-type(operands, results)";
}

def Nn_SoftmaxOp : Nn_SameTypeOp<"softmax"> {
  let summary = "exponentials divided by their sum";
  let description = [{
    `out = exp(in - max) / sum(exp(in - max))` along `axis`. Elements whose
    `mask` is false give 0 and are no part of maximum and sum; the elements of a
    row of which all are masked are alike: 1 divided by their number. Sizes of 1
    of the mask are broadcast.

    ```mlir
    %y = nn.softmax %x mask %m {axis = 3 : i64} : tensor<1x2x4x4xf32>, tensor<1x1x4x4xi1>
    ```
  }];
  let arguments = (ins Nn_Tensor:$input, Optional<Nn_Mask>:$mask, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input (`mask` $mask^)? attr-dict `:` type($input) (`,` type($mask)^)?";
  let builders = [OpBuilder<(ins "::mlir::Type":$result, "::mlir::Value":$input, "int64_t":$axis), [{
    build($_builder, $_state, result, input, /*mask=*/::mlir::Value(), static_cast<uint64_t>(axis));
  }]>];
}

def Nn_LogSoftmaxOp : Nn_SameTypeOp<"log_softmax"> {
  let summary = "logarithm of softmax";
  let description = [{
    `out = in - max - log(sum(exp(in - max)))` along `axis`.
  }];
  let arguments = (ins Nn_Tensor:$input, I64Attr:$axis);
  let results = (outs Nn_Tensor:$result);
  let assemblyFormat = "$input attr-dict `:` type($input)";
}

#endif // NARROW_DIALECT_NN_IR_NNNORMALISATIONOPS_TD
