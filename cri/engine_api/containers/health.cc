// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/health.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

constexpr absl::string_view kNames[] = {"none", "starting", "healthy", "unhealthy"};
constexpr absl::Duration kUsualInterval = absl::Seconds(30);
constexpr absl::Duration kUsualTimeout = absl::Seconds(30);
constexpr absl::Duration kUsualStartInterval = absl::Seconds(5);
constexpr int64_t kUsualRetries = 3;

absl::Duration ReadTime(JsonFields& fields, absl::string_view name, absl::Duration usual) {
  const absl::Duration time = absl::Nanoseconds(fields.Integer(name));
  if (time == absl::ZeroDuration()) {
    return usual;
  }
  if (time < absl::Milliseconds(1)) {
    fields.Note(
        absl::InvalidArgumentError(absl::StrCat(name, " in Healthcheck cannot be less than 1ms")));
  }
  return time;
}

absl::StatusOr<std::vector<std::string>> ReadCommand(const std::vector<std::string>& test,
                                                     std::vector<std::string> shell) {
  if (test.empty() || test.front() == "NONE") {
    return std::vector<std::string>();
  }
  std::vector<std::string> command(test.begin() + 1, test.end());
  if (command.empty() || (test.front() != "CMD" && test.front() != "CMD-SHELL")) {
    return absl::InvalidArgumentError(
        absl::StrCat("Unknown healthcheck type \"", test.front(), "\", or one without a command"));
  }
  if (test.front() == "CMD") {
    return command;
  }
  if (shell.empty()) {
    shell = {"/bin/sh", "-c"};
  }
  shell.push_back(command.front());
  return shell;
}

bool InStartPeriod(const HealthSpec& spec, int64_t started_at, int64_t now,
                   const HealthState& state) {
  return state.status == HealthStatus::kStarting &&
         absl::Nanoseconds(now - started_at) < spec.start_period;
}

}  // namespace

absl::StatusOr<HealthSpec> ParseHealth(const Json& config) {
  JsonFields fields(JsonObject(config, "Healthcheck"), "Healthcheck");
  HealthSpec spec;
  spec.interval = ReadTime(fields, "Interval", kUsualInterval);
  spec.timeout = ReadTime(fields, "Timeout", kUsualTimeout);
  spec.start_period = ReadTime(fields, "StartPeriod", absl::ZeroDuration());
  spec.start_interval = ReadTime(fields, "StartInterval", kUsualStartInterval);
  spec.retries = fields.Integer("Retries");
  const std::vector<std::string> test = fields.Texts("Test");
  JsonFields whole(config);
  std::vector<std::string> shell = whole.Texts("Shell");
  fields.Note(whole.status());
  RETURN_IF_ERROR(fields.status());
  if (spec.retries < 0) {
    return absl::InvalidArgumentError("Retries in Healthcheck cannot be negative");
  }
  spec.retries = spec.retries == 0 ? kUsualRetries : spec.retries;
  ASSIGN_OR_RETURN(spec.command, ReadCommand(test, std::move(shell)));
  return spec;
}

absl::string_view NameOf(HealthStatus status) {
  return kNames[static_cast<size_t>(status)];
}

HealthState FirstHealth(const HealthSpec& spec) {
  HealthState state;
  state.status = spec.command.empty() ? HealthStatus::kNone : HealthStatus::kStarting;
  return state;
}

bool NoteProbe(const HealthSpec& spec, int64_t started_at, Probe probe, HealthState& state) {
  const HealthStatus before = state.status;
  if (probe.exit_code == 0) {
    state.failing_streak = 0;
    state.status = HealthStatus::kHealthy;
  } else if (!InStartPeriod(spec, started_at, probe.start, state)) {
    ++state.failing_streak;
    state.status = state.failing_streak >= spec.retries ? HealthStatus::kUnhealthy : state.status;
  }
  probe.output.resize(std::min(probe.output.size(), kMaxProbeOutput));
  state.log.push_back(std::move(probe));
  if (state.log.size() > kMaxProbesKept) {
    state.log.pop_front();
  }
  return state.status != before;
}

absl::Duration ProbePause(const HealthSpec& spec, int64_t started_at, int64_t now,
                          const HealthState& state) {
  return InStartPeriod(spec, started_at, now, state) ? spec.start_interval : spec.interval;
}

Json HealthJson(const HealthState& state) {
  if (state.status == HealthStatus::kNone) {
    return nullptr;
  }
  Json log = Json::array();
  for (const Probe& probe : state.log) {
    log.push_back({{"Start", TimeText(probe.start)},
                   {"End", TimeText(probe.end)},
                   {"ExitCode", probe.exit_code},
                   {"Output", probe.output}});
  }
  return {{"Status", std::string(NameOf(state.status))},
          {"FailingStreak", state.failing_streak},
          {"Log", std::move(log)}};
}

Json FormatHealth(const HealthState& state) {
  Json log = Json::array();
  for (const Probe& probe : state.log) {
    log.push_back({{"start", probe.start},
                   {"end", probe.end},
                   {"exit_code", probe.exit_code},
                   {"output", probe.output}});
  }
  return {{"status", std::string(NameOf(state.status))},
          {"failing_streak", state.failing_streak},
          {"log", std::move(log)}};
}

HealthState ParseHealthState(const Json& json) {
  HealthState state;
  const auto* const name =
      std::find(std::begin(kNames), std::end(kNames), JsonString(json, "status").value_or("none"));
  if (name == std::end(kNames)) {
    return state;
  }
  state.status = static_cast<HealthStatus>(name - std::begin(kNames));
  state.failing_streak = JsonInteger(json, "failing_streak").value_or(0);
  for (const Json& each : JsonArray(json, "log")) {
    state.log.push_back({JsonInteger(each, "start").value_or(0),
                         JsonInteger(each, "end").value_or(0),
                         static_cast<int32_t>(JsonInteger(each, "exit_code").value_or(0)),
                         JsonString(each, "output").value_or("")});
  }
  return state;
}

}  // namespace berth::cri
