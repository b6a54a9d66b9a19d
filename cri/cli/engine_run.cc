// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_run.h"

#include <unistd.h>

#include <cstdio>
#include <optional>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/client.h"
#include "cri/cli/commands.h"
#include "cri/cli/container_request.h"
#include "cri/cli/doors.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_process.h"
#include "cri/cli/id_file.h"
#include "cri/cli/image_pull.h"
#include "cri/cli/interrupts.h"
#include "cri/cli/launch.h"
#include "cri/cli/output.h"

namespace berth::cli {
namespace {

absl::Status Remove(const Session& session, const std::string& id) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.method = "DELETE";
  call.target = EngineTarget({"/containers", id}, {{"force", "1"}, {"v", "1"}});
  return engine.Ask(call).status();
}

absl::StatusOr<int> RunAttached(const Session& session, const std::string& id,
                                const RunOptions& options, IdFile& id_file) {
  const AttachedStart how = {.streams = ConnectedOf(options),
                             .terminal = options.terminal,
                             .detach_keys = options.detach_keys,
                             .removes_itself = options.remove,
                             .passes_signals = options.engine.passes_signals};
  if (!how.streams.output && !how.streams.error) {
    Print(absl::StrCat(id, "\n"));  // as docker: what could be shown goes elsewhere
  }
  bool started = false;
  const absl::StatusOr<int> code = StartAttached(session, id, how, started);
  if (!started) {
    Remove(session, id).IgnoreError();
    return TellStartFailure(code.status());
  }
  id_file.Keep();
  return code;
}

// CRI pulls for the node's own platform alone.
absl::Status PullForPlatform(const Session& session, const RunOptions& options) {
  return PullByEngine(
      session, {.name = options.image, .platform = options.engine.platform, .all_tags = false},
      isatty(STDERR_FILENO) != 0 ? stderr : nullptr);
}

absl::StatusOr<std::string> Make(const Session& session, const RunOptions& options,
                                 const berth::Json& body) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  const bool pulls = !options.engine.platform.empty();
  if (pulls && options.pull == "always") {
    RETURN_IF_ERROR(PullForPlatform(session, options));
  }
  const EngineCall create =
      PostCall(EngineTarget({"/containers/create"},
                            {{"name", options.name}, {"platform", options.engine.platform}}),
               body);
  absl::StatusOr<std::string> id = MakeByEngine(engine, create);
  if (pulls && options.pull == "missing" && absl::IsNotFound(id.status())) {
    RETURN_IF_ERROR(PullForPlatform(session, options));
    id = MakeByEngine(engine, create);
  }
  return id;
}

}  // namespace

absl::StatusOr<std::string> CreateByEngine(const Session& session, const RunOptions& options,
                                           IdFile& id_file) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  if (!options.name.empty()) {
    RETURN_IF_ERROR(CheckNameIsFree(inventory, options.name));
  }
  ASSIGN_OR_RETURN(const berth::Json body,
                   ContainerRequestOf(options, SurroundingsOf(options.name)));
  if (options.engine.platform.empty()) {
    RETURN_IF_ERROR(EnsureImage(session, client, options.image, options.pull).status());
  }
  ASSIGN_OR_RETURN(const std::string id, Make(session, options, body));
  if (const absl::Status written = id_file.Write(id); !written.ok()) {
    Remove(session, id).IgnoreError();
    return written;
  }
  return id;
}

absl::StatusOr<int> StartAttached(const Session& session, const std::string& id,
                                  const AttachedStart& how, bool& started) {
  std::optional<Interrupts> interrupts;
  if (how.passes_signals || how.terminal) {  // until a terminal is raw, where ^C is the container's
    interrupts.emplace();
  }
  ContainerStreams streams = {
      .connected = how.streams, .terminal = how.terminal, .detach_keys = how.detach_keys};
  if (how.removes_itself) {  // which the daemon sees to, whatever becomes of us
    streams.awaits = EngineWait::For::kRemoved;
  }
  streams.begin = [&] {
    const absl::Status status = PostToContainer(session, id, "start");
    started = status.ok();
    return status;
  };
  if (!how.terminal && how.passes_signals) {
    streams.signals = interrupts->StopOnSignal([&](absl::Duration grace) {
      const bool at_once = grace == absl::ZeroDuration();  // else as its --stop-timeout says
      return PostToContainer(session, id, "stop", {{"t", at_once ? "0" : ""}});
    });
  }
  return ConnectByEngine(session, id, streams);
}

absl::StatusOr<int> RunByEngine(const Session& session, const RunOptions& options) {
  ASSIGN_OR_RETURN(IdFile id_file, IdFile::Make(options.id_file));
  ASSIGN_OR_RETURN(const std::string id, CreateByEngine(session, options, id_file));
  if (!options.detach) {
    return RunAttached(session, id, options, id_file);
  }
  if (const absl::Status status = PostToContainer(session, id, "start"); !status.ok()) {
    Remove(session, id).IgnoreError();
    return TellStartFailure(status);
  }
  id_file.Keep();
  Print(absl::StrCat(id, "\n"));
  return 0;
}

}  // namespace berth::cli
