// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/git_checkout.h"

#include <fcntl.h>
#include <stdlib.h>

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/command.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/content/headroom.h"
#include "imageservice/layer/disk_usage.h"

namespace berth::imageservice {
namespace {

constexpr char kGit[] = "/usr/bin/git";
constexpr size_t kMaxWords = 1000;        // bytes of git's that are told
constexpr size_t kMaxListing = 64 << 20;  // bytes of a commit's list of files
constexpr size_t kMaxOutput = 1 << 20;    // of everything else

absl::Status TooLarge(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("git: ", what, ", which is more than there may be"));
}

// What the files of `git ls-tree -l -z` have together: "MODE TYPE NAME SIZE\tPATH".
uint64_t BytesOfListing(absl::string_view listing) {
  uint64_t bytes = 0;
  for (const absl::string_view entry : absl::StrSplit(listing, '\0', absl::SkipEmpty())) {
    const std::vector<absl::string_view> fields =
        absl::StrSplit(entry.substr(0, entry.find('\t')), ' ', absl::SkipEmpty());
    uint64_t size = 0;
    bytes += fields.size() == 4 && absl::SimpleAtoi(fields[3], &size) ? size : 0;
  }
  return bytes;
}

// With the keys of the agent alone, and only to hosts that the node knows.
constexpr char kSshCommand[] =
    "/usr/bin/ssh -F none -o BatchMode=yes -o IdentityFile=none -o ConnectTimeout=30"
    " -o StrictHostKeyChecking=yes -o UserKnownHostsFile=/root/.ssh/known_hosts"
    " -o GlobalKnownHostsFile=/etc/ssh/ssh_known_hosts";

std::vector<std::string> Environment(const std::string& agent) {
  std::vector<std::string> environment = {
      "PATH=/usr/bin:/bin",     "HOME=/nonexistent",           "LC_ALL=C",
      "GIT_CONFIG_NOSYSTEM=1",  "GIT_CONFIG_GLOBAL=/dev/null", "GIT_TERMINAL_PROMPT=0",
      "GIT_ASKPASS=/bin/false", "GIT_LFS_SKIP_SMUDGE=1",       "GIT_NO_REPLACE_OBJECTS=1"};
  if (agent.empty()) {
    environment.emplace_back("GIT_ALLOW_PROTOCOL=http:https:git");
  } else {
    environment.emplace_back("GIT_ALLOW_PROTOCOL=ssh");
    environment.push_back(absl::StrCat("GIT_SSH_COMMAND=", kSshCommand));
    environment.emplace_back("GIT_SSH_VARIANT=ssh");
    environment.push_back(absl::StrCat("SSH_AUTH_SOCK=", agent));
  }
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
  Git(const Call& call, std::string directory, std::string agent, uint64_t max_bytes)
      : call_(call.Within(kMaxGitTime)),
        directory_(std::move(directory)),
        agent_(std::move(agent)),
        max_bytes_(max_bytes) {}

  uint64_t max_bytes() const { return max_bytes_; }

  // What it has said on its standard output; with more than `max_output` bytes it is ended.
  absl::StatusOr<std::string> Run(const std::vector<std::string>& words,
                                  size_t max_output = kMaxOutput) const {
    Command command;
    command.max_output = max_output;
    command.ends_at_max_output = true;
    command.arguments = {kGit,
                         "-C",
                         directory_,
                         "-c",
                         "core.hooksPath=/dev/null",
                         "-c",
                         "core.fsmonitor=false",
                         "-c",
                         "gc.auto=0",
                         "-c",
                         "fetch.unpackLimit=1"};
    command.arguments.insert(command.arguments.end(), words.begin(), words.end());
    command.environment = Environment(agent_);
    absl::Status room;
    const Call watched(call_.deadline(), [&] {
      room.Update(CheckRoom());
      return !room.ok() || call_.cancelled();
    });
    absl::StatusOr<CommandResult> result = RunCommand(watched, command);
    RETURN_IF_ERROR(room);
    if (absl::IsOutOfRange(result.status())) {
      return TooLarge(absl::StrCat("it says more than ", max_output, " bytes"));
    }
    if (absl::IsNotFound(result.status())) {
      return absl::NotFoundError(absl::StrCat("the node has no ", kGit));
    }
    RETURN_IF_ERROR(result.status());
    if (result->exit_code != 0) {
      return absl::UnavailableError(absl::StrCat(
          "git: ",
          absl::StripAsciiWhitespace(absl::string_view(result->err).substr(0, kMaxWords))));
    }
    return std::move(result->out);
  }

 private:
  // For what has been fetched so far, of which files come and go meanwhile, and for more.
  absl::Status CheckRoom() const {
    const std::string path = JoinPath(directory_, ".git");
    const sys::ErrnoOr<sys::Fd> git =
        sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
    const absl::StatusOr<DiskUsage> usage =
        git.ok() ? MeasureTree(call_, git->get()) : absl::StatusOr<DiskUsage>(DiskUsage());
    if (usage.ok() && usage->bytes > max_bytes_) {
      return TooLarge(absl::StrCat("more than ", max_bytes_, " bytes are to be fetched"));
    }
    return git.ok() ? CheckHeadroom(git->get()) : absl::OkStatus();
  }

  const Call call_;
  const std::string directory_;
  const std::string agent_;
  const uint64_t max_bytes_;
};

absl::Status CheckSize(const Git& git, const std::string& commit) {
  const absl::StatusOr<std::string> listing =
      git.Run({"ls-tree", "-r", "-l", "-z", "--full-tree", commit}, kMaxListing);
  RETURN_IF_ERROR(Annotate(listing.status(), absl::StrCat("the list of the files of ", commit)));
  return BytesOfListing(*listing) <= git.max_bytes()
             ? absl::OkStatus()
             : TooLarge(absl::StrCat("the files of ", commit, " have more than ", git.max_bytes(),
                                     " bytes"));
}

absl::StatusOr<std::string> CommitOf(const Git& git, const std::string& reference) {
  ASSIGN_OR_RETURN(const std::string commit,
                   git.Run({"rev-parse", "--verify", "--end-of-options", reference + "^{commit}"}));
  return std::string(absl::StripAsciiWhitespace(commit));
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
                                     const std::string& directory, uint64_t max_bytes) {
  const Git git(call, directory, source.agent, max_bytes);
  RETURN_IF_ERROR(git.Run({"init", "-q", "--template="}).status());
  absl::StatusOr<std::string> commit = Fetch(git, source);
  RETURN_IF_ERROR(Annotate(commit.status(), absl::StrCat(source.url, "#", source.reference)));
  RETURN_IF_ERROR(CheckSize(git, *commit));
  RETURN_IF_ERROR(git.Run({"checkout", "-q", "--detach", *commit}).status());
  return commit;
}

}  // namespace berth::imageservice
