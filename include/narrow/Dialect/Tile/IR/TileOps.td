//===- TileOps.td - register-tile micro-operations ---------*- tablegen -*-===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef NARROW_DIALECT_TILE_IR_TILEOPS_TD
#define NARROW_DIALECT_TILE_IR_TILEOPS_TD

include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/EnumAttr.td"
include "narrow/Dialect/Tile/IR/TileDialect.td"

def Tile_Bytes : VectorOfRankAndType<[1], [I8]>;
def Tile_Words : VectorOfRankAndType<[1], [I16]>;
def Tile_Lanes : VectorOfRankAndType<[1], [I32]>;
def Tile_Output : VectorOfRankAndType<[1], [I8, I16]>;
def Tile_Multiplier : VectorOfRankAndType<[1], [I16, I32, F32]>;

def Tile_RequantMode : I32EnumAttr<"RequantMode", "as in `#fxp.requant`, and forms that compute the same from less", [
  I32EnumAttrCase<"Q15", 0, "q15">,
  I32EnumAttrCase<"Q31", 1, "q31">,
  I32EnumAttrCase<"F32", 2, "f32">,
  I32EnumAttrCase<"Pow2", 3, "pow2">,
  I32EnumAttrCase<"Q31High", 4, "q31_high">,
  I32EnumAttrCase<"Q31Double", 5, "q31_double">,
  I32EnumAttrCase<"Q31DoubleHigh", 6, "q31_double_high">
]> {
  let cppNamespace = "::narrow::tile";
  let genSpecializedAttr = 0;
}
def Tile_RequantModeAttr : EnumAttr<Tile_Dialect, Tile_RequantMode, "mode">;

def Tile_LaneOrder : I32EnumAttr<"LaneOrder", "which channel a lane of an accumulator holds", [
  I32EnumAttrCase<"Natural", 0, "natural">,
  I32EnumAttrCase<"Interleaved", 1, "interleaved">
]> {
  let cppNamespace = "::narrow::tile";
  let genSpecializedAttr = 0;
}
def Tile_LaneOrderAttr : EnumAttr<Tile_Dialect, Tile_LaneOrder, "order">;

def Tile_DotOp : Op<Tile_Dialect, "dot", [Pure, AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "four bytes by four bytes, added into each 32-bit lane";
  let description = [{
    ```
    result[l] = accumulator[l] + sum over i < 4 of a[l, i] * weights[4*l + i]
    ```
    modulo 2^32. Weights are signed. Activations are unsigned, or signed with
    `signed_activations`; `narrow_weights` says that no weight is -128, so that
    two products of signed bytes fit 16 bits; `safe_partner`, from 1 to 3, that the
    products of bytes 0 and `safe_partner` of every lane sum to 16 bits whatever
    unsigned bytes the activations are, and so do those of the other two (0: not
    said). Without `step`, `a[l, i]` is byte `4*l + i` of the
    activations; with it, every lane takes the same four bytes
    `4*step .. 4*step + 3` (a broadcast).

    ```mlir
    %1 = tile.dot %0, %a, %w {step = 0 : i64} : vector<16xi32>, vector<4xi8>, vector<64xi8>
    ```
  }];
  let arguments = (ins Tile_Lanes:$accumulator, Tile_Bytes:$activations, Tile_Bytes:$weights,
      OptionalAttr<I64Attr>:$step, UnitAttr:$signed_activations, UnitAttr:$narrow_weights,
      DefaultValuedAttr<I64Attr, "0">:$safe_partner);
  let results = (outs Tile_Lanes:$result);
  let assemblyFormat = [{
    $accumulator `,` $activations `,` $weights attr-dict `:` type($accumulator) `,` type($activations) `,` type($weights)
  }];
  let hasVerifier = 1;
}

