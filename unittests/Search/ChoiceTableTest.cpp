//===- ChoiceTableTest.cpp - the integer program against trying all -------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/ChoiceTable.h"
#include "gtest/gtest.h"
#include <cmath>
#include <functional>
#include <random>

using namespace narrow;
using namespace narrow::search;

namespace {
/// Calls `use` with every selection of the table.
void forEachSelection(const ChoiceTable &table,
                      const std::function<void(const Selection &)> &use) {
  SmallVector<unsigned> choices(table.layers.size(), 0);
  while (true) {
    use(evaluate(table, choices));
    size_t at = 0;
    while (at < choices.size() &&
           ++choices[at] == table.layers[at].choices.size())
      choices[at++] = 0;
    if (at == choices.size())
      return;
  }
}

struct Drawer {
  std::mt19937 random{7};

  double draw(double low, double high) {
    return std::uniform_real_distribution<double>(low, high)(random);
  }
  int64_t drawCount(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  }

  /// Noises spread over decades, as measured ones do; some choices gain.
  ChoiceTable drawTable(int64_t mostLayers) {
    ChoiceTable table;
    int64_t parts = drawCount(1, 3);
    for (int64_t part = 0; part < parts; ++part)
      table.noise.push_back(std::pow(10, draw(-5, -1)));
    table.bytes = drawCount(0, 5000);
    table.us = draw(0, 10);
    int64_t layers = drawCount(1, mostLayers);
    for (int64_t i = 0; i < layers; ++i) {
      Layer &layer = table.layers.emplace_back();
      layer.name = "layer" + std::to_string(i);
      int64_t weights = drawCount(10, 100000);
      double us = draw(0.1, 100);
      for (int bits : {8, 4, 2}) {
        Choice &choice = layer.choices.emplace_back();
        choice.name = "w" + std::to_string(bits);
        choice.bytes = weights * bits / 8;
        choice.us = us * draw(0.5, 1.2);
        for (double base : table.noise)
          choice.noise.push_back(
              bits == 8 ? 0 : base * std::pow(10, draw(-3, 3)) - base * 0.01);
      }
    }
    return table;
  }

