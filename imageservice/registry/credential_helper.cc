// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/credential_helper.h"

#include <fcntl.h>

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/command.h"
#include "base/json.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "imageservice/registry/login.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxHelperAnswer = 64 << 10;

constexpr absl::string_view kTokenUser = "<token>";  // then the secret is an identity token

bool IsHelperName(absl::string_view name) {
  for (char c : name) {
    if (!absl::ascii_isalnum(static_cast<unsigned char>(c)) && c != '-' && c != '_' && c != '.') {
      return false;
    }
  }
  return !name.empty();
}

// The absolute path of an executable in PATH; empty when there is none.
std::string FindProgram(const std::string& name, const std::vector<std::string>& environment) {
  for (absl::string_view directory : absl::StrSplit(EnvironmentValue(environment, "PATH"), ':')) {
    if (!IsAbsolutePath(directory)) {
      continue;
    }
    std::string path = JoinPath(directory, name);
    auto stat = sys::StatAt(AT_FDCWD, path.c_str(), 0);
    if (stat.ok() && S_ISREG(stat->st_mode) && (stat->st_mode & 0111) != 0) {
      return path;
    }
  }
  return "";
}

std::string ProgramOf(absl::string_view name) {
  return absl::StrCat("docker-credential-", name);
}

struct HelperCall {
  absl::string_view name;
  std::string verb;
  std::string input;
};

// What it printed; nullopt when it knows no such credentials.
absl::StatusOr<std::optional<std::string>> RunHelper(const Call& call, const HelperCall& helper,
                                                     const std::vector<std::string>& environment) {
  if (!IsHelperName(helper.name)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(helper.name.substr(0, 100)), "\" names no credential helper"));
  }
  const std::string program = ProgramOf(helper.name);
  Command command;
  command.arguments = {FindProgram(program, environment), helper.verb};
  if (command.arguments[0].empty()) {
    return absl::FailedPreconditionError(absl::StrCat(program, " is not in PATH"));
  }
  command.environment = environment;
  command.input = helper.input;
  command.max_output = kMaxHelperAnswer;
  const absl::StatusOr<CommandResult> result = RunCommand(call, command);
  if (absl::IsDeadlineExceeded(result.status())) {
    return absl::DeadlineExceededError(absl::StrCat(program, ": no answer in time"));
  }
  RETURN_IF_ERROR(result.status());
  const absl::string_view words = absl::StripAsciiWhitespace(result->out);
  if (result->exit_code == 0) {
    return std::string(words);
  }
  if (absl::StrContains(words, "credentials not found")) {
    return std::nullopt;
  }
  return absl::FailedPreconditionError(
      absl::StrCat(program, ": exit code ", result->exit_code, ": ",
                   absl::CHexEscape(words.substr(0, words.find('\n')).substr(0, 200))));
}

}  // namespace

std::string EnvironmentValue(const std::vector<std::string>& environment, absl::string_view name) {
  for (absl::string_view entry : environment) {
    if (absl::ConsumePrefix(&entry, name) && absl::ConsumePrefix(&entry, "=")) {
      return std::string{entry};
    }
  }
  return "";
}

absl::StatusOr<Credentials> ParseHelperAnswer(absl::string_view text, absl::string_view registry) {
  ASSIGN_OR_RETURN(Json json, ParseJson(text, kMaxHelperAnswer));
  std::optional<std::string> username = JsonString(json, "Username");
  std::optional<std::string> secret = JsonString(json, "Secret");
  if (!username.has_value() || !secret.has_value()) {
    return absl::InvalidArgumentError("its answer has no Username or no Secret");
  }
  Credentials credentials;
  credentials.server_address = std::string{registry};
  if (*username == kTokenUser) {
    credentials.identity_token = Secret(*std::move(secret));
  } else {
    credentials.username = *std::move(username);
    credentials.password = Secret(*std::move(secret));
  }
  return credentials;
}

absl::StatusOr<Credentials> AskCredentialHelper(const Call& call, absl::string_view name,
                                                absl::string_view registry,
                                                const std::vector<std::string>& environment) {
  const std::string key = ConfigKey(registry);
  ASSIGN_OR_RETURN(const std::optional<std::string> answer,
                   RunHelper(call, {name, "get", key}, environment));
  if (!answer.has_value()) {
    return Credentials();
  }
  absl::StatusOr<Credentials> credentials = ParseHelperAnswer(*answer, registry);
  return credentials.ok() ? std::move(credentials)
                          : Annotate(credentials.status(), ProgramOf(name));
}

absl::Status StoreWithHelper(const Call& call, absl::string_view name, absl::string_view registry,
                             const Credentials& credentials,
                             const std::vector<std::string>& environment) {
  const bool is_token = credentials.username.empty();
  const Json input = {
      {"ServerURL", ConfigKey(registry)},
      {"Username", is_token ? std::string(kTokenUser) : credentials.username},
      {"Secret", (is_token ? credentials.identity_token : credentials.password).Reveal()}};
  return RunHelper(call, {name, "store", FormatJson(input)}, environment).status();
}

absl::Status EraseWithHelper(const Call& call, absl::string_view name, absl::string_view registry,
                             const std::vector<std::string>& environment) {
  return RunHelper(call, {name, "erase", ConfigKey(registry)}, environment).status();
}

}  // namespace berth::imageservice
