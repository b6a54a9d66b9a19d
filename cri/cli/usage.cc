// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/usage.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
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

void AddTraffic(const v1::PodSandboxStats& pod, UsageSample& sample) {
  const v1::NetworkInterfaceUsage& network = pod.linux().network().default_interface();
  Traffic& traffic = sample.traffic[pod.attributes().id()];
  traffic.received = network.rx_bytes().value();
  traffic.sent = network.tx_bytes().value();
  traffic.processes = pod.linux().process().process_count().value();
}

absl::Status AddOfEngine(const EngineClient& engine, UsageSample& sample) {
  EngineCall list;
  list.target = "/containers/json";
  ASSIGN_OR_RETURN(const berth::Json containers, engine.AskJson(list));
  for (const berth::Json& container : containers) {
    EngineCall ask;
    ask.target = EngineTarget({"/containers", JsonString(container, "Id").value_or(""), "stats"},
                              {{"stream", "0"}, {"one-shot", "1"}});
    if (const absl::StatusOr<berth::Json> stats = engine.AskJson(ask); stats.ok()) {
      AddEngineStats(*stats, sample);
    }  // else it has ended meanwhile
  }
  return absl::OkStatus();
}

uint64_t CountIn(const berth::Json& object, const char* name) {
  return static_cast<uint64_t>(std::max(JsonInteger(object, name).value_or(0), int64_t{0}));
}

Traffic TrafficIn(const berth::Json& stats) {
  Traffic traffic = {.read_blocks = 0, .wrote_blocks = 0};
  for (const auto& [name, network] : JsonObject(stats, "networks").items()) {
    traffic.received += CountIn(network, "rx_bytes");
    traffic.sent += CountIn(network, "tx_bytes");
  }
  for (const berth::Json& entry :
       JsonArray(JsonObject(stats, "blkio_stats"), "io_service_bytes_recursive")) {
    const std::string operation = absl::AsciiStrToLower(JsonString(entry, "op").value_or(""));
    if (operation == "read") {
      *traffic.read_blocks += CountIn(entry, "value");
    } else if (operation == "write") {
      *traffic.wrote_blocks += CountIn(entry, "value");
    }
  }
  traffic.processes = CountIn(JsonObject(stats, "pids_stats"), "current");
  return traffic;
}

}  // namespace

absl::StatusOr<UsageSample> SampleUsage(const Client& client, const Session& session) {
  UsageSample sample;
  ASSIGN_OR_RETURN(sample.containers,
                   client.Call(&Client::Runtime::ListContainerStats,
                               v1::ListContainerStatsRequest(), "asking for usage"));
  ASSIGN_OR_RETURN(const v1::ListPodSandboxStatsResponse pods,
                   client.Call(&Client::Runtime::ListPodSandboxStats,
                               v1::ListPodSandboxStatsRequest(), "asking for the usage of pods"));
  for (const v1::PodSandboxStats& pod : pods.stats()) {
    AddTraffic(pod, sample);
  }
  const absl::StatusOr<EngineClient> engine = session.Engine();
  const absl::Status added = engine.ok() ? AddOfEngine(*engine, sample) : engine.status();
  return added.ok() || absl::IsUnavailable(added)  // nobody serves that API
             ? absl::StatusOr<UsageSample>(std::move(sample))
             : added;
}

// As docker's client reckons: files that can be given up are not counted.
void AddEngineStats(const berth::Json& stats, UsageSample& sample) {
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
  const std::string id = JsonString(stats, "id").value_or("");
  v1::ContainerStats& made = *sample.containers.add_stats();
  made.mutable_attributes()->set_id(id);
  made.mutable_attributes()->mutable_metadata()->set_name(
      std::string(absl::StripPrefix(JsonString(stats, "name").value_or(""), "/")));
  made.mutable_cpu()->set_timestamp(is_time ? absl::ToUnixNanos(at) : 0);
  made.mutable_cpu()->mutable_usage_core_nano_seconds()->set_value(CountIn(cpu, "total_usage"));
  made.mutable_memory()->mutable_working_set_bytes()->set_value(static_cast<uint64_t>(working));
  if (limit > working) {
    made.mutable_memory()->mutable_available_bytes()->set_value(
        static_cast<uint64_t>(limit - working));
  }
  sample.traffic[id] = TrafficIn(stats);
}

uint64_t HostMemory() {
  const long pages = sysconf(_SC_PHYS_PAGES);
  const long size = sysconf(_SC_PAGESIZE);
  return pages > 0 && size > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(size) : 0;
}

std::vector<Usage> UsageBetween(const UsageSample& before, const UsageSample& now,
                                const Inventory& inventory, const std::vector<std::string>& ids,
                                uint64_t host_memory) {
  std::map<std::string, const v1::CpuUsage*> earlier;
  for (const v1::ContainerStats& stats : before.containers.stats()) {
    earlier[stats.attributes().id()] = &stats.cpu();
  }
  std::vector<Usage> usages;
  for (const v1::ContainerStats& stats : now.containers.stats()) {
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
    const auto traffic = now.traffic.find(usage.pod_id.empty() ? id : usage.pod_id);
    usage.traffic = traffic == now.traffic.end() ? Traffic() : traffic->second;
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
