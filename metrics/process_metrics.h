// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "prometheus/collectable.h"
#include "prometheus/metric_family.h"

namespace berth::metrics {

struct ProcessFigures {
  double cpu_seconds = 0;
  double start_seconds_after_boot = 0;
  uint64_t threads = 0;
  uint64_t virtual_bytes = 0;
  uint64_t resident_bytes = 0;
};

// Reads the text of /proc/<pid>/stat (proc(5)). Pure. InvalidArgument when it is not of that form.
absl::StatusOr<ProcessFigures> ParseProcessStat(absl::string_view text, int64_t ticks_per_second,
                                                int64_t page_size);

// The process_* figures that Prometheus's own clients export, and berth_build_info. A figure that
// cannot be read is left out. Thread-safe.
class ProcessMetrics : public prometheus::Collectable {
 public:
  // `proc` is /proc but in tests.
  explicit ProcessMetrics(std::string proc = "/proc") : proc_(std::move(proc)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  std::string proc_;
};

}  // namespace berth::metrics
