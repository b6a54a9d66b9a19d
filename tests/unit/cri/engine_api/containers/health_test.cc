// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/health.h"

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

HealthSpec Spec(const Json& check) {
  return ParseHealth({{"Healthcheck", check}}).value();
}

Probe Result(int64_t at, int32_t code) {
  return {at, at + 1, code, "said"};
}

TEST(Health, IsReadWithDockersDefaults) {
  const HealthSpec spec = Spec({{"Test", {"CMD-SHELL", "check me"}}});
  EXPECT_EQ(spec.command, (std::vector<std::string>{"/bin/sh", "-c", "check me"}));
  EXPECT_EQ(spec.interval, absl::Seconds(30));
  EXPECT_EQ(spec.timeout, absl::Seconds(30));
  EXPECT_EQ(spec.start_period, absl::ZeroDuration());
  EXPECT_EQ(spec.start_interval, absl::Seconds(5));
  EXPECT_EQ(spec.retries, 3);
  EXPECT_EQ(Spec({{"Test", {"CMD", "a", "b"}}}).command, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(ParseHealth({{"Healthcheck", {{"Test", {"CMD-SHELL", "x"}}}}, {"Shell", {"ash", "-e"}}})
                ->command,
            (std::vector<std::string>{"ash", "-e", "x"}));
}

TEST(Health, MayBeNone) {
  EXPECT_TRUE(Spec({{"Test", {"NONE"}}}).command.empty());
  EXPECT_TRUE(ParseHealth(Json::object())->command.empty());
  EXPECT_EQ(FirstHealth(Spec({{"Test", {"NONE"}}})).status, HealthStatus::kNone);
  EXPECT_TRUE(HealthJson({}).is_null());
}

TEST(Health, NonsenseIsRefused) {
  for (const Json& bad :
       {Json{{"Test", {"RUN", "x"}}}, Json{{"Test", {"CMD"}}}, Json{{"Interval", 999'999}},
        Json{{"Retries", -1}}, Json{{"Test", "x"}}}) {
    EXPECT_THAT(ParseHealth({{"Healthcheck", bad}}),
                test::StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

TEST(Health, FailsAfterAsManyRetries) {
  const HealthSpec spec = Spec({{"Test", {"CMD", "x"}}, {"Retries", 2}});
  HealthState state = FirstHealth(spec);
  EXPECT_EQ(state.status, HealthStatus::kStarting);
  EXPECT_FALSE(NoteProbe(spec, 0, Result(1, 1), state));
  EXPECT_TRUE(NoteProbe(spec, 0, Result(2, -1), state));
  EXPECT_EQ(state.status, HealthStatus::kUnhealthy);
  EXPECT_EQ(state.failing_streak, 2);
  EXPECT_TRUE(NoteProbe(spec, 0, Result(3, 0), state));
  EXPECT_EQ(state.status, HealthStatus::kHealthy);
  EXPECT_EQ(state.failing_streak, 0);
  EXPECT_FALSE(NoteProbe(spec, 0, Result(4, 1), state));
  EXPECT_EQ(state.status, HealthStatus::kHealthy);
}

TEST(Health, FailuresInTheStartPeriodDoNotCountAndProbesComeSooner) {
  const HealthSpec spec = Spec({{"Test", {"CMD", "x"}},
                                {"Retries", 1},
                                {"StartPeriod", 10 * kSecond},
                                {"StartInterval", 2 * kSecond}});
  HealthState state = FirstHealth(spec);
  EXPECT_EQ(ProbePause(spec, 0, 0, state), absl::Seconds(2));
  EXPECT_FALSE(NoteProbe(spec, 0, Result(9 * kSecond, 1), state));
  EXPECT_EQ(state.failing_streak, 0);
  EXPECT_EQ(ProbePause(spec, 0, 11 * kSecond, state), absl::Seconds(30));
  EXPECT_TRUE(NoteProbe(spec, 0, Result(11 * kSecond, 1), state));
  EXPECT_EQ(state.status, HealthStatus::kUnhealthy);
}

TEST(Health, SuccessEndsTheStartPeriod) {
  const HealthSpec spec =
      Spec({{"Test", {"CMD", "x"}}, {"Retries", 1}, {"StartPeriod", 10 * kSecond}});
  HealthState state = FirstHealth(spec);
  EXPECT_TRUE(NoteProbe(spec, 0, Result(1, 0), state));
  EXPECT_TRUE(NoteProbe(spec, 0, Result(2, 1), state));
  EXPECT_EQ(state.status, HealthStatus::kUnhealthy);
}

TEST(Health, KeepsAFewProbesAndTheBeginningOfWhatTheySaid) {
  const HealthSpec spec = Spec({{"Test", {"CMD", "x"}}});
  HealthState state = FirstHealth(spec);
  for (int i = 0; i < 7; ++i) {
    NoteProbe(spec, 0, {i, i, 0, std::string(5000, 'x')}, state);
  }
  ASSERT_EQ(state.log.size(), kMaxProbesKept);
  EXPECT_EQ(state.log.front().start, 2);
  EXPECT_EQ(state.log.front().output.size(), kMaxProbeOutput);
  EXPECT_EQ(ParseHealthState(FormatHealth(state)), state);
  EXPECT_EQ(HealthJson(state)["Log"].size(), kMaxProbesKept);
  EXPECT_EQ(HealthJson(state)["Status"], "healthy");
}

TEST(Health, AnUnknownRecordIsNone) {
  EXPECT_EQ(ParseHealthState(Json()), HealthState());
  EXPECT_EQ(ParseHealthState({{"status", "odd"}}), HealthState());
}

}  // namespace
}  // namespace berth::cri
