// SPDX-License-Identifier: Apache-2.0
#include "metrics/process_metrics.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <optional>
#include <span>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/version.h"

namespace berth::metrics {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr size_t kMaxProcFile = 64 << 10;

// The fields of proc(5), counted from the third, which follows the command's name.
enum Field {
  kUserTime = 11,
  kSystemTime = 12,
  kThreads = 17,
  kStart = 19,
  kVirtual = 20,
  kResident = 21
};

std::optional<std::string> ReadProcFile(const std::string& path) {
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY);
  if (!file.ok()) {
    return std::nullopt;
  }
  std::string text(kMaxProcFile, '\0');
  sys::ErrnoOr<size_t> size = sys::ReadFull(file->get(), std::span<char>(text.data(), text.size()));
  if (!size.ok()) {
    return std::nullopt;
  }
  text.resize(*size);
  return text;
}

// How many descriptors are open, but for the one that this takes to see it.
std::optional<uint64_t> CountDescriptors(const std::string& path) {
  sys::ErrnoOr<sys::DirectoryReader> reader = sys::DirectoryReader::Open(AT_FDCWD, path.c_str());
  if (!reader.ok()) {
    return std::nullopt;
  }
  uint64_t count = 0;
  sys::ErrnoOr<const dirent*> entry = reader->Next();
  for (; entry.ok() && *entry != nullptr; entry = reader->Next()) {
    ++count;
  }
  return count == 0 ? 0 : count - 1;
}

// The second of the boot, in Unix time.
std::optional<double> BootTime(absl::string_view stat) {
  for (absl::string_view line : absl::StrSplit(stat, '\n')) {
    double seconds = 0;
    if (absl::ConsumePrefix(&line, "btime ") && absl::SimpleAtod(line, &seconds)) {
      return seconds;
    }
  }
  return std::nullopt;
}

void AddGauge(std::vector<MetricFamily>& families, const char* name, const char* help,
              double value) {
  prometheus::ClientMetric metric;
  metric.gauge.value = value;
  families.push_back({name, help, MetricType::Gauge, {metric}});
}

void AddCounter(std::vector<MetricFamily>& families, const char* name, const char* help,
                double value) {
  prometheus::ClientMetric metric;
  metric.counter.value = value;
  families.push_back({name, help, MetricType::Counter, {metric}});
}

void AddBuildInfo(std::vector<MetricFamily>& families) {
  prometheus::ClientMetric metric;
  metric.label = {{"version", kVersion}};
  metric.gauge.value = 1;
  families.push_back(
      {"berth_build_info", "Always 1; the version is a label.", MetricType::Gauge, {metric}});
}

void AddDescriptors(std::vector<MetricFamily>& families, const std::string& proc) {
  if (auto open = CountDescriptors(proc + "/self/fd"); open.has_value()) {
    AddGauge(families, "process_open_fds", "Number of open file descriptors.",
             static_cast<double>(*open));
  }
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    AddGauge(families, "process_max_fds", "Maximum number of open file descriptors.",
             static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

absl::StatusOr<ProcessFigures> ParseProcessStat(absl::string_view text, int64_t ticks_per_second,
                                                int64_t page_size) {
  // The name stands in parentheses and may itself contain any character.
  size_t name_end = text.rfind(") ");
  if (name_end == absl::string_view::npos) {
    return absl::InvalidArgumentError("process stat: no name");
  }
  std::vector<absl::string_view> fields = absl::StrSplit(text.substr(name_end + 2), ' ');
  uint64_t numbers[kResident + 1] = {};
  if (fields.size() <= kResident) {
    return absl::InvalidArgumentError("process stat: too few fields");
  }
  for (Field field : {kUserTime, kSystemTime, kThreads, kStart, kVirtual, kResident}) {
    if (!absl::SimpleAtoi(fields[field], &numbers[field])) {
      return absl::InvalidArgumentError(
          absl::StrCat("process stat: field ", field, " is no number"));
    }
  }
  const double ticks = static_cast<double>(ticks_per_second);
  ProcessFigures figures;
  figures.cpu_seconds = static_cast<double>(numbers[kUserTime] + numbers[kSystemTime]) / ticks;
  figures.start_seconds_after_boot = static_cast<double>(numbers[kStart]) / ticks;
  figures.threads = numbers[kThreads];
  figures.virtual_bytes = numbers[kVirtual];
  figures.resident_bytes = numbers[kResident] * static_cast<uint64_t>(page_size);
  return figures;
}

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  std::vector<MetricFamily> families;
  AddBuildInfo(families);
  AddDescriptors(families, proc_);
  absl::StatusOr<ProcessFigures> figures = ParseProcessStat(
      ReadProcFile(proc_ + "/self/stat").value_or(""), sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
  if (!figures.ok()) {
    return families;
  }
  AddCounter(families, "process_cpu_seconds_total",
             "Total user and system CPU time spent in seconds.", figures->cpu_seconds);
  AddGauge(families, "process_threads", "Number of threads.",
           static_cast<double>(figures->threads));
  AddGauge(families, "process_virtual_memory_bytes", "Virtual memory size in bytes.",
           static_cast<double>(figures->virtual_bytes));
  AddGauge(families, "process_resident_memory_bytes", "Resident memory size in bytes.",
           static_cast<double>(figures->resident_bytes));
  if (auto boot = BootTime(ReadProcFile(proc_ + "/stat").value_or("")); boot.has_value()) {
    AddGauge(families, "process_start_time_seconds",
             "Start time of the process since unix epoch in seconds.",
             *boot + figures->start_seconds_after_boot);
  }
  return families;
}

}  // namespace berth::metrics
