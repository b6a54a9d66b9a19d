// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec_routes.h"

#include <sys/socket.h>

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/engine_api/containers/stream_pump.h"
#include "cri/engine_api/json_fields.h"

namespace berth::cri {
namespace {

class ExecRoutes {
 public:
  ExecRoutes(ExecRegistry& execs, SessionKeeper& keeper) : execs_(execs), keeper_(keeper) {}

  absl::Status Create(Exchange& exchange, const std::string& container) const {
    ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
    ASSIGN_OR_RETURN(ExecSpec spec, ParseExecSpec(body));
    ASSIGN_OR_RETURN(const std::string id, execs_.Create(container, std::move(spec)));
    exchange.SendCreated({{"Id", id}});
    return absl::OkStatus();
  }

  absl::Status Start(Exchange& exchange, const std::string& id) const {
    ASSIGN_OR_RETURN(const Json body, ReadJsonBody(exchange));
    ASSIGN_OR_RETURN(const ExecStart start, ParseExecStart(body));
    RETURN_IF_ERROR(execs_.CheckStart(id));
    return start.detached ? StartDetached(exchange, id, start) : StartAttached(exchange, id, start);
  }

  absl::Status Inspect(Exchange& exchange, const std::string& id) const {
    ASSIGN_OR_RETURN(const ExecState state, execs_.Find(id));
    exchange.SendJson(ExecDetails(state));
    return absl::OkStatus();
  }

  absl::Status Resize(Exchange& exchange, const std::string& id) const {
    ASSIGN_OR_RETURN(const TerminalSize size, ReadTerminalSize(exchange.request()));
    return execs_.Resize(id, size);
  }

 private:
  absl::Status StartDetached(Exchange& exchange, const std::string& id,
                             const ExecStart& start) const {
    ASSIGN_OR_RETURN(const ExecState state, execs_.Find(id));
    // A terminal that nobody reads would stop the command.
    const bool terminal = state.spec.streams.terminal;
    ASSIGN_OR_RETURN(const ExecRegistry::Started started,
                     execs_.Start(exchange.call(), id, {.output = terminal, .terminal = terminal}));
    SetSize(started, start);
    Leave(id, started.session, started.session->TakeOutput(), sys::Fd());
    exchange.Send(200, {}, "");
    return absl::OkStatus();
  }

  absl::Status StartAttached(Exchange& exchange, const std::string& id,
                             const ExecStart& start) const {
    ASSIGN_OR_RETURN(const ExecState state, execs_.Find(id));
    const runtime::StreamChoice& streams = state.spec.streams;
    // Before the start: clients that read the head by a buffer lose what comes at once after it.
    Exchange::RawStream raw = exchange.Hijack(streams.terminal ? kRawStream : kFramedStream);
    const auto started = execs_.Start(CallOf(raw.socket), id, streams);
    if (!started.ok()) {  // the client learns the code from the exec itself
      const std::string text = absl::StrCat(started.status().message(), "\r\n");
      const std::string head = streams.terminal ? "" : FrameHead(OutputStream::kOut, text.size());
      const std::string framed = absl::StrCat(head, text);
      AwaitHeadRead(raw.socket);
      (void)send(raw.socket, framed.data(), framed.size(), MSG_NOSIGNAL);
      return absl::OkStatus();
    }
    SetSize(*started, start);
    PumpEnd end = PumpStreams(*started->session, {.socket = raw.socket,
                                                  .early = std::move(raw.early),
                                                  .framed = !streams.terminal,
                                                  .input = streams.input,
                                                  .until_exit = true,
                                                  .detach_keys = state.spec.detach_keys});
    if (end.exit.has_value()) {
      execs_.End(id, *end.exit);
      return absl::OkStatus();
    }
    if (end.left) {
      execs_.Tell("exec_detach", state);
    }
    Leave(id, started->session, std::move(end.output), std::move(end.error));
    return absl::OkStatus();
  }

  static void SetSize(const ExecRegistry::Started& started, const ExecStart& start) {
    const std::optional<TerminalSize> size =
        start.size.has_value() ? start.size : started.state.spec.size;
    if (size.has_value() && started.state.spec.streams.terminal) {
      LogIfError(started.session->Resize(size->rows, size->columns), "size a terminal");
    }
  }

  // It goes on without a client.
  void Leave(const std::string& id, std::shared_ptr<runtime::ProcessSession> session,
             sys::Fd output, sys::Fd error) const {
    keeper_.Keep({.session = std::move(session),
                  .output = std::move(output),
                  .error = std::move(error),
                  .done = [&execs = execs_, id](const absl::StatusOr<int32_t>& exit,
                                                const std::string&) { execs.End(id, exit); }});
  }

  ExecRegistry& execs_;
  SessionKeeper& keeper_;
};

}  // namespace

void AddExecRoutes(Router& router, ExecRegistry& execs, SessionKeeper& keeper) {
  const ExecRoutes routes(execs, keeper);
  using std::string;
  router.Add("POST", "/containers/*/exec",
             [routes](Exchange& e, const string& name) { return routes.Create(e, name); });
  router.Add("POST", "/exec/*/start",
             [routes](Exchange& e, const string& id) { return routes.Start(e, id); });
  router.Add("POST", "/exec/*/resize",
             [routes](Exchange& e, const string& id) { return routes.Resize(e, id); });
  router.Add("GET", "/exec/*/json",
             [routes](Exchange& e, const string& id) { return routes.Inspect(e, id); });
}

}  // namespace berth::cri
