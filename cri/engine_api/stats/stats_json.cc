// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/stats_json.h"

#include <limits>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/time_text.h"

namespace berth::cri {
namespace {

constexpr uint64_t kNanosecondsPerSecond = 1'000'000'000;
constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

Json CpuJson(const StatsSample& sample) {
  const runtime::CgroupFigures& cgroup = sample.figures.cgroup;
  return {{"cpu_usage",
           {{"total_usage", cgroup.stats.cpu_usage_ns},
            {"usage_in_kernelmode", cgroup.cpu_system_ns.value_or(0)},
            {"usage_in_usermode", cgroup.cpu_user_ns.value_or(0)}}},
          {"system_cpu_usage", sample.node.busy_and_idle_ns},
          {"online_cpus", sample.node.online},
          {"throttling_data",
           {{"periods", cgroup.cfs_periods.value_or(0)},
            {"throttled_periods", cgroup.throttled_periods.value_or(0)},
            {"throttled_time", cgroup.throttled_ns.value_or(0)}}}};
}

Json NoCpu() {
  return {{"cpu_usage", {{"total_usage", 0}, {"usage_in_kernelmode", 0}, {"usage_in_usermode", 0}}},
          {"throttling_data", {{"periods", 0}, {"throttled_periods", 0}, {"throttled_time", 0}}}};
}

// Clients take inactive_file off the usage, or total_inactive_file of version 1, which counts the
// cgroups below only there.
Json MemoryJson(const StatsSample& sample) {
  const runtime::CgroupStats& stats = sample.figures.cgroup.stats;
  Json details = Json::object();
  for (const absl::string_view line : absl::StrSplit(stats.memory_stat, '\n', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    uint64_t value = 0;
    if (absl::SimpleAtoi(pair.second, &value)) {
      details[std::string(pair.first)] = value;
    }
  }
  const uint64_t limit = std::min(stats.memory_limit.value_or(kNoLimit), sample.node_memory);
  return {{"usage", stats.memory_usage}, {"stats", std::move(details)}, {"limit", limit}};
}

Json BlockJson(const StatsSample& sample) {
  Json bytes = Json::array();
  Json operations = Json::array();
  const auto add = [](const runtime::DeviceIo& device, const char* name, uint64_t value, Json& to) {
    to.push_back(
        {{"major", device.major}, {"minor", device.minor}, {"op", name}, {"value", value}});
  };
  for (const runtime::DeviceIo& device : sample.figures.cgroup.devices) {
    add(device, "read", device.read_bytes, bytes);
    add(device, "write", device.written_bytes, bytes);
    add(device, "read", device.reads, operations);
    add(device, "write", device.writes, operations);
  }
  return {{"io_service_bytes_recursive", std::move(bytes)},
          {"io_serviced_recursive", std::move(operations)},
          {"io_queue_recursive", nullptr},
          {"io_service_time_recursive", nullptr},
          {"io_wait_time_recursive", nullptr},
          {"io_merged_recursive", nullptr},
          {"io_time_recursive", nullptr},
          {"sectors_recursive", nullptr}};
}

Json NetworksJson(const runtime::PodNetworkUsage& usage) {
  Json networks = Json::object();
  for (const runtime::InterfaceUsage& each : usage.interfaces) {
    networks[each.name] = {
        {"rx_bytes", each.receive_bytes},    {"rx_packets", each.receive_packets},
        {"rx_errors", each.receive_errors},  {"rx_dropped", each.receive_dropped},
        {"tx_bytes", each.transmit_bytes},   {"tx_packets", each.transmit_packets},
        {"tx_errors", each.transmit_errors}, {"tx_dropped", each.transmit_dropped}};
  }
  return networks;
}

}  // namespace

absl::StatusOr<NodeCpu> ParseNodeCpu(absl::string_view text, int64_t ticks) {
  constexpr size_t kCounted = 8;  // user to steal: guests' time is in user
  NodeCpu cpu;
  uint64_t sum = 0;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::StartsWith(line, "cpu")) {
      continue;
    }
    const std::vector<absl::string_view> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
    if (fields[0] != "cpu") {
      ++cpu.online;
      continue;
    }
    for (size_t i = 1; i < fields.size() && i <= kCounted; ++i) {
      uint64_t value = 0;
      if (!absl::SimpleAtoi(fields[i], &value)) {
        return absl::DataLossError(absl::StrCat("/proc/stat: ", line));
      }
      sum += value;
    }
  }
  if (sum == 0 || ticks <= 0) {
    return absl::DataLossError("/proc/stat says nothing of CPUs");
  }
  cpu.busy_and_idle_ns = sum * (kNanosecondsPerSecond / static_cast<uint64_t>(ticks));
  return cpu;
}

Json StatsOf(const std::string& id, const std::string& name,
             const std::optional<StatsSample>& before, const std::optional<StatsSample>& now) {
  Json json = {{"id", id}, {"name", "/" + name}};
  if (!now.has_value()) {
    return json;
  }
  const runtime::CgroupFigures& cgroup = now->figures.cgroup;
  json["read"] = TimeText(now->at);
  json["preread"] = TimeText(before.has_value() ? before->at : 0);
  json["num_procs"] = 0;
  json["storage_stats"] = Json::object();
  json["pids_stats"] = {{"current", cgroup.stats.pids},
                        {"limit", cgroup.pids_limit.value_or(kNoLimit)}};
  json["cpu_stats"] = CpuJson(*now);
  json["precpu_stats"] = before.has_value() ? CpuJson(*before) : NoCpu();
  json["memory_stats"] = MemoryJson(*now);
  json["blkio_stats"] = BlockJson(*now);
  if (now->network.has_value()) {
    json["networks"] = NetworksJson(*now->network);
  }
  return json;
}

}  // namespace berth::cri
