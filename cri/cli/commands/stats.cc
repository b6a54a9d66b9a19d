// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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
                     {"writableLayerBytes", usage.written}});
  }
  return array;
}

Table AsTable(const std::vector<Usage>& usages) {
  Table table({"CONTAINER ID", "NAME", "CPU %", "MEM USAGE / LIMIT", "MEM %", "WRITTEN"});
  for (const Usage& usage : usages) {
    table.Add(
        {ShortId(usage.id), usage.name, absl::StrFormat("%.2f%%", usage.cpu_percent),
         absl::StrCat(HumanBinarySize(usage.memory), " / ", HumanBinarySize(usage.memory_limit)),
         absl::StrFormat("%.2f%%", MemoryPercent(usage)), HumanSize(usage.written)});
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

// Samples each second. To a terminal, shows each over the one before until it is interrupted.
absl::StatusOr<int> RunStats(const Session& session, const StatsOptions& options) {
  constexpr char kClearScreen[] = "\033[2J\033[H";
  const bool is_table = options.format.empty() || options.format == "table";
  const bool stream = !options.once && is_table && isatty(STDOUT_FILENO) == 1;
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const std::vector<std::string> ids, IdsOf(session, inventory, options.names));
  ASSIGN_OR_RETURN(v1::ListContainerStatsResponse before, SampleUsage(client, session));
  do {
    absl::SleepFor(kInterval);
    ASSIGN_OR_RETURN(v1::ListContainerStatsResponse now, SampleUsage(client, session));
    ASSIGN_OR_RETURN(inventory, client.List());
    const std::vector<Usage> usages = UsageBetween(before, now, inventory, ids, HostMemory());
    Print(stream ? kClearScreen : "");
    ASSIGN_OR_RETURN(const std::string text,
                     FormatList(AsJson(usages), AsTable(usages), options.format));
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
  verb.AddFlag("--no-stream", options->once, "once, also on a terminal");
  AddRowFormat(verb, options->format);
  verb.set_action([options](const Session& session) { return RunStats(session, *options); });
}

}  // namespace berth::cli
