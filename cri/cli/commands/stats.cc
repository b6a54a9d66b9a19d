// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"
#include "cri/cli/usage.h"

namespace berth::cli {
namespace {

constexpr absl::Duration kInterval = absl::Seconds(1);

struct StatsOptions {
  std::vector<std::string> names;
  bool once = false;
  bool all = false;
  bool whole = false;
  std::string format = "table";
};

Json AsJson(const std::vector<Usage>& usages) {
  Json array = Json::array();
  for (const Usage& usage : usages) {
    array.push_back({{"id", usage.id},
                     {"name", usage.name},
                     {"podId", usage.pod_id},
                     {"cpuPercent", usage.cpu_percent},
                     {"cpuUsageNanoseconds", usage.cpu_ns},
                     {"memoryWorkingSetBytes", usage.memory},
                     {"memoryLimitBytes", usage.memory_limit},
                     {"memoryPercent", MemoryPercent(usage)},
                     {"networkReceivedBytes", usage.traffic.received},
                     {"networkSentBytes", usage.traffic.sent},
                     {"processes", usage.traffic.processes},
                     {"writableLayerBytes", usage.written}});
  }
  return array;
}

std::string Blocks(const std::optional<uint64_t>& bytes) {
  return bytes.has_value() ? HumanSize(*bytes) : "--";
}

Table AsTable(const std::vector<Usage>& usages, bool whole) {
  Table table(Columns{{"CONTAINER ID", "ID"},
                      {"NAME"},
                      {"CPU %", "CPUPerc"},
                      {"MEM USAGE / LIMIT"},
                      {"MEM %", "MemPerc"},
                      {"NET I/O", "NetIO"},
                      {"BLOCK I/O", "BlockIO"},
                      {"PIDS", "PIDs"},
                      {"CONTAINER", "", true},
                      {"WRITTEN", "", true}});
  for (const Usage& usage : usages) {
    const std::string id = ShortId(usage.id, whole);
    const Traffic& traffic = usage.traffic;
    table.Add(
        {id, usage.name, absl::StrFormat("%.2f%%", usage.cpu_percent),
         absl::StrCat(HumanBinarySize(usage.memory), " / ", HumanBinarySize(usage.memory_limit)),
         absl::StrFormat("%.2f%%", MemoryPercent(usage)),
         absl::StrCat(HumanSize(traffic.received), " / ", HumanSize(traffic.sent)),
         absl::StrCat(Blocks(traffic.read_blocks), " / ", Blocks(traffic.wrote_blocks)),
         absl::StrCat(traffic.processes), id, HumanSize(usage.written)});
  }
  return table;
}

// The chosen containers' ids; empty for all that run.
absl::StatusOr<std::vector<std::string>> IdsOf(const Session& session, const Inventory& inventory,
                                               const std::vector<std::string>& names) {
  std::vector<std::string> ids;
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const AnyTarget found,
                     FindAny(session, inventory, name, TargetKind::kContainer));
    ids.push_back(std::visit([](const auto& target) { return target.id; }, found));
  }
  return ids;
}

// Those of `ids`, or of all when it is empty, that are there and use nothing.
absl::Status AddIdle(const Session& session, const Inventory& inventory,
                     const std::vector<std::string>& ids, std::vector<Usage>& usages) {
  const auto add = [&](const std::string& id, const std::string& name) {
    if (!ids.empty() && std::find(ids.begin(), ids.end(), id) == ids.end()) {
      return;
    }
    if (std::none_of(usages.begin(), usages.end(),
                     [&](const Usage& usage) { return usage.id == id; })) {
      usages.push_back({.id = id, .name = name});
    }
  };
  for (const v1::Container& container : inventory.containers) {
    add(container.id(), ContainerName(container, inventory.FindPod(container.pod_sandbox_id())));
  }
  const absl::StatusOr<EngineClient> engine = session.Engine();
  if (absl::IsUnavailable(engine.status())) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(engine.status());
  ASSIGN_OR_RETURN(const berth::Json all,
                   engine->AskJson({.target = EngineTarget({"/containers/json"}, {{"all", "1"}})}));
  for (const berth::Json& container : all) {
    const berth::Json& names = JsonArray(container, "Names");
    const std::string name = names.empty() ? "" : names[0].get<std::string>();
    add(JsonString(container, "Id").value_or(""), std::string(absl::StripPrefix(name, "/")));
  }
  return absl::OkStatus();
}

// Samples each second. To a terminal, shows each over the one before until it is interrupted.
absl::StatusOr<int> RunStats(const Session& session, const StatsOptions& options) {
  constexpr char kClearScreen[] = "\033[2J\033[H";
  const bool is_table = options.format.empty() || options.format == "table";
  const bool stream = !options.once && is_table && isatty(STDOUT_FILENO) == 1;
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsOf(session, inventory, options.names));
  ASSIGN_OR_RETURN(UsageSample before, SampleUsage(client, session));
  do {
    absl::SleepFor(kInterval);
    ASSIGN_OR_RETURN(UsageSample now, SampleUsage(client, session));
    ASSIGN_OR_RETURN(inventory, client.List());
    std::vector<Usage> usages = UsageBetween(before, now, inventory, ids, HostMemory());
    if (options.all) {
      RETURN_IF_ERROR(AddIdle(session, inventory, ids, usages));
    }
    Print(stream ? kClearScreen : "");
    ASSIGN_OR_RETURN(const std::string text,
                     FormatList(AsJson(usages), AsTable(usages, options.whole), options.format));
    Print(text);
    fflush(stdout);
    before = std::move(now);
  } while (stream);
  return 0;
}

}  // namespace

void DefineStats(Verb& verb) {
  verb.set_description("Show what running containers use");
  auto options = std::make_shared<StatsOptions>();
  verb.Add("CONTAINER", options->names, "else all that run");
  verb.AddFlag("-a,--all", options->all, "also those that do not run");
  verb.AddFlag("--no-stream", options->once, "once, also on a terminal");
  verb.AddFlag("--no-trunc", options->whole, "whole ids");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunStats(session, *options); });
}

}  // namespace berth::cli
