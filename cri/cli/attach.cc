// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/attach.h"

#include "absl/strings/str_cat.h"

#include "base/detach_keys.h"
#include "base/status.h"
#include "cri/cli/conversation.h"
#include "cri/cli/exit_watch.h"

namespace berth::cli {

absl::StatusOr<AttachedStreams> StreamsOf(const Client& client, const Target& container) {
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse status, client.ContainerStatus(container.id));
  const berth::Json info = InfoIn(status);
  const berth::Json& config = JsonObject(info, "config");
  return AttachedStreams{.input = JsonFlag(config, "stdin"), .terminal = JsonFlag(config, "tty")};
}

absl::StatusOr<int> Attach(const Client& client, const Target& container,
                           const AttachedStreams& streams,
                           const std::function<absl::Status()>& start) {
  v1::AttachRequest request;
  request.set_container_id(container.id);
  request.set_stdin(streams.input);
  request.set_stdout(true);
  request.set_stderr(!streams.terminal);
  request.set_tty(streams.terminal);
  const std::string what = absl::StrCat("attaching to ", container.name);
  ASSIGN_OR_RETURN(const std::string keys, ParseDetachKeys(streams.detach_keys));
  ASSIGN_OR_RETURN(const v1::AttachResponse response,
                   client.Call(&Client::Runtime::Attach, request, what));
  const absl::StatusOr<ConversationEnd> end =
      Converse(response.url(), {.input = streams.input,
                                .terminal = streams.terminal,
                                .detach_keys = streams.terminal ? keys : "",
                                .connected = start});
  RETURN_IF_ERROR(Annotate(end.status(), what));
  if (end->detached) {
    return 0;
  }
  ASSIGN_OR_RETURN(ExitWatch exit, ExitWatch::Open(client, container.id));
  ASSIGN_OR_RETURN(const v1::ContainerStatus status, exit.Await());
  return status.exit_code();
}

absl::Status FeedInput(const Client& client, const Target& container) {
  v1::AttachRequest request;
  request.set_container_id(container.id);
  request.set_stdin(true);
  const std::string what = absl::StrCat("attaching to ", container.name);
  const absl::StatusOr<v1::AttachResponse> response =
      client.Call(&Client::Runtime::Attach, request, what);
  absl::Status fed = response.status();
  if (response.ok()) {
    fed = Annotate(Converse(response->url(), {.input = true}).status(), what);
  }
  if (fed.ok()) {
    return fed;
  }
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse status, client.ContainerStatus(container.id));
  return status.status().state() == v1::CONTAINER_EXITED ? absl::OkStatus() : fed;
}

}  // namespace berth::cli