  /// Limits somewhere between what is least and what is most.
  Budget drawBudget(const ChoiceTable &table) {
    SmallVector<unsigned> first(table.layers.size(), 0),
        last(table.layers.size(), 2);
    Selection plain = evaluate(table, first), small = evaluate(table, last);
    Budget budget;
    if (drawCount(0, 1))
      budget.bytes = static_cast<int64_t>(
          draw(0.9 * static_cast<double>(small.bytes), plain.bytes));
    if (drawCount(0, 2) == 0)
      budget.us = plain.us * draw(0.7, 1.2);
    if (drawCount(0, 1))
      for (double noise : plain.noise)
        budget.noise.push_back(noise * std::pow(10, draw(-0.05, 1)));
    return budget;
  }
};

ChoiceTable makeSmall() {
  ChoiceTable table;
  table.noise = {1e-3};
  table.layers = {
      {"a", {{"w8", 100, 0, {0}}, {"w4", 50, 0, {1e-4}}}},
      {"b", {{"w8", 1000, 0, {0}}, {"w4", 500, 0, {5e-4}}}},
      {"c", {{"w8", 1000, 0, {0}}, {"w4", 500, 0, {2e-4}}}},
  };
  return table;
}

TEST(ChoiceTable, solutionsAreThoseOfTryingAll) {
  Drawer drawer;
  unsigned held = 0, missed = 0;
  for (int trial = 0; trial < 200; ++trial) {
    ChoiceTable table = drawer.drawTable(6);
    Budget budget = drawer.drawBudget(table);
    double best = INFINITY, least = INFINITY;
    forEachSelection(table, [&](const Selection &selection) {
      least = std::min(least, getExcess(selection, budget));
      if (isWithin(selection, budget))
        best = std::min(best, getAim(selection, budget));
    });
    llvm::Expected<Selection> found = solve(table, budget);
    ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
    ASSERT_EQ(found->holds, std::isfinite(best)) << trial;
    if (!found->holds) {
      ++missed;
      EXPECT_LE(getExcess(*found, budget), least + 1e-4) << trial;
      continue;
    }
    ++held;
    EXPECT_TRUE(isWithin(*found, budget)) << trial;
    // What breaks ties weighs a hundred-thousandth of the largest plan.
    double unit = getAim(
        evaluate(table, SmallVector<unsigned>(table.layers.size(), 0)), budget);
    if (budget.noise.empty() || (budget.bytes && budget.us))
      for (const Layer &layer : table.layers)
        for (const Choice &choice : layer.choices)
          for (double noise : choice.noise)
            unit = std::max(unit, 1e-6 * std::abs(noise));
    EXPECT_LE(getAim(*found, budget), best + 1e-4 * unit) << trial;
  }
  // Both kinds of budgets were drawn.
  EXPECT_GT(held, 50u);
  EXPECT_GT(missed, 20u);
}

TEST(ChoiceTable, aLimitOfBytesKeepsTheLeastNoise) {
  Budget budget;
  budget.bytes = 1700;
  llvm::Expected<Selection> found = solve(makeSmall(), budget);
  ASSERT_TRUE(bool(found));
  EXPECT_TRUE(found->holds);
  EXPECT_EQ(found->choices, (SmallVector<unsigned>{0, 0, 1}));
  EXPECT_EQ(found->bytes, 1600);
}

TEST(ChoiceTable, aLimitOfNoiseKeepsTheFewestBytes) {
  Budget budget;
  budget.noise = {1.35e-3};
  llvm::Expected<Selection> found = solve(makeSmall(), budget);
  ASSERT_TRUE(bool(found));
  EXPECT_TRUE(found->holds);
  EXPECT_EQ(found->choices, (SmallVector<unsigned>{1, 0, 1}));
}

TEST(ChoiceTable, anImpossibleBudgetGivesTheNearestPoint) {
  Budget budget;
  budget.bytes = 100;
  llvm::Expected<Selection> found = solve(makeSmall(), budget);
  ASSERT_TRUE(bool(found));
  EXPECT_FALSE(found->holds);
  EXPECT_EQ(found->bytes, 1050);
  // No bytes at all are a budget too.
  budget.bytes = 0;
  found = solve(makeSmall(), budget);
  ASSERT_TRUE(bool(found));
  EXPECT_FALSE(found->holds);
  EXPECT_EQ(found->bytes, 1050);
}

TEST(ChoiceTable, lessExcessIsBetterThanLessNoise) {
  ChoiceTable table = makeSmall();
  Budget budget;
  budget.bytes = 1700;
  Selection plain = evaluate(table, {0, 0, 0}),
            one = evaluate(table, {0, 1, 0}),
            other = evaluate(table, {0, 0, 1}),
            all = evaluate(table, {1, 1, 1});
  EXPECT_TRUE(isBetter(one, plain, budget));
  EXPECT_TRUE(isBetter(other, one, budget));
  EXPECT_TRUE(isBetter(other, all, budget));
  EXPECT_FALSE(isBetter(all, one, budget));
  EXPECT_EQ(getExcess(all, budget), 0);
  EXPECT_NEAR(getExcess(plain, budget), 400.0 / 1700, 1e-12);
}

TEST(ChoiceTable, conflictingChoicesAreNotTakenTogether) {
  ChoiceTable table = makeSmall();
  Budget budget;
  budget.bytes = 1100;
  auto both = solve(table, budget);
  ASSERT_TRUE(bool(both));
  EXPECT_EQ(both->choices, (SmallVector<unsigned>{0, 1, 1}));
  table.conflicts = {{1, 1, 2, 1}};
  auto nearest = solve(table, budget);
  ASSERT_TRUE(bool(nearest));
  EXPECT_FALSE(nearest->holds);
  EXPECT_EQ(nearest->choices, (SmallVector<unsigned>{1, 0, 1}));
  // What does not need both is as without.
  budget.bytes = 1600;
  EXPECT_EQ(solve(table, budget)->choices, (SmallVector<unsigned>{0, 0, 1}));
}

TEST(ChoiceTable, theFasterOfAsGoodOnesIsTaken) {
  // The same noise and, under the limit, bytes that nobody asks about.
  ChoiceTable table;
  table.noise = {0.01};
  table.us = 1;
  Layer &layer = table.layers.emplace_back();
  layer.name = "layer";
  layer.choices = {{"w8", 800, 10, {0}},
                   {"w4", 400, 12, {0.001}},
                   {"w4.i8", 800, 8, {0.001}}};
  Budget budget;
  budget.us = 9;
  EXPECT_EQ(solve(table, budget)->choices[0], 2u);
  budget.us = 20;
  EXPECT_EQ(solve(table, budget)->choices[0], 0u);
  // As much noise is allowed, and the bytes are the aim.
  Budget noise;
  noise.noise = {0.02};
  EXPECT_EQ(solve(table, noise)->choices[0], 1u);
  layer.choices[1].bytes = 800;
  EXPECT_EQ(solve(table, noise)->choices[0], 2u);
  Selection slow = evaluate(table, {1}), fast = evaluate(table, {2});
  EXPECT_TRUE(isBetter(fast, slow, noise));
  EXPECT_FALSE(isBetter(slow, fast, noise));
}

TEST(ChoiceTable, aTableWithoutLayersHasOneSelection) {
  ChoiceTable table;
  table.noise = {1e-2};
  table.bytes = 12;
  Budget budget;
  budget.bytes = 11;
  llvm::Expected<Selection> found = solve(table, budget);
  ASSERT_TRUE(bool(found));
  EXPECT_FALSE(found->holds);
  EXPECT_EQ(found->bytes, 12);
}

TEST(ChoiceTable, theFrontIsThatOfAllSelections) {
  Drawer drawer;
  for (int trial = 0; trial < 8; ++trial) {
    ChoiceTable table = drawer.drawTable(4);
    llvm::Expected<std::vector<Selection>> front = findFront(table, 400);
    ASSERT_TRUE(bool(front)) << llvm::toString(front.takeError());
    ASSERT_FALSE(front->empty());
    for (size_t i = 1; i < front->size(); ++i) {
      EXPECT_LT((*front)[i].bytes, (*front)[i - 1].bytes);
      EXPECT_GT((*front)[i].getWorstNoise(), (*front)[i - 1].getWorstNoise());
    }
    // Nothing is better than a point of the front in both, but for what breaks
    // ties.
    for (const Selection &point : *front)
      forEachSelection(table, [&](const Selection &other) {
        bool isBetter =
            other.bytes <= point.bytes &&
            other.getWorstNoise() < 0.999 * point.getWorstNoise() - 1e-7;
        EXPECT_FALSE(isBetter) << trial;
      });
  }
}

TEST(ChoiceTable, theFrontOfTimeIsThatOfAllSelections) {
  Drawer drawer;
  for (int round = 0; round < 20; ++round) {
    ChoiceTable table = drawer.drawTable(5);
    auto front = findFront(table, 12, FrontAxis::Time);
    ASSERT_TRUE(bool(front));
    forEachSelection(table, [&](const Selection &other) {
      for (const Selection &point : *front)
        EXPECT_FALSE(other.us <= point.us * (1 - 1e-6) &&
                     other.getWorstNoise() <
                         point.getWorstNoise() * (1 - 1e-4));
    });
  }
}

TEST(ChoiceTable, greedKeepsTheBudgetAndIsNoBetterThanTheProgram) {
  Drawer drawer;
  int held = 0;
  for (int round = 0; round < 100; ++round) {
    ChoiceTable table = drawer.drawTable(6);
    Budget budget;
    budget.bytes =
        evaluate(table, SmallVector<unsigned>(table.layers.size(), 1)).bytes;
    std::optional<Selection> greedy = solveGreedily(table, budget);
    auto best = solve(table, budget);
    ASSERT_TRUE(bool(best));
    if (!greedy)
      continue;
    ++held;
    EXPECT_TRUE(isWithin(*greedy, budget));
    EXPECT_GE(greedy->getWorstNoise(), best->getWorstNoise() * (1 - 1e-4));
  }
  EXPECT_GT(held, 50);
  // Nothing limits bytes or time: there is nothing to save.
  EXPECT_FALSE(solveGreedily(makeSmall(), Budget()));
  Budget impossible;
  impossible.bytes = 1;
  EXPECT_FALSE(solveGreedily(makeSmall(), impossible));
}

TEST(ChoiceTable, hundredsOfLayersTakeSeconds) {
  Drawer drawer;
  ChoiceTable table = drawer.drawTable(1);
  while (table.layers.size() < 200) {
    ChoiceTable more = drawer.drawTable(1);
    for (Choice &choice : more.layers.front().choices)
      choice.noise.resize(table.noise.size(), choice.noise.front());
    table.layers.push_back(more.layers.front());
  }
  Selection plain = evaluate(table, SmallVector<unsigned>(200, 0));
  Budget budget;
  budget.bytes = plain.bytes * 6 / 10;
  llvm::Expected<Selection> found = solve(table, budget);
  ASSERT_TRUE(bool(found)) << llvm::toString(found.takeError());
  EXPECT_TRUE(found->holds);
  EXPECT_LE(found->bytes, *budget.bytes);
}
} // namespace
