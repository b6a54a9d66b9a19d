// SPDX-License-Identifier: Apache-2.0
#include "metrics/metrics.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "prometheus/text_serializer.h"

#include "metrics/container_metrics.h"
#include "metrics/process_metrics.h"

namespace berth::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

// Name to "type | labels | help", as in a row of docs/METRICS.md.
using Rows = std::map<std::string, std::string>;

std::string ReadSource(const std::string& path) {
  std::ifstream file(absl::StrCat(BERTH_SOURCE_DIR, "/", path));
  EXPECT_TRUE(file.is_open()) << path;
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// A series of each family that has none before something happens, with the labels that it gets.
void Touch(Metrics& metrics) {
  metrics.rpcs.Add({{"method", "Version"}, {"code", "OK"}}).Increment();
  metrics.rpc_seconds.Add({{"method", "Version"}}, LatencyBuckets()).Observe(0.001);
  metrics.pulls.Add({{"result", "ok"}}).Increment();
  metrics.pods.Add({{"state", "ready"}}).Set(1);
  metrics.containers.Add({{"state", "running"}}).Set(1);
  metrics.start_seconds.Add({{"step", "shim"}}, LatencyBuckets()).Observe(0.001);
  metrics.cni_seconds.Add({{"command", "ADD"}}, LatencyBuckets()).Observe(0.02);
  metrics.cni_failures.Add({{"command", "ADD"}}).Increment();
}

NodeSample OneContainer() {
  NodeSample sample;
  sample.containers.push_back({"default", "web", "app", 1.5, 4, 3, 2, 1});
  sample.pods.push_back({"default", "web", 1, 2, 3, 4});
  return sample;
}

std::vector<MetricFamily> CollectAll() {
  Metrics metrics;
  Touch(metrics);
  std::vector<MetricFamily> families = metrics.registry()->Collect();
  for (const auto& more : {ProcessMetrics().Collect(), ContainerMetrics(OneContainer).Collect()}) {
    families.insert(families.end(), more.begin(), more.end());
  }
  return families;
}

std::string TypeName(MetricType type) {
  switch (type) {
    case MetricType::Counter:
      return "counter";
    case MetricType::Gauge:
      return "gauge";
    case MetricType::Histogram:
      return "histogram";
    default:
      return "other";
  }
}

Rows RowsOf(const std::vector<MetricFamily>& families) {
  Rows rows;
  for (const MetricFamily& family : families) {
    std::vector<std::string> labels;
    for (const auto& label : family.metric.at(0).label) {
      labels.push_back(label.name);
    }
    std::sort(labels.begin(), labels.end());
    rows[family.name] =
        absl::StrCat(TypeName(family.type), " | ", absl::StrJoin(labels, ", "), " | ", family.help);
  }
  return rows;
}

// Rows "| `name` | type | labels | meaning |".
Rows DocumentedRows() {
  Rows rows;
  const std::string page = ReadSource("docs/METRICS.md");
  for (absl::string_view line : absl::StrSplit(page, '\n')) {
    if (!absl::ConsumePrefix(&line, "| `")) {
      continue;
    }
    std::vector<std::string> cells = absl::StrSplit(line, '|');
    for (std::string& cell : cells) {
      absl::StripAsciiWhitespace(&cell);
    }
    std::vector<std::string> labels = absl::StrSplit(cells.at(2), ", ", absl::SkipEmpty());
    std::sort(labels.begin(), labels.end());
    rows[std::string(absl::StripSuffix(cells.at(0), "`"))] =
        absl::StrCat(cells.at(1), " | ", absl::StrJoin(labels, ", "), " | ", cells.at(3));
  }
  return rows;
}

TEST(Metrics, AreDocumentedAsTheyAreScraped) {
  EXPECT_EQ(RowsOf(CollectAll()), DocumentedRows());
}

TEST(Metrics, EveryNameInTheSourcesIsScraped) {
  std::set<std::string> scraped;
  for (const auto& [name, row] : RowsOf(CollectAll())) {
    scraped.insert(name);
  }
  static const std::regex kName("\"((?:berth|process)_[a-z_]+)\"");
  for (const char* path :
       {"metrics/metrics.cc", "metrics/process_metrics.cc", "metrics/container_metrics.cc"}) {
    const std::string source = ReadSource(path);
    for (auto match = std::sregex_iterator(source.begin(), source.end(), kName);
         match != std::sregex_iterator(); ++match) {
      EXPECT_EQ(scraped.count((*match)[1]), 1u) << (*match)[1];
    }
  }
}

TEST(Metrics, BucketsRise) {
  for (const auto& buckets : {LatencyBuckets(), TransferBuckets()}) {
    EXPECT_TRUE(std::is_sorted(buckets.begin(), buckets.end()));
    EXPECT_EQ(std::adjacent_find(buckets.begin(), buckets.end()), buckets.end());
  }
}

TEST(Metrics, PromtoolFindsNothingToSay) {
  std::FILE* promtool = popen("promtool check metrics 2>&1 >&2", "we");
  ASSERT_NE(promtool, nullptr);
  const std::string text = prometheus::TextSerializer().Serialize(CollectAll());
  ASSERT_EQ(std::fwrite(text.data(), 1, text.size(), promtool), text.size());
  EXPECT_EQ(pclose(promtool), 0);
}

TEST(Metrics, PromtoolAcceptsTheShippedConfigurationAndAlerts) {
  const std::string folder = absl::StrCat(BERTH_SOURCE_DIR, "/deploy/monitoring");
  for (const char* check : {"rules alerts.yml", "config prometheus.yml"}) {
    const std::string command = absl::StrCat("cd ", folder, " && promtool check ", check, " 1>&2");
    EXPECT_EQ(std::system(command.c_str()), 0) << check;  // NOLINT(concurrency-mt-unsafe) a test
  }
}

TEST(Metrics, AlertsUseMetricsThatExist) {
  const Rows rows = RowsOf(CollectAll());
  static const std::regex kName("berth_[a-z_]+");
  const std::string alerts = ReadSource("deploy/monitoring/alerts.yml");
  for (auto match = std::sregex_iterator(alerts.begin(), alerts.end(), kName);
       match != std::sregex_iterator(); ++match) {
    EXPECT_EQ(rows.count(match->str()), 1u) << match->str();
  }
}

}  // namespace
}  // namespace berth::metrics