def Tile_WordDotOp : Op<Tile_Dialect, "word_dot", [Pure, AllTypesMatch<["accumulator", "result"]>,
    AllTypesMatch<["activations", "weights"]>]> {
  let summary = "two words by two words, added into each 32-bit lane";
  let description = [{
    ```
    result[l] = accumulator[l] + sum over i < 2 of a[2*l + i] * weights[2*l + i]
    ```
    modulo 2^32. Both operands are signed; no two products are both of -2^15 by
    -2^15.

    ```mlir
    %1 = tile.word_dot %0, %a, %w : vector<8xi32>, vector<16xi16>
    ```
  }];
  let arguments = (ins Tile_Lanes:$accumulator, Tile_Words:$activations, Tile_Words:$weights);
  let results = (outs Tile_Lanes:$result);
  let assemblyFormat = [{
    $accumulator `,` $activations `,` $weights attr-dict `:` type($accumulator) `,` type($activations)
  }];
  let hasVerifier = 1;
}

def Tile_WideDotOp : Op<Tile_Dialect, "wide_dot", [Pure, AllTypesMatch<["accumulator", "result"]>]> {
  let summary = "words by bytes or words, the same words for every lane, added into each 32-bit lane";
  let description = [{
    With G weights for each lane, 1, 2 or 4,

    ```
    result[l] = accumulator[l] + sum over i < G of a[G*step + i] * weights[G*l + i]
    ```
    modulo 2^32. Both operands are signed. Bytes are widened by the level: a pair
    of words is what VPDPWSSD and VPMADDWD multiply; a quad is four SMLAL by
    element, and one word of each lane is a single one.

    ```mlir
    %1 = tile.wide_dot %0, %a, %w {step = 0 : i64} : vector<16xi32>, vector<2xi16>, vector<32xi8>
    ```
  }];
  let arguments = (ins Tile_Lanes:$accumulator, Tile_Words:$activations, Tile_Output:$weights, I64Attr:$step);
  let results = (outs Tile_Lanes:$result);
  let assemblyFormat = [{
    $accumulator `,` $activations `,` $weights attr-dict `:` type($accumulator) `,` type($activations) `,` type($weights)
  }];
  let hasVerifier = 1;
}

