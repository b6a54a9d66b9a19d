// SPDX-License-Identifier: Apache-2.0
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/detach_keys.h"
#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/containers/container_event.h"
#include "cri/engine_api/containers/container_routes.h"
#include "cri/engine_api/containers/log_details.h"
#include "cri/engine_api/containers/log_files.h"
#include "cri/engine_api/containers/log_reader.h"
#include "cri/engine_api/containers/stream_pump.h"
#include "cri/engine_api/containers/terminal_size.h"
#include "cri/engine_api/containers/websocket_bridge.h"

namespace berth::cri {
namespace {

bool HasTerminal(const EngineContainerRecord& record) {
  return JsonFlag(record.config, "Tty");
}

enum class AttachBy { kHijack, kWebSocket };

bool IsWebSocketRequest(const EngineRequest& request) {
  return absl::EqualsIgnoreCase(request.Header("upgrade"), "websocket") &&
         !request.Header("sec-websocket-key").empty();
}

runtime::StreamChoice StreamsOf(const EngineRequest& request, const EngineContainerRecord& record) {
  const bool terminal = HasTerminal(record);
  return {.input = request.Flag("stdin") && JsonFlag(record.config, "OpenStdin"),
          .output = request.Flag("stdout"),
          .error = request.Flag("stderr") && !terminal,
          .terminal = terminal};
}

// The process of one that runs, or a place in the queue before its start.
struct Attachment {
  std::unique_ptr<runtime::ProcessSession> session;
  std::unique_ptr<AttachDesk::Ticket> ticket;
};

absl::StatusOr<Attachment> AttachTo(const Call& call, const EngineContainerRecord& record,
                                    const runtime::StreamChoice& streams, ContainerEngine& engine,
                                    runtime::PodRuntime& runtime) {
  Attachment attachment;
  if (record.state.running()) {
    ASSIGN_OR_RETURN(attachment.session, runtime.Attach(call, record.id, streams));
    return attachment;
  }
  attachment.ticket = engine.attachments().Queue(record.id, streams);
  // Before it was in the queue it may have been removed, or started.
  ASSIGN_OR_RETURN(const EngineContainerRecord now, engine.Find(record.id));
  if (now.state.running()) {
    attachment.ticket->Admit(call);
  }
  return attachment;
}

// A client whose connection is a stream from now on.
struct AttachedClient {
  Exchange::RawStream raw;
  std::unique_ptr<WebSocketBridge> bridge;
  int socket = -1;  // a bridge may be there longer, with what a client that has left had sent
};

absl::StatusOr<AttachedClient> TakeOver(Exchange& exchange, AttachBy by, bool terminal) {
  AttachedClient client;
  if (by == AttachBy::kWebSocket) {
    client.socket = exchange.TakeOver().socket;
    ASSIGN_OR_RETURN(client.bridge, WebSocketBridge::Open(exchange.request(), client.socket));
    client.raw.socket = client.bridge->socket();
  } else {
    client.raw = exchange.Hijack(terminal ? kRawStream : kFramedStream);
    client.socket = client.raw.socket;
  }
  return client;
}

// Null when the client has gone, or hears from the start why there is none.
std::unique_ptr<runtime::ProcessSession> AwaitStart(AttachDesk::Ticket& ticket,
                                                    const AttachedClient& client) {
  const auto has_left = [by_client = CallOf(client.socket), by_bridge = CallOf(client.raw.socket)] {
    return by_client.cancelled() || by_bridge.cancelled();
  };
  return ticket.Await(Call(absl::InfiniteFuture(), has_left)).value_or(nullptr);
}

// The client's streams until it has left, or the process.
absl::Status Attach(Exchange& exchange, const std::string& name, ContainerEngine& engine,
                    runtime::PodRuntime& runtime, EventHub& events, AttachBy by) {
  const EngineRequest& request = exchange.request();
  ASSIGN_OR_RETURN(const EngineContainerRecord record, engine.Find(name));
  if (record.state.paused()) {
    return absl::FailedPreconditionError(
        absl::StrCat("container ", record.id, " is paused, unpause the container before attach"));
  }
  const runtime::StreamChoice streams = StreamsOf(request, record);
  std::string keys;  // of a terminal alone
  if (streams.terminal) {
    ASSIGN_OR_RETURN(keys, ParseDetachKeys(request.Query("detachKeys")));
  }
  ASSIGN_OR_RETURN(Attachment attachment,
                   AttachTo(exchange.call(), record, streams, engine, runtime));
  ASSIGN_OR_RETURN(AttachedClient client, TakeOver(exchange, by, streams.terminal));
  events.Tell(ContainerEvent("attach", record));
  if (attachment.ticket != nullptr) {
    attachment.session = AwaitStart(*attachment.ticket, client);
  }
  if (attachment.session != nullptr) {
    PumpStreams(*attachment.session, {.socket = client.raw.socket,
                                      .early = std::move(client.raw.early),
                                      .framed = !streams.terminal && client.bridge == nullptr,
                                      .input = streams.input,
                                      .until_exit = !streams.output && !streams.error,
                                      .detach_keys = keys});
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadTime(const std::string& text, int64_t fallback) {
  ASSIGN_OR_RETURN(const auto time, ParseMoment(text, absl::Now()));
  return time.has_value() ? absl::ToUnixNanos(*time) : fallback;
}

absl::StatusOr<LogChoice> ReadLogChoice(const EngineRequest& request) {
  LogChoice choice;
  choice.out = request.Flag("stdout");
  choice.error = request.Flag("stderr");
  choice.timestamps = request.Flag("timestamps");
  if (!choice.out && !choice.error) {
    return absl::InvalidArgumentError("Bad parameters: you must choose at least one stream");
  }
  ASSIGN_OR_RETURN(choice.since, ReadTime(request.Query("since"), choice.since));
  ASSIGN_OR_RETURN(choice.until, ReadTime(request.Query("until"), choice.until));
  const std::string tail = request.Query("tail");
  if (!tail.empty() && tail != "all" && !absl::SimpleAtoi(tail, &choice.tail)) {
    choice.tail = -1;  // as Docker takes it
  }
  return choice;
}

// How a log is told.
struct LogForm {
  bool framed = false;
  std::string details;  // before each line
};

void WritePieces(const std::vector<LogPiece>& pieces, const LogForm& form, Exchange& exchange) {
  for (const LogPiece& piece : pieces) {
    const absl::string_view details = piece.begins_line ? form.details : absl::string_view();
    const size_t size = piece.time.size() + details.size() + piece.text.size();
    exchange.Write(absl::StrCat(form.framed ? FrameHead(piece.stream, size) : "", piece.time,
                                details, piece.text));
  }
}

// Hands on what is there now.
void WriteOn(LogTail& log, LogParser& parser, const LogForm& form, Exchange& exchange) {
  while (!parser.is_over() && exchange.call().Check().ok()) {
    const absl::string_view bytes = log.Next();
    if (bytes.empty()) {
      break;
    }
    WritePieces(parser.Take(bytes), form, exchange);
  }
}

// Has it read from the beginning of the last lines.
absl::Status SeekToTail(const Call& call, const LogChoice& choice, LogTail& log) {
  if (choice.tail < 0) {
    return absl::OkStatus();
  }
  TailSearch search(choice);
  return log.SeekBackward([&](absl::string_view block) -> absl::StatusOr<std::optional<uint64_t>> {
    RETURN_IF_ERROR(call.Check());
    return search.Take(block);
  });
}

absl::Status Logs(Exchange& exchange, const std::string& name, ContainerEngine& engine) {
  ASSIGN_OR_RETURN(const LogChoice choice, ReadLogChoice(exchange.request()));
  ASSIGN_OR_RETURN(const EngineContainerRecord record, engine.Find(name));
  if (JsonString(JsonObject(record.host_config, "LogConfig"), "Type") == "none") {
    return absl::UnimplementedError("configured logging driver does not support reading");
  }
  const LogForm form = {.framed = !HasTerminal(record),
                        .details = exchange.request().Flag("details") ? LogDetails(record) : ""};
  exchange.Begin(form.framed ? kFramedStream : kRawStream);
  const std::string path = engine.LogPath(record.id);
  using Extent = LogTail::Extent;
  bool ends = !exchange.request().Flag("follow");
  LogTail log(engine.log_files(), path, ends ? Extent::kPresent : Extent::kGrowing);
  RETURN_IF_ERROR(SeekToTail(exchange.call(), choice, log));
  LogParser parser(choice);
  WriteOn(log, parser, form, exchange);
  while (!ends && !parser.is_over() && exchange.call().Check().ok()) {
    const auto now = engine.Find(record.id);
    ends = !now.ok() || !now->state.running();
    WriteOn(log, parser, form, exchange);
    if (!ends && !parser.is_over()) {
      (void)engine.AwaitChange(exchange.call().Within(kCallPeriod), record.id);
    }
  }
  return absl::OkStatus();
}

absl::Status Resize(Exchange& exchange, const std::string& name, const ContainerEngine& engine,
                    runtime::PodRuntime& runtime) {
  ASSIGN_OR_RETURN(const EngineContainerRecord record, engine.Find(name));
  ASSIGN_OR_RETURN(const TerminalSize size, ReadTerminalSize(exchange.request()));
  if (!record.state.running()) {
    return absl::FailedPreconditionError(absl::StrCat("container ", record.id, " is not running"));
  }
  return runtime.ResizeTerminal(exchange.call(), record.id, size.rows, size.columns);
}

}  // namespace

void AddContainerStreamRoutes(Router& router, ContainerEngine& engine, runtime::PodRuntime& runtime,
                              EventHub& events) {
  router.Add("POST", "/containers/*/attach",
             [&engine, &runtime, &events](Exchange& exchange, const std::string& name) {
               return Attach(exchange, name, engine, runtime, events, AttachBy::kHijack);
             });
  router.Add(
      "GET", "/containers/*/attach/ws",
      [&engine, &runtime, &events](Exchange& exchange, const std::string& name) -> absl::Status {
        if (!IsWebSocketRequest(exchange.request())) {
          return absl::InvalidArgumentError("not websocket protocol");
        }
        return Attach(exchange, name, engine, runtime, events, AttachBy::kWebSocket);
      });
  router.Add("GET", "/containers/*/logs", [&engine](Exchange& exchange, const std::string& name) {
    return Logs(exchange, name, engine);
  });
  router.Add("POST", "/containers/*/resize",
             [&engine, &runtime](Exchange& exchange, const std::string& name) {
               return Resize(exchange, name, engine, runtime);
             });
}

}  // namespace berth::cri
