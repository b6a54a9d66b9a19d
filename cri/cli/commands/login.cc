// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/login.h"

#include <unistd.h>

#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/images.h"
#include "cri/cli/local_terminal.h"
#include "cri/cli/output.h"
#include "imageservice/registry/credential_store.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxPassword = 64 << 10;
constexpr absl::Duration kStoreTimeout = absl::Minutes(1);

struct LoginOptions {
  std::string server = "docker.io";
  std::string username;
  std::string password;
  bool from_stdin = false;
};

absl::StatusOr<std::string> Asked(const std::string& question, bool hidden) {
  if (isatty(STDIN_FILENO) == 0) {
    return absl::FailedPreconditionError(
        "nobody can be asked: give --username and --password-stdin");
  }
  Print(question);
  const std::string answer = TypedLine(hidden);
  if (hidden) {
    Print("\n");
  }
  return answer.empty() ? absl::StatusOr<std::string>(absl::InvalidArgumentError(
                              absl::StrCat(question, "nothing was said")))
                        : answer;
}

absl::StatusOr<std::string> PasswordOf(const LoginOptions& options) {
  if (options.from_stdin) {
    ASSIGN_OR_RETURN(const std::string text, ReadDescriptor(STDIN_FILENO, kMaxPassword));
    return std::string(absl::StripSuffix(absl::StripSuffix(text, "\n"), "\r"));
  }
  return options.password.empty() ? Asked("Password: ", true) : options.password;
}

// The registry's word on the credentials; an identity token takes the password's place.
absl::Status Check(const EngineClient& engine, imageservice::Credentials& credentials) {
  const EngineCall call = PostCall("/auth", {{"username", credentials.username},
                                             {"password", credentials.password.Reveal()},
                                             {"serveraddress", credentials.server_address}});
  ASSIGN_OR_RETURN(const std::string answer, engine.Ask(call));
  if (answer.empty()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const berth::Json json, ParseJson(answer, kMaxPassword));
  credentials.identity_token = Secret(JsonString(json, "IdentityToken").value_or(""));
  if (!credentials.identity_token.empty()) {
    credentials.password = Secret();
  }
  return absl::OkStatus();
}

absl::StatusOr<int> RunLogin(const Session& session, const LoginOptions& options) {
  if (options.from_stdin && options.username.empty()) {
    return absl::InvalidArgumentError("--password-stdin needs --username");
  }
  imageservice::Credentials credentials;
  const std::string registry = imageservice::RegistryOfAddress(options.server);
  credentials.server_address = imageservice::ConfigKey(registry);
  credentials.username = options.username;
  if (credentials.username.empty()) {
    ASSIGN_OR_RETURN(credentials.username, Asked("Username: ", false));
  }
  ASSIGN_OR_RETURN(std::string password, PasswordOf(options));
  credentials.password = Secret(std::move(password));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  RETURN_IF_ERROR(Check(engine, credentials));
  ASSIGN_OR_RETURN(const imageservice::StoredLogin stored,
                   imageservice::StoreLogin(Call::WithTimeout(kStoreTimeout), registry, credentials,
                                            OwnEnvironment()));
  if (!stored.encrypted) {
    fputs(absl::StrCat("The password is kept unencrypted in ", stored.place, "\n").c_str(), stderr);
  }
  Print("Login Succeeded\n");
  return 0;
}

absl::StatusOr<int> RunLogout(const std::string& server) {
  const std::string registry = imageservice::RegistryOfAddress(server);
  ASSIGN_OR_RETURN(const bool had, imageservice::EraseLogin(Call::WithTimeout(kStoreTimeout),
                                                            registry, OwnEnvironment()));
  Print(absl::StrCat(had ? "Removed login credentials for " : "Not logged in to ", registry, "\n"));
  return 0;
}

}  // namespace

void DefineLogin(Verb& verb) {
  verb.set_description("Keep credentials for a registry");
  auto options = std::make_shared<LoginOptions>();
  verb.Add("SERVER", options->server, "the registry", {.shows_default = true});
  verb.Add("-u,--username", options->username, "asked for when not said", {.type = "NAME"});
  verb.Add("-p,--password", options->password, "others of the node see it: rather use stdin",
           {.type = "PASSWORD"});
  verb.AddFlag("--password-stdin", options->from_stdin, "the password is what stdin holds");
  verb.set_footer(
      "They go where docker keeps its own: ~/.docker/config.json or a credential helper.");
  verb.set_action([options](const Session& session) { return RunLogin(session, *options); });
}

void DefineLogout(Verb& verb) {
  verb.set_description("Forget the credentials for a registry");
  auto server = std::make_shared<std::string>("docker.io");
  verb.Add("SERVER", *server, "the registry", {.shows_default = true});
  verb.set_action([server](const Session&) { return RunLogout(*server); });
}

}  // namespace berth::cli
