//===- ScoresTest.cpp - the file of scores, and scores corrected ----------===//
//
// Part of Narrow, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "narrow/Search/Scores.h"
#include "gtest/gtest.h"
#include <cmath>

using namespace narrow;
using namespace narrow::search;

namespace {
Scores makeScores() {
  Scores scores;
  scores.model = 0xfedcba9876543210;
  scores.parts = {"boxes", "scores"};
  scores.noise = {1e-4, 3e-3};
  scores.layers[{"conv1", "w4"}] = {2.5e-4, 0.1};
  scores.layers[{"conv\"2", "w2"}] = {1.0 / 3, 1e-30};
  scores.plans.push_back({{{"conv1", "w4"}}, {1.25e-4, 2e-3}});
  scores.network = llvm::json::Object{{"key", "12"}};
  return scores;
}

/// Three layers of two forms, one part.
ChoiceTable makeTable() {
  ChoiceTable table;
  table.noise = {1e-3};
  for (double noise : {1e-3, 2e-3, 4e-3})
    table.layers.push_back(
        {"layer", {{"w8", 8, 0, {0}}, {"w4", 4, 0, {noise}}}});
  return table;
}

double predict(const ChoiceTable &table, ArrayRef<unsigned> choices) {
  return evaluate(table, choices).noise.front();
}

TEST(Scores, comeBackFromTheirText) {
  Scores scores = makeScores();
  std::string text;
  llvm::raw_string_ostream(text) << scores.toJson();
  auto json = llvm::json::parse(text);
  ASSERT_TRUE(bool(json));
  llvm::Expected<Scores> read = Scores::fromJson(*json);
  ASSERT_TRUE(bool(read)) << llvm::toString(read.takeError());
  EXPECT_EQ(read->model, scores.model);
  EXPECT_EQ(read->parts, scores.parts);
  EXPECT_EQ(read->noise, scores.noise);
  EXPECT_EQ(read->layers, scores.layers);
  ASSERT_EQ(read->plans.size(), 1u);
  EXPECT_EQ(read->plans.front().noise, scores.plans.front().noise);
  EXPECT_EQ(read->findPlan({{"conv1", "w4"}}), &read->plans.front());
  EXPECT_EQ(read->findPlan({}), nullptr);
  EXPECT_EQ(read->network, scores.network);
  EXPECT_FALSE(bool(read->checkFits(scores)));
}

TEST(Scores, ofAnotherModelOrOtherSamplesDoNotFit) {
  Scores scores = makeScores(), other = scores;
  other.model = 1;
  EXPECT_EQ(llvm::toString(scores.checkFits(other)),
            "expected scores of this model, found those of another");
  other = scores;
  other.noise.front() *= 1.1;
  EXPECT_EQ(llvm::toString(scores.checkFits(other)),
            "expected scores made with these samples and this way to quantise, "
            "found others");
  other = scores;
  other.parts.pop_back();
  other.noise.pop_back();
  EXPECT_TRUE(bool(scores.checkFits(other)));
}

TEST(Scores, brokenFilesAreErrors) {
  std::pair<const char *, const char *> cases[] = {
      {"[]", "expected scores of format 1"},
      {R"({"format": 2})", "expected scores of format 1"},
      {R"({"format": 1, "model": "xyz"})", "expected the model's hash"},
      {R"({"format": 1, "model": "a"})",
       "expected the lists 'parts', 'layers' and 'plans'"},
      {R"({"format": 1, "model": "a", "parts": ["y"], "layers": [],
           "plans": [], "noise": [-1]})",
       "expected a noise of 0 or more"},
      {R"({"format": 1, "model": "a", "parts": ["y"], "layers": [],
           "plans": [], "noise": []})",
       "expected 1 noises, found 0"},
      {R"({"format": 1, "model": "a", "parts": ["y"], "plans": [],
           "noise": [1], "layers": [{"noise": [1]}]})",
       "expected 'layer' and 'form'"},
      {R"({"format": 1, "model": "a", "parts": ["y"], "layers": [],
           "noise": [1], "plans": [{"noise": [1, 2]}]})",
       "expected 1 noises, found 2"}};
  for (auto [text, error] : cases) {
    auto json = llvm::json::parse(text);
    ASSERT_TRUE(bool(json)) << text;
    llvm::Expected<Scores> scores = Scores::fromJson(*json);
    ASSERT_FALSE(bool(scores)) << text;
    EXPECT_EQ(llvm::toString(scores.takeError()), error);
  }
}

TEST(Scores, noiseAddsUpWhereItIsSmall) {
  EXPECT_NEAR(toAddable(1e-4), 1e-4, 1e-7);
  EXPECT_GT(toAddable(0.75), 1.4);
  for (double noise : {0.0, 1e-6, 0.01, 0.5, 1.2})
    EXPECT_NEAR(fromAddable(toAddable(noise)), noise, 1e-12);
  // What is no number is loud, and still tells nothing of others.
  EXPECT_EQ(toAddable(NAN), toAddable(INFINITY));
  EXPECT_EQ(toAddable(NAN), toAddable(100));
  EXPECT_GT(toAddable(NAN), 50);
}

TEST(Refine, aLoudPlanSaysLittleOfQuietOnes) {
  ChoiceTable table = makeTable();
  for (Layer &layer : table.layers)
    layer.choices.push_back({"w2", 2, 0, {5}});
  // Half of the sum, far beyond the signal: sums are rough there.
  refine(table, Observation{{2, 2, 2}, {7}});
  EXPECT_GT(predict(table, {1, 1, 1}), 0.6 * predict(makeTable(), {1, 1, 1}));
}

TEST(Refine, aMeasuredPlanIsPredictedAfterwards) {
  ChoiceTable table = makeTable();
  // Half as much again as the sum of its layers.
  Observation plan{{1, 1, 0}, {1e-3 + 1.5 * 3e-3}};
  refine(table, plan);
  EXPECT_NEAR(predict(table, plan.choices), plan.noise.front(),
              0.02 * plan.noise.front());
  // The one that was not in it is taken to be too low as well, but by less.
  double third = table.layers[2].choices[1].noise.front();
  EXPECT_GT(third, 4e-3);
  EXPECT_LT(third, 1.5 * 4e-3);
  // First forms are exact.
  EXPECT_EQ(predict(table, {0, 0, 0}), 1e-3);
}

TEST(Refine, severalPlansAreAllPredicted) {
  ChoiceTable table = makeTable();
  Observation plans[] = {{{1, 1, 0}, {5e-3}},
                         {{0, 1, 1}, {6e-3}},
                         {{1, 1, 1}, {10e-3}},
                         {{1, 1, 1}, {10e-3}}};
  refine(table, plans);
  for (const Observation &plan : plans)
    EXPECT_NEAR(predict(table, plan.choices), plan.noise.front(),
                0.05 * plan.noise.front());
}

TEST(Refine, aChoiceThatAddsNoiseKeepsSome) {
  ChoiceTable table = makeTable();
  refine(table, Observation{{1, 1, 1}, {0}});
  for (const Layer &layer : table.layers)
    EXPECT_GT(layer.choices[1].noise.front(), 0);
}

TEST(Refine, withoutPlansNothingChanges) {
  ChoiceTable table = makeTable();
  refine(table, {});
  EXPECT_EQ(predict(table, {1, 1, 1}), predict(makeTable(), {1, 1, 1}));
}
} // namespace
