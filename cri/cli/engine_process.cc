// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_process.h"

#include <optional>

#include "absl/strings/str_cat.h"

#include "base/detach_keys.h"
#include "base/status.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_stream.h"
#include "cri/cli/engine_wait.h"
#include "cri/cli/local_terminal.h"

namespace berth::cli {
namespace {

// Tells the daemon of each size of our terminal, as `path` takes it.
std::function<void(const WindowSize&)> Resizer(const EngineClient& engine, std::string path) {
  return [&engine, path = std::move(path)](const WindowSize& size) {
    // It may have ended meanwhile.
    engine
        .Ask(PostCall(EngineTarget(
            {path, "resize"}, {{"h", absl::StrCat(size.rows)}, {"w", absl::StrCat(size.columns)}})))
        .status()
        .IgnoreError();
  };
}

// True when its user has left by the keys.
absl::StatusOr<bool> Carry(const EngineClient& engine, const EngineCall& call, bool terminal,
                           StreamOptions options, std::string path,
                           const std::function<absl::Status()>& begin = {}) {
  ASSIGN_OR_RETURN(const std::string keys, ParseDetachKeys(options.detach_keys));
  options.framed = !terminal;
  options.detach_keys = terminal ? keys : "";
  if (terminal) {
    options.resize = Resizer(engine, std::move(path));
  }
  ASSIGN_OR_RETURN(EngineStream stream, OpenStream(engine.socket_path(), call));
  RETURN_IF_ERROR(begin != nullptr ? begin() : absl::OkStatus());
  std::optional<RawTerminal> raw;
  if (terminal && options.input) {
    raw.emplace();
  }
  return CarryStream(std::move(stream), options);
}

}  // namespace

berth::Json ExecBody(const ExecRequest& request) {
  return {{"Cmd", request.command},
          {"Env", request.environment},
          {"User", request.user},
          {"WorkingDir", request.working_directory},
          {"Privileged", request.privileged},
          {"AttachStdin", request.input && !request.detached},
          {"AttachStdout", !request.detached},
          {"AttachStderr", !request.detached},
          {"Tty", request.terminal}};
}

absl::StatusOr<int> ExecByEngine(const Session& session, const std::string& container,
                                 const ExecRequest& request) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const berth::Json made,
                   engine.AskJson(PostCall(EngineTarget({"/containers", container, "exec"}),
                                           ExecBody(request))));
  const std::string id = JsonString(made, "Id").value_or("");
  berth::Json body = {{"Detach", request.detached}, {"Tty", request.terminal}};
  if (const std::optional<WindowSize> size = LocalWindowSize(); size && request.terminal) {
    body["ConsoleSize"] = {size->rows, size->columns};  // from its first instruction on
  }
  const EngineCall start = PostCall(EngineTarget({"/exec", id, "start"}), body);
  if (request.detached) {
    RETURN_IF_ERROR(engine.Ask(start).status());
    return 0;
  }
  ASSIGN_OR_RETURN(const bool left,
                   Carry(engine, start, request.terminal,
                         {.input = request.input, .detach_keys = request.detach_keys},
                         absl::StrCat("/exec/", id)));
  if (left) {
    return 0;
  }
  EngineCall inspect;
  inspect.target = EngineTarget({"/exec", id, "json"});
  ASSIGN_OR_RETURN(const berth::Json state, engine.AskJson(inspect));
  const std::optional<int64_t> code = JsonInteger(state, "ExitCode");
  return code.has_value() ? absl::StatusOr<int>(static_cast<int>(*code))
                          : absl::UnavailableError("the daemon has left before the command's end");
}

absl::StatusOr<int> ConnectByEngine(const Session& session, const std::string& id,
                                    const ContainerStreams& streams) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  const std::string path = absl::StrCat("/containers/", id);
  ASSIGN_OR_RETURN(EngineWait wait, EngineWait::Begin(session, id, streams.awaits));
  const ConnectedStreams& connected = streams.connected;
  const EngineCall attach =
      PostCall(EngineTarget({path, "attach"}, {{"stream", "1"},
                                               {"stdin", connected.input ? "1" : ""},
                                               {"stdout", connected.output ? "1" : ""},
                                               {"stderr", connected.error ? "1" : ""}}));
  ASSIGN_OR_RETURN(const bool left, Carry(engine, attach, streams.terminal,
                                          {.input = connected.input,
                                           .detach_keys = streams.detach_keys,
                                           .signals = streams.signals},
                                          path, streams.begin));
  return left ? 0 : wait.ExitCode(streams.signals);
}

}  // namespace berth::cli
