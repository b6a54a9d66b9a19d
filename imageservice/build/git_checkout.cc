// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/git_checkout.h"

#include <stdlib.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/command.h"
#include "base/status.h"

namespace berth::imageservice {
namespace {

constexpr char kGit[] = "/usr/bin/git";
constexpr size_t kMaxWords = 1000;  // bytes of git's that are told

std::vector<std::string> Environment() {
  std::vector<std::string> environment = {"PATH=/usr/bin:/bin",
                                          "HOME=/nonexistent",
                                          "LC_ALL=C",
                                          "GIT_CONFIG_NOSYSTEM=1",
                                          "GIT_CONFIG_GLOBAL=/dev/null",
                                          "GIT_TERMINAL_PROMPT=0",
                                          "GIT_ASKPASS=/bin/false",
                                          "GIT_ALLOW_PROTOCOL=http:https:git",
                                          "GIT_LFS_SKIP_SMUDGE=1",
                                          "GIT_NO_REPLACE_OBJECTS=1"};
  for (const char* name : {"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "no_proxy",
                           "ALL_PROXY", "NO_PROXY"}) {
    if (const char* value = getenv(name); value != nullptr) {
      environment.push_back(absl::StrCat(name, "=", value));
    }
  }
  return environment;
}

class Git {
 public:
  Git(const Call& call, std::string directory)
      : call_(call.Within(kMaxGitTime)), directory_(std::move(directory)) {}

  // What it has said on its output.
  absl::StatusOr<std::string> Run(const std::vector<std::string>& words) const {
    Command command;
    command.arguments = {kGit,
                         "-C",
                         directory_,
                         "-c",
                         "core.hooksPath=/dev/null",
                         "-c",
                         "core.fsmonitor=false",
                         "-c",
                         "gc.auto=0"};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    command.environment = Environment();
    absl::StatusOr<CommandResult> result = RunCommand(call_, command);
    if (absl::IsNotFound(result.status())) {
      return absl::NotFoundError(absl::StrCat("the node has no ", kGit));
    }
    RETURN_IF_ERROR(result.status());
    if (result->exit_code != 0) {
      return absl::UnavailableError(absl::StrCat(
          "git: ",
          absl::StripAsciiWhitespace(absl::string_view(result->err).substr(0, kMaxWords))));
    }
    return std::string(absl::StripAsciiWhitespace(result->out));
  }

 private:
  const Call call_;
  const std::string directory_;
};

absl::StatusOr<std::string> CommitOf(const Git& git, const std::string& reference) {
  return git.Run({"rev-parse", "--verify", "--end-of-options", reference + "^{commit}"});
}

// The commit. A server of plain files knows no depth, and one that is careful no commit by its
// name.
absl::StatusOr<std::string> Fetch(const Git& git, const RemoteSource& source) {
  const std::vector<std::string> fetch = {"fetch", "-q", "--no-tags", "--no-recurse-submodules"};
  const auto run = [&](std::vector<std::string> more) {
    std::vector<std::string> words = fetch;
    words.insert(words.end(), more.begin(), more.end());
    return git.Run(words).status();
  };
  const absl::Status shallow = run({"--depth=1", "--", source.url, source.reference});
  if (!absl::IsUnavailable(shallow)) {
    return shallow.ok() ? CommitOf(git, "FETCH_HEAD") : shallow;
  }
  const absl::Status whole = run({"--", source.url, source.reference});
  if (!absl::IsUnavailable(whole)) {
    return whole.ok() ? CommitOf(git, "FETCH_HEAD") : whole;
  }
  if (!run({"--", source.url, "+refs/heads/*:refs/remotes/origin/*"}).ok()) {
    return shallow;
  }
  absl::StatusOr<std::string> commit = CommitOf(git, source.reference);
  return commit.ok() ? commit : shallow;
}

}  // namespace

absl::StatusOr<std::string> CheckOut(const Call& call, const RemoteSource& source,
                                     const std::string& directory) {
  const Git git(call, directory);
  RETURN_IF_ERROR(git.Run({"init", "-q", "--template="}).status());
  absl::StatusOr<std::string> commit = Fetch(git, source);
  RETURN_IF_ERROR(Annotate(commit.status(), absl::StrCat(source.url, "#", source.reference)));
  RETURN_IF_ERROR(git.Run({"checkout", "-q", "--detach", *commit}).status());
  return commit;
}

}  // namespace berth::imageservice
