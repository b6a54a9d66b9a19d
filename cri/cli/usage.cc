// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/usage.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/strip.h"
#include "absl/time/time.h"

#include "base/status.h"

namespace berth::cli {
namespace {

// In percent of one CPU over the time between the samples.
double CpuPercent(const v1::CpuUsage& before, const v1::CpuUsage& now) {
  const auto used = static_cast<double>(now.usage_core_nano_seconds().value()) -
                    static_cast<double>(before.usage_core_nano_seconds().value());
  const auto passed = static_cast<double>(now.timestamp() - before.timestamp());
  return passed > 0 && used > 0 ? 100 * used / passed : 0;
}

uint64_t LimitOf(const v1::MemoryUsage& memory, uint64_t host_memory) {
  return memory.has_available_bytes()
             ? memory.working_set_bytes().value() + memory.available_bytes().value()
             : host_memory;
}

void SetName(const Inventory& inventory, Usage& usage) {
  const auto container =
      std::find_if(inventory.containers.begin(), inventory.containers.end(),
                   [&](const v1::Container& candidate) { return candidate.id() == usage.id; });
  if (container != inventory.containers.end()) {
    usage.pod_id = container->pod_sandbox_id();
    usage.name = ContainerName(*container, inventory.FindPod(usage.pod_id));
  }
}

absl::Status AddOfEngine(const EngineClient& engine, v1::ListContainerStatsResponse& sample) {
  EngineCall list;
  list.target = "/containers/json";
  ASSIGN_OR_RETURN(const berth::Json containers, engine.AskJson(list));
  for (const berth::Json& container : containers) {
    EngineCall ask;
    ask.target = EngineTarget({"/containers", JsonString(container, "Id").value_or(""), "stats"},
                              {{"stream", "0"}, {"one-shot", "1"}});
    if (const absl::StatusOr<berth::Json> stats = engine.AskJson(ask); stats.ok()) {
      *sample.add_stats() = EngineStats(*stats);
    }  // else it has ended meanwhile
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::ListContainerStatsResponse> SampleUsage(const Client& client,
                                                           const Session& session) {
  ASSIGN_OR_RETURN(v1::ListContainerStatsResponse sample,
                   client.Call(&Client::Runtime::ListContainerStats,
                               v1::ListContainerStatsRequest(), "asking for usage"));
  const absl::StatusOr<EngineClient> engine = session.Engine();
  const absl::Status added = engine.ok() ? AddOfEngine(*engine, sample) : engine.status();
  return added.ok() || absl::IsUnavailable(added)  // nobody serves that API
             ? absl::StatusOr<v1::ListContainerStatsResponse>(std::move(sample))
             : added;
}

// As docker's client reckons: files that can be given up are not counted.
v1::ContainerStats EngineStats(const berth::Json& stats) {
  const berth::Json& memory = JsonObject(stats, "memory_stats");
  const berth::Json& details = JsonObject(memory, "stats");
  const int64_t used = JsonInteger(memory, "usage").value_or(0);
  const int64_t files = JsonInteger(details, "total_inactive_file")
                            .value_or(JsonInteger(details, "inactive_file").value_or(0));
  const int64_t working = used > files ? used - files : 0;
  const int64_t limit = JsonInteger(memory, "limit").value_or(0);
  const berth::Json& cpu = JsonObject(JsonObject(stats, "cpu_stats"), "cpu_usage");
  absl::Time at;
  const bool is_time =
      absl::ParseTime(absl::RFC3339_full, JsonString(stats, "read").value_or(""), &at, nullptr);
  v1::ContainerStats made;
  made.mutable_attributes()->set_id(JsonString(stats, "id").value_or(""));
  made.mutable_attributes()->mutable_metadata()->set_name(
      std::string(absl::StripPrefix(JsonString(stats, "name").value_or(""), "/")));
  made.mutable_cpu()->set_timestamp(is_time ? absl::ToUnixNanos(at) : 0);
  made.mutable_cpu()->mutable_usage_core_nano_seconds()->set_value(
      static_cast<uint64_t>(JsonInteger(cpu, "total_usage").value_or(0)));
  made.mutable_memory()->mutable_working_set_bytes()->set_value(static_cast<uint64_t>(working));
  if (limit > working) {
    made.mutable_memory()->mutable_available_bytes()->set_value(
        static_cast<uint64_t>(limit - working));
  }
  return made;
}

uint64_t HostMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : 0;
}

std::vector<Usage> UsageBetween(const v1::ListContainerStatsResponse& before,
                                const v1::ListContainerStatsResponse& now,
                                const Inventory& inventory, const std::vector<std::string>& ids,
                                uint64_t host_memory) {
  std::map<std::string, const v1::CpuUsage*> earlier;
  for (const v1::ContainerStats& stats : before.stats()) {
    earlier[stats.attributes().id()] = &stats.cpu();
  }
  std::vector<Usage> usages;
  for (const v1::ContainerStats& stats : now.stats()) {
    const std::string& id = stats.attributes().id();
    const bool wanted = ids.empty() || std::find(ids.begin(), ids.end(), id) != ids.end();
    const auto cpu = earlier.find(id);
    if (!wanted || cpu == earlier.end()) {
      continue;
    }
    Usage usage;
    usage.id = id;
    usage.name = stats.attributes().metadata().name();
    SetName(inventory, usage);
    usage.cpu_percent = CpuPercent(*cpu->second, stats.cpu());
    usage.cpu_ns = stats.cpu().usage_core_nano_seconds().value();
    usage.memory = stats.memory().working_set_bytes().value();
    usage.memory_limit = LimitOf(stats.memory(), host_memory);
    usage.written = stats.writable_layer().used_bytes().value();
    usages.push_back(std::move(usage));
  }
  return usages;
}

double MemoryPercent(const Usage& usage) {
  return usage.memory_limit == 0
             ? 0
             : 100 * static_cast<double>(usage.memory) / static_cast<double>(usage.memory_limit);
}

}  // namespace berth::cli
