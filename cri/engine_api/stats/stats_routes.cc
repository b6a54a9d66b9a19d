// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/stats/stats_routes.h"

#include <sys/sysinfo.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"

#include "base/command.h"
#include "base/file.h"
#include "base/status.h"
#include "cri/engine_api/containers/container_event.h"
#include "cri/engine_api/stats/process_table.h"
#include "cri/engine_api/stats/stats_json.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kPeriod = absl::Seconds(1);
constexpr absl::Duration kPsTimeout = absl::Seconds(30);
constexpr size_t kMaxProcStat = 4 << 20;
constexpr size_t kMaxPsOutput = 4 << 20;
constexpr size_t kMaxNamedProcesses = 4096;  // to ps; of more it is asked for all of the node

bool Runs(const EngineContainerRecord& record) {
  return record.state.running();
}

absl::StatusOr<StatsSample> Sample(const EngineContainerRecord& record,
                                   const runtime::PodRuntime& runtime) {
  StatsSample sample;
  ASSIGN_OR_RETURN(const std::string text, ReadFile("/proc/stat", kMaxProcStat));
  ASSIGN_OR_RETURN(sample.node, ParseNodeCpu(text, sysconf(_SC_CLK_TCK)));
  ASSIGN_OR_RETURN(sample.figures, runtime.FiguresOfContainer(record.id));
  auto network = runtime.NetworkUsage(record.state.pod_id);
  if (network.ok()) {
    sample.network = *std::move(network);
  }
  struct sysinfo memory = {};
  sysinfo(&memory);
  sample.node_memory = static_cast<uint64_t>(memory.totalram) * memory.mem_unit;
  sample.at = absl::GetCurrentTimeNanos();
  return sample;
}

// One that has just ended is one that does not run.
std::optional<StatsSample> TrySample(const EngineContainerRecord& record,
                                     const runtime::PodRuntime& runtime) {
  if (!Runs(record)) {
    return std::nullopt;
  }
  absl::StatusOr<StatsSample> sample = Sample(record, runtime);
  return sample.ok() ? std::optional(*std::move(sample)) : std::nullopt;
}

// Whether the caller is still there afterwards.
bool Pause(const Call& call) {
  absl::Mutex mutex;
  absl::MutexLock lock(&mutex);
  const bool never = false;
  (void)Await(mutex, absl::Condition(&never), call.Within(kPeriod));
  return call.Check().ok();
}

// Each sample is told with the one before it. Of a container that is asked for once the first is
// told with one that is taken a moment before, unless even that is not wanted.
absl::Status Stats(Exchange& exchange, const std::string& name, const ContainerEngine& engine,
                   const runtime::PodRuntime& runtime) {
  const EngineRequest& request = exchange.request();
  const bool stream = request.Query("stream").empty() || request.Flag("stream");
  ASSIGN_OR_RETURN(EngineContainerRecord record, engine.Find(name));
  std::optional<StatsSample> before;
  if (!stream && !request.Flag("one-shot") && Runs(record)) {
    before = TrySample(record, runtime);
    if (!Pause(exchange.call())) {
      return absl::OkStatus();
    }
  }
  exchange.Begin("application/json");
  do {
    std::optional<StatsSample> now = TrySample(record, runtime);
    exchange.Write(FormatJson(StatsOf(record.id, record.name, before, now)) + "\n");
    before = std::move(now);
    const auto found = engine.Find(record.id);
    if (!found.ok()) {
      break;  // removed
    }
    record = *found;
  } while (stream && Pause(exchange.call()));
  return absl::OkStatus();
}

absl::StatusOr<std::string> RunPs(const Call& call, const std::vector<std::string>& arguments,
                                  const std::vector<int>& pids) {
  Command ps;
  ps.arguments = {"/usr/bin/ps"};
  ps.arguments.insert(ps.arguments.end(), arguments.begin(), arguments.end());
  ps.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"};
  ps.max_output = kMaxPsOutput;
  absl::StatusOr<CommandResult> said;
  if (pids.size() <= kMaxNamedProcesses) {
    Command named = ps;
    named.arguments.push_back("-q" + absl::StrJoin(pids, ","));
    said = RunCommand(call, named);
  }
  // Some words do not go together with the numbers: then all of the node's are looked through.
  if (!said.ok() || said->exit_code != 0) {
    said = RunCommand(call, ps);
  }
  if (absl::IsNotFound(said.status())) {
    return absl::UnimplementedError(
        "top is not supported on this node: there is no /usr/bin/ps (Debian's package procps)");
  }
  RETURN_IF_ERROR(said.status());
  if (said->exit_code != 0) {
    return absl::InvalidArgumentError(absl::StrCat("error running ps: ", said->err));
  }
  return std::move(said->out);
}

absl::Status Top(Exchange& exchange, const std::string& name, const ContainerEngine& engine,
                 const runtime::PodRuntime& runtime, EventHub& events) {
  ASSIGN_OR_RETURN(const std::vector<std::string> arguments,
                   PsArguments(exchange.request().Query("ps_args")));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, engine.Find(name));
  if (!Runs(record)) {
    return absl::FailedPreconditionError(absl::StrCat("container ", record.id, " is not running"));
  }
  ASSIGN_OR_RETURN(const std::vector<int> pids, runtime.Processes(record.id));
  ASSIGN_OR_RETURN(const std::string said,
                   RunPs(exchange.call().Within(kPsTimeout), arguments, pids));
  ASSIGN_OR_RETURN(const Json table, ProcessTable(said, pids));
  events.Tell(ContainerEvent("top", record));
  exchange.SendJson(table);
  return absl::OkStatus();
}

}  // namespace

void AddStatsRoutes(Router& router, const ContainerEngine& engine,
                    const runtime::PodRuntime& runtime, EventHub& events) {
  router.Add("GET", "/containers/*/stats",
             [&engine, &runtime](Exchange& exchange, const std::string& name) {
               return Stats(exchange, name, engine, runtime);
             });
  router.Add("GET", "/containers/*/top",
             [&engine, &runtime, &events](Exchange& exchange, const std::string& name) {
               return Top(exchange, name, engine, runtime, events);
             });
}

}  // namespace berth::cri
