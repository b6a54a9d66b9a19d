// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/json.h"

// Health checks of containers, by Docker's rules. Pure.
namespace berth::cri {

inline constexpr size_t kMaxProbesKept = 5;
inline constexpr size_t kMaxProbeOutput = 4096;  // bytes

// What is checked and how, defaults filled in.
struct HealthSpec {
  std::vector<std::string> command;  // empty: nothing is checked
  absl::Duration interval, timeout, start_period, start_interval;
  int64_t retries = 0;
};

// Of a container's Config: its Healthcheck, and the Shell that CMD-SHELL means. InvalidArgument for
// wrong types, for times below a millisecond and for a kind of test that is not known.
absl::StatusOr<HealthSpec> ParseHealth(const Json& config);

struct Probe {
  int64_t start = 0, end = 0;  // ns
  int32_t exit_code = 0;       // -1: it could not be run, or took too long
  std::string output;

  bool operator==(const Probe&) const = default;
};

enum class HealthStatus : uint8_t { kNone, kStarting, kHealthy, kUnhealthy };

// "none", "starting", "healthy", "unhealthy".
absl::string_view NameOf(HealthStatus status);

struct HealthState {
  HealthStatus status = HealthStatus::kNone;
  int64_t failing_streak = 0;
  std::deque<Probe> log;  // the last ones

  bool operator==(const HealthState&) const = default;
};

// Of a container that has just started.
HealthState FirstHealth(const HealthSpec& spec);

// Takes in what a probe of a container that started at `started_at` (ns) has found. Whether the
// status has changed.
bool NoteProbe(const HealthSpec& spec, int64_t started_at, Probe probe, HealthState& state);

// How long after `now` (ns), which is the start or the end of a probe, the next one comes.
absl::Duration ProbePause(const HealthSpec& spec, int64_t started_at, int64_t now,
                          const HealthState& state);

// State.Health of inspect; null where nothing is checked.
Json HealthJson(const HealthState& state);

// The record's, for the database. Parsing takes what formatting wrote, and nothing for the rest.
Json FormatHealth(const HealthState& state);
HealthState ParseHealthState(const Json& json);

}  // namespace berth::cri
