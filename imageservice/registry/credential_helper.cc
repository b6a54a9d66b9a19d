// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/credential_helper.h"

#include <fcntl.h>

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

namespace berth::imageservice {
namespace {

constexpr size_t kMaxHelperAnswer = 64 << 10;
constexpr absl::string_view kDockerHubKey = "https://index.docker.io/v1/";
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
  if (!IsHelperName(name)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", absl::CHexEscape(name.substr(0, 100)), "\" names no credential helper"));
  }
  const std::string program = absl::StrCat("docker-credential-", name);
  Command command;
  command.arguments = {FindProgram(program, environment), "get"};
  if (command.arguments[0].empty()) {
    return absl::FailedPreconditionError(absl::StrCat(program, " is not in PATH"));
  }
  command.environment = environment;
  command.input = std::string{registry == "docker.io" ? kDockerHubKey : registry};
  command.max_output = kMaxHelperAnswer;
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(call, command));
  const absl::string_view words = absl::StripAsciiWhitespace(result.out);
  if (result.exit_code == 0) {
    absl::StatusOr<Credentials> credentials = ParseHelperAnswer(words, registry);
    return credentials.ok() ? std::move(credentials) : Annotate(credentials.status(), program);
  }
  if (absl::StrContains(words, "credentials not found")) {
    return Credentials();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(program, ": exit code ", result.exit_code, ": ",
                   absl::CHexEscape(words.substr(0, words.find('\n')).substr(0, 200))));
}

}  // namespace berth::imageservice
