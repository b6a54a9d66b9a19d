// SPDX-License-Identifier: Apache-2.0
#include "cri/metric_table.h"

#include <map>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

std::string NameOf(uint32_t major, uint32_t minor) {
  return absl::StrCat("dev", major, ".", minor);
}

// One that has a value for every metric.
Measured Everything() {
  Measured m;
  m.id = "c1";
  m.image = "busybox";
  m.pod_namespace = "default";
  m.pod = "web";
  m.container = "main";
  m.started_at = 2'000'000'000;
  m.at = 3'000'000'000;
  m.figures.cgroup_path = "/berth/a0/c1";
  runtime::CgroupFigures& figures = m.figures.cgroup;
  figures.stats.cpu_usage_ns = 1'999'999'999;
  figures.stats.page_faults = 50;
  figures.stats.memory_limit = 4096;
  figures.stats.swap_usage = 0;
  figures.stats.swap_limit = 1000;
  for (auto* pressure :
       {&figures.stats.cpu_pressure, &figures.stats.memory_pressure, &figures.stats.io_pressure}) {
    pressure->emplace().some.total_ns = 7'000'000'000;
  }
  for (auto* figure :
       {&figures.cpu_user_ns, &figures.cpu_system_ns, &figures.cfs_periods,
        &figures.throttled_periods, &figures.throttled_ns, &figures.memory_max,
        &figures.kernel_memory, &figures.oom_kills, &figures.pids_limit, &figures.cpu_period,
        &figures.cpu_quota, &figures.cpu_shares, &figures.memory_reservation}) {
    *figure = 1;
  }
  figures.own_page_faults = 20;
  figures.hugepages.push_back({"2MB", 1, 2});
  figures.devices.push_back(
      {.major = 8, .minor = 1, .read_bytes = 4096, .written_bytes = 512, .reads = 1, .writes = 2});
  m.figures.processes = {.processes = 2, .descriptors = 9, .sockets = 3, .open_files_limit = 1024};
  m.interfaces = {{.name = "eth0", .receive_bytes = 11}};
  m.filesystem = {
      .device = "/dev/sda", .used_bytes = 5, .bytes = 100, .inodes = 20, .free_inodes = 10};
  return m;
}

// "eth0 = 11": the values of a metric's own labels and its value.
std::multimap<std::string, std::string> ValuesOf(const Measured& measured) {
  constexpr int kShared = 6;
  std::multimap<std::string, std::string> values;
  for (const v1::Metric& metric : MetricsOf(measured, NameOf)) {
    const auto& labels = metric.label_values();
    values.emplace(metric.name(),
                   absl::StrCat(absl::StrJoin(labels.begin() + kShared, labels.end(), " "), " = ",
                                metric.value().value()));
  }
  return values;
}

std::vector<std::string> Named(const std::multimap<std::string, std::string>& values,
                               const std::string& name) {
  std::vector<std::string> found;
  const auto range = values.equal_range(name);
  for (auto it = range.first; it != range.second; ++it) {
    found.push_back(it->second);
  }
  return found;
}

TEST(MetricTable, GivesEachDescriptorAMetricWithAsManyLabels) {
  std::map<std::string, int> labels;
  for (const v1::MetricDescriptor& descriptor : MetricDescriptors()) {
    EXPECT_FALSE(descriptor.help().empty()) << descriptor.name();
    EXPECT_TRUE(labels.emplace(descriptor.name(), descriptor.label_keys_size()).second);
  }
  std::set<std::string> given;
  for (const v1::Metric& metric : MetricsOf(Everything(), NameOf)) {
    EXPECT_EQ(metric.label_values_size(), labels[metric.name()]) << metric.name();
    const bool counts = absl::EndsWith(metric.name(), "_total")
                            ? metric.name() != "container_fs_inodes_total"
                            : metric.name() == "container_memory_failcnt";
    EXPECT_EQ(metric.metric_type() == v1::COUNTER, counts) << metric.name();
    given.insert(metric.name());
  }
  EXPECT_EQ(given.size(), labels.size());
}

TEST(MetricTable, NamesWhatIsMeasured) {
  const v1::MetricDescriptor descriptor = MetricDescriptors()[0];
  EXPECT_THAT(descriptor.label_keys(),
              ElementsAre("id", "name", "image", "namespace", "pod", "container"));
  EXPECT_THAT(MetricsOf(Everything(), NameOf)[0].label_values(),
              ElementsAre("/berth/a0/c1", "c1", "busybox", "default", "web", "main"));
}

TEST(MetricTable, HasWholeSeconds) {
  const auto values = ValuesOf(Everything());
  EXPECT_THAT(Named(values, "container_cpu_usage_seconds_total"), ElementsAre(" = 1"));
  EXPECT_THAT(Named(values, "container_pressure_cpu_waiting_seconds_total"), ElementsAre(" = 7"));
  EXPECT_THAT(Named(values, "container_pressure_cpu_stalled_seconds_total"), ElementsAre(" = 0"));
  EXPECT_THAT(Named(values, "container_start_time_seconds"), ElementsAre(" = 2"));
  EXPECT_THAT(Named(values, "container_last_seen"), ElementsAre(" = 3"));
}

TEST(MetricTable, HasAMetricForEachOfSeveral) {
  const auto values = ValuesOf(Everything());
  EXPECT_THAT(Named(values, "container_memory_failures_total"),
              ElementsAre("pgfault container = 20", "pgmajfault container = 0",
                          "pgfault hierarchy = 50", "pgmajfault hierarchy = 0"));
  EXPECT_THAT(Named(values, "container_blkio_device_usage_total"),
              ElementsAre("dev8.1 8 1 Read = 4096", "dev8.1 8 1 Write = 512"));
  EXPECT_THAT(Named(values, "container_network_receive_bytes_total"), ElementsAre("eth0 = 11"));
  EXPECT_THAT(Named(values, "container_fs_usage_bytes"), ElementsAre("/dev/sda = 5"));
  EXPECT_THAT(Named(values, "container_ulimits_soft"), ElementsAre("max_open_files = 1024"));
  EXPECT_THAT(Named(values, "container_hugetlb_max_usage_bytes"), ElementsAre("2MB = 2"));
  EXPECT_THAT(Named(values, "container_spec_memory_swap_limit_bytes"), ElementsAre(" = 5096"));
}

TEST(MetricTable, LeavesOutWhatIsNotKnown) {
  const auto values = ValuesOf(Measured());
  EXPECT_THAT(Named(values, "container_memory_rss"), ElementsAre(" = 0"));
  for (const char* name :
       {"container_cpu_user_seconds_total", "container_sockets", "container_ulimits_soft",
        "container_fs_usage_bytes", "container_network_receive_bytes_total",
        "container_pressure_io_stalled_seconds_total", "container_spec_cpu_quota"}) {
    EXPECT_EQ(values.count(name), 0u) << name;
  }
}

}  // namespace
}  // namespace berth::cri
