// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_secrets.h"

#include <stdlib.h>

#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/file.h"
#include "base/json.h"
#include "base/path.h"
#include "base/secret.h"
#include "base/status.h"
#include "imageservice/build/build_limits.h"

namespace berth::cli {
namespace {

using imageservice::kMaxSecrets;

struct SecretOption {
  std::string id, source, variable;
};

absl::StatusOr<SecretOption> ParseSecret(const std::string& text) {
  SecretOption option;
  for (const absl::string_view field : absl::StrSplit(text, ',')) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(field, absl::MaxSplits('=', 1));
    if (parts.first == "id") {
      option.id = parts.second;
    } else if (parts.first == "src" || parts.first == "source") {
      option.source = parts.second;
    } else if (parts.first == "env") {
      option.variable = parts.second;
    } else if (parts.first != "type" || (parts.second != "file" && parts.second != "env")) {
      return absl::InvalidArgumentError(absl::StrCat("--secret ", text, ": unexpected ", field,
                                                     "; id=ID,src=FILE or id=ID,env=VARIABLE"));
    }
  }
  if (option.id.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("--secret ", text, ": it has no id"));
  }
  return option;
}

absl::StatusOr<Secret> ReadSecret(const SecretOption& option) {
  const bool names_none = option.source.empty() && option.variable.empty();
  const std::string variable = names_none ? option.id : option.variable;
  if (const char* value = variable.empty() ? nullptr : getenv(variable.c_str()); value != nullptr) {
    return Secret(value);
  }
  if (!option.variable.empty()) {
    return absl::NotFoundError(absl::StrCat("--secret: the environment has no ", option.variable));
  }
  absl::StatusOr<std::string> text = ReadFile(names_none ? option.id : option.source, kMaxSecrets);
  RETURN_IF_ERROR(Annotate(text.status(), absl::StrCat("--secret id=", option.id)));
  return Secret(*std::move(text));
}

absl::StatusOr<std::pair<std::string, std::string>> ReadAgent(const std::string& text) {
  std::pair<std::string, std::string> agent = absl::StrSplit(text, absl::MaxSplits('=', 1));
  if (agent.second.empty()) {
    const char* socket = getenv("SSH_AUTH_SOCK");
    agent.second = socket == nullptr ? "" : socket;
  }
  if (!IsAbsolutePath(agent.second)) {
    return absl::InvalidArgumentError(absl::StrCat("--ssh ", text, ": no agent; ", agent.first,
                                                   "=/PATH/OF/ITS/SOCKET or SSH_AUTH_SOCK"));
  }
  return agent;
}

}  // namespace

absl::StatusOr<std::string> BuildSecretsHeader(const std::vector<std::string>& secrets,
                                               const std::vector<std::string>& agents) {
  berth::Json header = berth::Json::object();
  size_t bytes = 0;
  for (const std::string& text : secrets) {
    ASSIGN_OR_RETURN(const SecretOption option, ParseSecret(text));
    ASSIGN_OR_RETURN(const Secret secret, ReadSecret(option));
    bytes += secret.Reveal().size();
    header["secrets"][option.id] = absl::Base64Escape(secret.Reveal());
  }
  if (bytes > kMaxSecrets) {
    return absl::InvalidArgumentError(
        absl::StrCat("the secrets have ", bytes, " bytes; at most ", kMaxSecrets, " are possible"));
  }
  for (const std::string& text : agents) {
    ASSIGN_OR_RETURN(const auto agent, ReadAgent(text));
    header["agents"][agent.first] = agent.second;
  }
  return header.empty() ? "" : FormatJson(header);
}

}  // namespace berth::cli
