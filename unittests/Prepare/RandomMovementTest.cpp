//===- RandomMovementTest.cpp - transposes in random graphs ---------------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "PrepareHarness.h"
#include <cstdlib>
#include <numeric>
#include <random>

using namespace narrow;
using namespace narrow::testing;
namespace tosa = mlir::tosa;

namespace {
/// Writes a graph of transposes, elementwise ops, data movement, reductions and
/// reshapes between random values of rank 4, which some linear layers read as
/// rows.
class GraphWriter {
public:
  explicit GraphWriter(unsigned seed) : random(seed) {}

  std::string write() {
    values = {{"%x", {2, 3, 4, 2}}, {"%y", {2, 4, 2, 3}}};
    unsigned count = 4 + pick(14);
    for (unsigned i = 0; i < count; ++i)
      addOp();
    std::string results, types;
    // As many results are a linear layer of a flattened value.
    unsigned heads = pick(3);
    for (unsigned i = 0; i < 3; ++i) {
      Named value = values[values.size() - 1 - i];
      if (i < heads)
        value = addHead(value);
      results += (i ? ", " : "") + value.name;
      types += (i ? ", " : "") + toType(value.shape);
    }
    return "func.func @main(%x: tensor<2x3x4x2xf32>, %y: tensor<2x4x2x3xf32>)"
           " -> (" +
           types + ") {\n" + body + "return " + results + " : " + types + "\n}";
  }

private:
  struct Named {
    std::string name;
    SmallVector<int64_t> shape;
  };

  unsigned pick(unsigned limit) { return random() % limit; }

  std::string makeShape(ArrayRef<int64_t> sizes) {
    std::string name = "%s" + std::to_string(nextName++), text;
    for (int64_t size : sizes)
      text += (text.empty() ? "" : ", ") + std::to_string(size);
    std::string count = std::to_string(sizes.size());
    body += name + " = tosa.const_shape {values = dense<[" + text +
            "]> : tensor<" + count + "xindex>} : () -> !tosa.shape<" + count +
            ">\n";
    return name;
  }

  /// Adds `%n = op operands attributes : (types) -> type`.
  void add(const std::string &op, const std::string &operands,
           const std::string &types, SmallVector<int64_t> shape,
           const std::string &attributes = "") {
    std::string name = "%v" + std::to_string(nextName++);
    body += name + " = " + op + " " + operands + " " + attributes + " : (" +
            types + ") -> " + toType(shape) + "\n";
    values.push_back({name, shape});
  }

  /// Adds a linear layer of two results on the last three axes, or on the last
  /// two, as rows.
  Named addHead(const Named &in) {
    int64_t row = 1, count = 1;
    unsigned first = 1 + pick(2);
    for (auto [axis, size] : llvm::enumerate(in.shape))
      (axis < first ? count : row) *= size;
    std::string sizes = makeShape({count, row});
    std::string id = std::to_string(nextName++), rows = toType({count, row});
    Named result = {"%h" + id, {count, 2}};
    body += "%r" + id + " = tosa.reshape " + in.name + ", " + sizes + " : (" +
            toType(in.shape) + ", !tosa.shape<2>) -> " + rows + "\n";
    body += makeConstantText("%w" + id, {2, row}, nextName);
    body += makeConstantText("%b" + id, {2}, nextName);
    body += result.name + " = nn.linear %r" + id + ", %w" + id + ", %b" + id +
            " : (" + rows + ", " + toType({2, row}) + ", tensor<2xf32>) -> " +
            toType(result.shape) + "\n";
    return result;
  }

  void addOp() {
    // Late values, so that graphs get deep.
    Named in =
        values[values.size() - 1 - pick(std::min<size_t>(4, values.size()))];
    std::string type = toType(in.shape);
    unsigned axis = pick(4);
    std::string onAxis = "{axis = " + std::to_string(axis) + " : i32}";
    SmallVector<int64_t> shape = in.shape;
    switch (pick(11)) {
    case 0:
    case 1:
    case 2: {
      SmallVector<int> perm(4);
      std::iota(perm.begin(), perm.end(), 0);
      // Mostly the two that undo each other, so that something cancels.
      switch (pick(3)) {
      case 0:
        perm = {0, 3, 1, 2};
        break;
      case 1:
        perm = {0, 2, 3, 1};
        break;
      default:
        std::shuffle(perm.begin(), perm.end(), random);
      }
      std::string text;
      for (unsigned i = 0; i < 4; ++i) {
        shape[i] = in.shape[perm[i]];
        text += (i ? ", " : "") + std::to_string(perm[i]);
      }
      return add("tosa.transpose", in.name, type, shape,
                 "{perms = array<i32: " + text + ">}");
    }
    case 3:
      return add("tosa.tanh", in.name, type, shape);
    case 4: {
      for (const Named &other : llvm::reverse(values))
        if (other.shape == in.shape && other.name != in.name)
          return add("tosa.add", in.name + ", " + other.name,
                     type + ", " + type, shape);
      return add("tosa.abs", in.name, type, shape);
    }
    case 5: {
      SmallVector<int64_t> ones(4, 1);
      ones[axis] = in.shape[axis];
      std::string name = "%k" + std::to_string(nextName++);
      body += makeConstantText(name, ones, nextName);
      return add("tosa.sub", name + ", " + in.name, toType(ones) + ", " + type,
                 shape);
    }
    case 6:
      return add("tosa.reduce_max", in.name, type, (shape[axis] = 1, shape),
                 onAxis);
    case 7:
      if (shape[axis] > 6)
        return add("tosa.exp", in.name, type, shape);
      shape[axis] *= 2;
      return add("tosa.concat", in.name + ", " + in.name, type + ", " + type,
                 shape, onAxis);
    case 8: {
      SmallVector<int64_t> start(4, 0);
      if (shape[axis] > 1) {
        start[axis] = 1;
        --shape[axis];
      }
      std::string starts = makeShape(start), sizes = makeShape(shape);
      return add("tosa.slice", in.name + ", " + starts + ", " + sizes,
                 type + ", !tosa.shape<4>, !tosa.shape<4>", shape);
    }
    case 9: {
      // Merges the last two axes and splits the first, or keeps the shape.
      if (shape[0] % 2 == 0)
        shape = {2, shape[0] / 2, shape[1], shape[2] * shape[3]};
      std::string sizes = makeShape(shape);
      return add("tosa.reshape", in.name + ", " + sizes,
                 type + ", !tosa.shape<4>", shape);
    }
    default:
      return add("tosa.reverse", in.name, type, shape, onAxis);
    }
  }

  std::mt19937 random;
  std::vector<Named> values;
  std::string body;
  unsigned nextName = 0;
};
} // namespace

TEST(RandomMovementTest, KeepsWhatGraphsCompute) {
  PrepareHarness harness;
  // A long run asks for more.
  const char *wanted = std::getenv("NARROW_RANDOM_GRAPHS");
  unsigned count = wanted ? std::max(std::atoi(wanted), 1) : 30;
  for (unsigned seed = 0; seed < count; ++seed) {
    std::string text = GraphWriter(seed).write();
    auto before = mlir::parseSourceString<ModuleOp>(text, &harness.context);
    OwningOpRef<ModuleOp> after = harness.expectUnchanged(text, seed);
    ASSERT_TRUE(before && after) << text;
    ASSERT_FALSE(HasFailure()) << "seed " << seed << ": " << text;
    EXPECT_LE(countOps<tosa::TransposeOp>(*after),
              countOps<tosa::TransposeOp>(*before));
  }
}
