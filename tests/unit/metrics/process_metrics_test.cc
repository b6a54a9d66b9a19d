// SPDX-License-Identifier: Apache-2.0
#include "metrics/process_metrics.h"

#include <map>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace berth::metrics {
namespace {

std::map<std::string, prometheus::MetricFamily> ByName(const prometheus::Collectable& source) {
  std::map<std::string, prometheus::MetricFamily> families;
  for (const prometheus::MetricFamily& family : source.Collect()) {
    families[family.name] = family;
  }
  return families;
}

TEST(ProcessMetrics, ParsesAStatLineWhoseNameHasParentheses) {
  auto figures = ParseProcessStat(
      "7 (a) b (c) S 1 7 7 0 -1 4194560 9 0 0 0 150 50 0 0 20 0 12 0 1000 8192 3 "
      "18446744073709551615",
      100, 4096);
  ASSERT_TRUE(figures.ok()) << figures.status();
  EXPECT_EQ(figures->cpu_seconds, 2);
  EXPECT_EQ(figures->threads, 12u);
  EXPECT_EQ(figures->start_seconds_after_boot, 10);
  EXPECT_EQ(figures->virtual_bytes, 8192u);
  EXPECT_EQ(figures->resident_bytes, 3u * 4096);
}

TEST(ProcessMetrics, RefusesWhatIsNotAStatLine) {
  for (const char* text : {"", "7 (x)", "7 (x) S 1 2",
                           "7 (x) S 1 7 7 0 -1 4194560 9 0 0 0 a 50 0 0 20 0 12 0 1 8 3 1"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseProcessStat(text, 100, 4096).status())) << text;
  }
}

TEST(ProcessMetrics, ReportsThisProcess) {
  auto families = ByName(ProcessMetrics());
  EXPECT_EQ(families["berth_build_info"].metric.at(0).label.at(0).name, "version");
  EXPECT_GT(families["process_resident_memory_bytes"].metric.at(0).gauge.value, 1 << 20);
  EXPECT_GE(families["process_open_fds"].metric.at(0).gauge.value, 3);
  EXPECT_GE(families["process_max_fds"].metric.at(0).gauge.value, 3);
  EXPECT_GE(families["process_threads"].metric.at(0).gauge.value, 1);
  EXPECT_EQ(families.count("process_cpu_seconds_total"), 1u);
  const double age = absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()) -
                     families["process_start_time_seconds"].metric.at(0).gauge.value;
  EXPECT_GT(age, -2);
  EXPECT_LT(age, 3600);
}

TEST(ProcessMetrics, LeavesOutWhatItCannotRead) {
  auto families = ByName(ProcessMetrics("/nonexistent"));
  EXPECT_EQ(families.count("process_open_fds"), 0u);
  EXPECT_EQ(families.count("process_resident_memory_bytes"), 0u);
  EXPECT_EQ(families.count("berth_build_info"), 1u);
}

}  // namespace
}  // namespace berth::metrics