def Tile_SplitDotOp : Op<Tile_Dialect, "split_dot", [Pure]> {
  let summary = "products of bytes into two partial sums of every channel";
  let description = [{
    `low` and `high`, one after the other, hold two sums of each of L channels
    side by side; `weights` has one vector `<4*Lxi8>` for each of one or two
    steps, and with a the activations,

    ```
    result[2*c + j] = sum[2*c + j] + sum over s, i < 2 of a[4*(step + s) + 2*j + i] * weights_s[4*c + 2*j + i]
    ```
    modulo 2^32. Both operands are signed; `narrow_weights` says that no weight is
    -128, so that the products of two steps fit 16 bits before they are widened.
    A level without a dot product joins neighbouring lanes only once, after the
    last step.

    ```mlir
    %2, %3 = tile.split_dot %0, %1, %a, %w0, %w1 {step = 0 : i64}
      : (vector<4xi32>, vector<4xi32>, vector<16xi8>, vector<16xi8>, vector<16xi8>) -> (vector<4xi32>, vector<4xi32>)
    ```
  }];
  let arguments = (ins Tile_Lanes:$low, Tile_Lanes:$high, Tile_Bytes:$activations, Variadic<Tile_Bytes>:$weights,
      I64Attr:$step, UnitAttr:$narrow_weights);
  let results = (outs Tile_Lanes:$lowResult, Tile_Lanes:$highResult);
  let assemblyFormat = [{
    $low `,` $high `,` $activations `,` $weights attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Tile_ChannelDotOp : Op<Tile_Dialect, "channel_dot", [Pure, AttrSizedOperandSegments]> {
  let summary = "bytes of one or two places by their weights, each channel by itself";
  let description = [{
    V `sums` of L channels each, one after the other, and one or two vectors
    `<V*Lxi8>` of activations with one of weights each:

    ```
    result[c] = sum[c] + sum over p of a_p[c] * weights_p[c]
    ```
    modulo 2^32. Both operands are signed; of two places, no weight is -128, so
    that their products fit 16 bits before they are widened.

    ```mlir
    %1:2 = tile.channel_dot %0, %0 activations %a, %b weights %u, %v
      : (vector<4xi32>, vector<4xi32>, vector<8xi8>, vector<8xi8>, vector<8xi8>, vector<8xi8>) -> (vector<4xi32>, vector<4xi32>)
    ```
  }];
  let arguments = (ins Variadic<Tile_Lanes>:$sums, Variadic<Tile_Bytes>:$activations, Variadic<Tile_Bytes>:$weights);
  let results = (outs Variadic<Tile_Lanes>:$outputs);
  let assemblyFormat = [{
    $sums `activations` $activations `weights` $weights attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Tile_MmaOp : Op<Tile_Dialect, "mma", [Pure, AllTypesMatch<["accumulator", "result"]>,
    AllTypesMatch<["activations", "weights"]>]> {
  let summary = "two pixels of eight bytes by two channels of eight bytes";
  let description = [{
    ```
    result[2*p + c] = accumulator[2*p + c] + sum over i < 8 of a[8*p + i] * weights[8*c + i]
    ```
    modulo 2^32, for p, c < 2. Weights are signed; activations unsigned, or
    signed with `signed_activations`.

    ```mlir
    %1 = tile.mma %0, %a, %w : vector<4xi32>, vector<16xi8>
    ```
  }];
  let arguments = (ins VectorOfLengthAndType<[4], [I32]>:$accumulator, VectorOfLengthAndType<[16], [I8]>:$activations,
      VectorOfLengthAndType<[16], [I8]>:$weights, UnitAttr:$signed_activations);
  let results = (outs VectorOfLengthAndType<[4], [I32]>:$result);
  let assemblyFormat = [{
    $accumulator `,` $activations `,` $weights attr-dict `:` type($accumulator) `,` type($activations)
  }];
}

def Tile_Buffer : MemRefRankOf<[I8], [1]>;

def Tile_MatrixBlockOp : Op<Tile_Dialect, "matrix_block"> {
  let summary = "all products of one or two matrices of pixels by one or two of 16 channels";
  let description = [{
    A block of `rows` pixels, `pixel_stride` bytes apart, begins at each byte of
    `from` in `activations` (u8); weights (s8) are 64 bytes for 16 channels by
    four bytes of K, `columns` of them side by side, and `weight_stride` bytes
    from one step of K to the next. With `at`, `atW` summed over the loops
    (`counts`, and what a turn adds in `activation_strides` and
    `weight_strides`), and `steps` steps in the innermost turn:

    ```
    sums[p][c][r][l] = bias[at_bias / 4 + 16 * c + l] + sum over loops, s < steps, i < 4 of
        activations[from[p] + r * pixel_stride + at + 4 * s + i]
        * weights[at_weights + atW + s * weight_stride + 64 * c + 4 * l + i]
    ```
    modulo 2^32. `bias` and `sums` hold i32; `sums` is dense.

    ```mlir
    tile.matrix_block %a, %w, %b, %sums at %atW, %atB from %p0, %p1 {rows = 14 : i64, pixel_stride = 64 : i64,
      columns = 2 : i64, steps = 16 : i64, weight_stride = 256 : i64, counts = array<i64: 3>,
      activation_strides = array<i64: 64>, weight_strides = array<i64: 4096>}
      : memref<4096xi8>, memref<12288xi8>, memref<256xi8>, memref<3584xi8>
    ```
  }];
  let arguments = (ins Arg<Tile_Buffer, "", [MemRead]>:$activations, Arg<Tile_Buffer, "", [MemRead]>:$weights,
      Arg<Tile_Buffer, "", [MemRead]>:$bias, Arg<Tile_Buffer, "", [MemWrite]>:$sums, Index:$at_weights, Index:$at_bias,
      Variadic<Index>:$from, I64Attr:$rows, I64Attr:$pixel_stride, I64Attr:$columns, I64Attr:$steps,
      I64Attr:$weight_stride, DenseI64ArrayAttr:$counts, DenseI64ArrayAttr:$activation_strides,
      DenseI64ArrayAttr:$weight_strides);
  let assemblyFormat = [{
    $activations `,` $weights `,` $bias `,` $sums `at` $at_weights `,` $at_bias `from` $from attr-dict
    `:` type($activations) `,` type($weights) `,` type($bias) `,` type($sums)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Byte of the sums of a block of pixels and a column.
    int64_t getSumsAt(int64_t pixels, int64_t column) { return (pixels * getColumns() + column) * getRows() * 64; }
  }];
}

def Tile_RequantOp : Op<Tile_Dialect, "requant", [Pure, AttrSizedOperandSegments]> {
  let summary = "accumulators of a tile to stored outputs";
  let description = [{
    A tile is P pixels by V vectors of L channels; `accumulators` holds P * V
    vectors `<Lxi32>`, a pixel's vectors side by side, and every result holds one
    pixel's V * L outputs in the order of their channels. Parameters have one
    vector of L channels per column (V of them, or none where the mode has no
    such parameter), in the order of the accumulators' lanes:

    | mode | shifts | multipliers | output |
    |---|---|---|---|
    | `q15`  | i32 | i16 | `clamp((sat16(a >> s) * m + 2^14) >> 15)` |
    | `q31`  | i32 | i32 | `clamp(((i64(a) * m + 2^(s-1)) >> s) + zero_point)` |
    | `f32`  | none | f32 | `clamp(rne(f32(a) * m) + zero_point)` |
    | `pow2` | i32 | none | `clamp(((a + 2^(s-1)) >> s) + zero_point)`; s = 0 adds nothing |
    | `q31_high` | i32 | i32 | `clamp(((((i64(a << l) * m) >> 32) + 2^(s-1)) >> s) + zero_point)` |
    | `q31_double` | i32 | i32 | `clamp(((i64(a) * m + 2^(s-1) + r) >> s) + zero_point)`, r = 0 for s < 32, else 2^30, negative where `a * m` is |
    | `q31_double_high` | i32 | i32 | `clamp(((((i64(a) * m + r) >> 32) + 2^(s-1)) >> s) + zero_point)` |

    `q31_high` is `q31` with a shift of `32 + s - l` for accumulators that `<< l`
    does not take out of i32: the high half of the product is all that is
    needed; `q31_double_high` is `q31_double` with a shift of `32 + s`. `pre_shifts` holds `l`, one vector per column, or is empty where all are 0.

    Results are i8 or i16, which hold signed values with `signed_results` and
    unsigned ones without. `clamp` is to that type's range, then to `minimums`
    and `maximums` (of the result's element type), one vector of V * L outputs in
    channel order, where they are given.

    The channel in lane l of column v is `v * L + l` in `natural` order. In
    `interleaved` order it is `16 * (l / 4) + 4 * v + l % 4`, V = 4: what in-lane
    interleaving of four byte vectors leaves.
  }];
  let arguments = (ins Variadic<Tile_Lanes>:$accumulators, Variadic<Tile_Lanes>:$pre_shifts, Variadic<Tile_Lanes>:$shifts,
      Variadic<Tile_Multiplier>:$multipliers, Optional<Tile_Output>:$minimums, Optional<Tile_Output>:$maximums,
      Tile_RequantModeAttr:$mode, DefaultValuedAttr<Tile_LaneOrderAttr, "::narrow::tile::LaneOrder::Natural">:$order,
      DefaultValuedAttr<I32Attr, "0">:$zero_point, UnitAttr:$signed_results);
  let results = (outs Variadic<Tile_Output>:$outputs);
  let assemblyFormat = [{
    $mode $accumulators (`pre_shifts` $pre_shifts^)? (`shifts` $shifts^)? (`multipliers` $multipliers^)? (`min` $minimums^)? (`max` $maximums^)?
    attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Vectors of a pixel.
    unsigned getColumns() { return getAccumulators().size() / getOutputs().size(); }
    /// 32-bit lanes of an accumulator.
    int64_t getLanes() {
      return ::llvm::cast<::mlir::VectorType>(getAccumulators().front().getType()).getNumElements();
    }
    ::mlir::VectorType getOutputType() {
      return ::llvm::cast<::mlir::VectorType>(getOutputs().front().getType());
    }
  }];
}

def Tile_LookupOp : Op<Tile_Dialect, "lookup", [Pure, AllTypesMatch<["indices", "result"]>]> {
  let summary = "bytes of a table of 256 or 16, by index";
  let description = [{
    ```
    result[l] = table[unsigned(indices[l])]
    ```
    Indices into a table of 16 are below 16: one shuffle looks them up.
    Levels with byte shuffles by a vector of indices (`Target::shufflesBytes`) do it in
    registers: VPERMI2B on two halves of the table, VPSHUFB on sixteenths, TBL and
    TBX on quarters. Others go through memory, one lane at a time.

    ```mlir
    %1 = tile.lookup %table, %0 : vector<256xi8>, vector<32xi8>
    ```
  }];
  let arguments = (ins Tile_Bytes:$table, Tile_Bytes:$indices);
  let results = (outs Tile_Bytes:$result);
  let assemblyFormat = "$table `,` $indices attr-dict `:` type($table) `,` type($indices)";
  let hasVerifier = 1;
}

def Tile_AddOp : Op<Tile_Dialect, "add", [Pure, AttrSizedOperandSegments]> {
  let summary = "stored integers of two scales added, pixel by pixel";
  let description = [{
    ```
    result[i] = clamp(((lhs[i] * m_lhs + rhs[i] * m_rhs + constant) >> shift) + zero_point)
    ```
    with sums modulo 2^32 that are exact once complete, as rule N40 of `fxp.add`
    has it: `constant` is the rounding less the zero points. `multipliers` holds
    m_lhs and m_rhs, 0 to 32767, in turn; they, `constants` and `shifts` (0 to 30)
    repeat the same numbers for as many lanes as suit the level. Elements are i16,
    or i8 that hold signed values with `lhs_signed`, `rhs_signed`,
    `signed_results`, unsigned ones without. `clamp` is to `minimum` and `maximum`.

    ```mlir
    %2 = tile.add %0 plus %1 by %m, %c, %s {zero_point = 0 : i32, minimum = 0 : i32, maximum = 255 : i32, lhs_signed}
      : (vector<64xi16>, vector<64xi8>, vector<32xi16>, vector<16xi32>, vector<16xi32>) -> vector<64xi8>
    ```
  }];
  let arguments = (ins Variadic<Tile_Output>:$lhs, Variadic<Tile_Output>:$rhs,
      VectorOfRankAndType<[1], [I16]>:$multipliers, Tile_Lanes:$constants, Tile_Lanes:$shifts,
      I32Attr:$zero_point, I32Attr:$minimum, I32Attr:$maximum,
      UnitAttr:$lhs_signed, UnitAttr:$rhs_signed, UnitAttr:$signed_results);
  let results = (outs Variadic<Tile_Output>:$outputs);
  let assemblyFormat = [{
    $lhs `plus` $rhs `by` $multipliers `,` $constants `,` $shifts attr-dict `:` functional-type(operands, results)
  }];
  let hasVerifier = 1;
}

def Tile_BarrierOp : Op<Tile_Dialect, "barrier", []> {
  let summary = "stops the compiler, not the CPU, from moving loads across";
  let description = [{
    Costs no instruction. Without one before each step of K, LLVM hoists all
    loads of a tile, or merges those that neighbouring pixels share, and the
    accumulators spill.
  }];
  let assemblyFormat = "attr-dict";
}

#endif // NARROW_DIALECT_TILE_IR_TILEOPS_TD
