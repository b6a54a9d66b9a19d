// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/engine_calls.h"

#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/replace_file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "cri/cli/break_off.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"
#include "cri/cli/screen_on.h"

namespace berth::cli {
namespace {

constexpr size_t kPieceSize = 256 << 10;

absl::Status NoTerminal(absl::string_view option) {
  return absl::FailedPreconditionError(
      absl::StrCat("a terminal is no place for an archive: give ", option, " or redirect"));
}

}  // namespace

std::pair<std::string, std::string> SplitTag(absl::string_view reference) {
  const size_t colon = reference.rfind(':');
  const size_t slash = reference.rfind('/');
  if (colon == absl::string_view::npos || (slash != absl::string_view::npos && slash > colon) ||
      reference.find('@') != absl::string_view::npos) {
    return {std::string(reference), ""};
  }
  return {std::string(reference.substr(0, colon)), std::string(reference.substr(colon + 1))};
}

berth::Json AuthConfigOf(const imageservice::Credentials& credentials) {
  berth::Json config = berth::Json::object();
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      config[key] = value;
    }
  };
  add("username", credentials.username);
  add("password", credentials.password.Reveal());
  add("auth", credentials.username.empty() ? credentials.auth.Reveal() : "");
  add("serveraddress", credentials.server_address);
  add("identitytoken", credentials.identity_token.Reveal());
  add("registrytoken", credentials.registry_token.Reveal());
  return config;
}

std::string RegistryAuthHeader(const imageservice::Credentials& credentials) {
  return absl::WebSafeBase64Escape(FormatJson(AuthConfigOf(credentials)));
}

absl::StatusOr<EngineCall> PullCall(const std::string& name, const std::string& platform,
                                    bool all_tags) {
  ASSIGN_OR_RETURN(const imageservice::Credentials credentials, CredentialsFor(name));
  const auto [repository, tag] = SplitTag(name);
  const bool is_latest = tag.empty() && !all_tags && !absl::StrContains(name, '@');
  EngineCall call = PostCall(EngineTarget(
      {"/images/create"},
      {{"fromImage", repository}, {"tag", is_latest ? "latest" : tag}, {"platform", platform}}));
  call.headers = {{"X-Registry-Auth", RegistryAuthHeader(credentials)}};
  return call;
}

EngineCall PostCall(const std::string& target, const berth::Json& body) {
  EngineCall call;
  call.method = "POST";
  call.target = target;
  if (!body.is_null()) {
    call.content_type = "application/json";
    call.body = FormatJson(body);
  }
  return call;
}

absl::StatusOr<std::string> MakeByEngine(const EngineClient& client, const EngineCall& call) {
  ASSIGN_OR_RETURN(const berth::Json made, client.AskJson(call));
  const std::optional<std::string> id = JsonString(made, "Id");
  return id.has_value() ? absl::StatusOr<std::string>(*id)
                        : absl::InternalError("the daemon has not said what it has made");
}

absl::Status SendFile(EngineCall& call, const std::string& path, absl::string_view option) {
  auto file = std::make_shared<sys::Fd>();
  if (path != "-") {
    ASSIGN_OR_RETURN(*file, ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY),
                                       absl::StrCat("open ", path)));
  } else if (isatty(STDIN_FILENO) != 0) {
    return NoTerminal(option);
  }
  call.content_type = "application/x-tar";
  call.next_piece = [file]() -> absl::StatusOr<std::string> {
    std::string piece(kPieceSize, '\0');
    ASSIGN_OR_RETURN(const size_t size,
                     ToStatusOr(sys::ReadFull(file->is_open() ? file->get() : STDIN_FILENO, piece),
                                "read what is sent"));
    piece.resize(size);
    return piece;
  };
  return absl::OkStatus();
}

absl::Status ReceiveFile(const EngineClient& client, const EngineCall& call,
                         const std::string& path) {
  const auto write_to = [&](int fd) {
    return client.Stream(call, [fd](absl::string_view bytes) -> absl::Status {
      RETURN_IF_ERROR(BreakOff::Check());
      return ToStatus(sys::WriteAll(fd, bytes.data(), bytes.size()), "write the archive");
    });
  };
  if (path.empty()) {
    return isatty(STDOUT_FILENO) != 0 ? NoTerminal("-o") : write_to(STDOUT_FILENO);
  }
  const BreakOff break_off;  // what is not whole has to go
  return ReplaceFile(path, write_to);
}

ProgressDisplay DisplayOn(std::FILE* out) {
  using Style = ProgressDisplay::Style;
  return ProgressDisplay(ScreenOn(out).has_value() ? Style::kBars : Style::kPlain, SteadyNow());
}

absl::Status ShowProgress(const EngineClient& client, const EngineCall& call,
                          ProgressDisplay& display, std::FILE* out) {
  const auto screen = [out] { return ScreenOn(out).value_or(Screen()); };
  const auto show = [out](const std::string& text) {
    if (out != nullptr) {
      fwrite(text.data(), 1, text.size(), out);
      fflush(out);  // it may be read while it goes on
    }
  };
  const EngineClient::Idle look = [&] { show(display.Look(SteadyNow(), screen())); };
  const absl::Status status = client.Stream(
      call,
      [&](absl::string_view bytes) {
        show(display.Take(bytes, SteadyNow(), screen()));
        return display.status();
      },
      display.style() == ProgressDisplay::Style::kPlain ? EngineClient::Idle() : look);
  show(display.End(status, SteadyNow(), screen()));
  return status;
}

}  // namespace berth::cli
