//===- Passes.td - passes before kernels are chosen --------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_CODEGEN_PASSES_TD
#define NARROW_CODEGEN_PASSES_TD

include "mlir/Pass/PassBase.td"

def ChooseRowStrips : Pass<"choose-row-strips", "::mlir::func::FuncOp"> {
  let summary = "run in strips what needs the most memory";
  let description = [{
    Chooses the groups of operations that `fxp-split-rows` splits, and splits
    them. A plan of the function's memory says where the most of it is needed;
    there, groups of up to 12 operations are tried, and the one is taken that
    lowers the need most, the smallest of equals. So on, until nothing lowers it
    by 1/32 or more. Images that are never whole need no memory, and what lies
    between two operations of a strip does not leave the second-level cache.

    A group is split into as few strips as let the values of one fit in a
    quarter of the memory at the group's ends, at most 256 KB. It is not split

    - where its weights, which every strip reads again, are more than 256 KB;
    - into strips on which an operation has fewer than 2^18
      multiply-accumulates, or bytes, on average;
    - where the rows that strips share are more than a quarter of what is
      computed.

    The choice depends on shapes alone: one plan serves all ISA levels. A remark
    `[row-strips]` names each group.
  }];
  let dependentDialects = ["::narrow::fxp::FxpDialect"];
}

#endif // NARROW_CODEGEN_PASSES_TD
