// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/run_step.h"

#include <fcntl.h>

#include <deque>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/descriptor_path.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "imageservice/build/arguments.h"
#include "imageservice/build/build_context.h"
#include "imageservice/build/copy_sources.h"
#include "imageservice/build/layer_step.h"
#include "imageservice/build/owner_names.h"
#include "imageservice/build/secret_place.h"
#include "imageservice/build/step_key.h"
#include "imageservice/build/tree_copy.h"
#include "imageservice/build/tree_walk.h"
#include "imageservice/layer/mount_stubs.h"

namespace berth::imageservice {
namespace {

constexpr char kExitCode[] = "berth/exit-code";
constexpr char kPipes[] = "/dev/pipes";
constexpr char kSecretScript[] = "secrets";
constexpr char kSecrets[] = "/run/secrets";
constexpr mode_t kAllModes = 07777;
constexpr char kAgents[] = "/run/buildkit/ssh_agent.";

absl::Status CommandFailed(const RunWork& work, int code) {
  absl::Status status = absl::UnknownError(absl::StrCat(
      "The command '", absl::StrJoin(work.command, " "), "' returned a non-zero code: ", code));
  status.SetPayload(kExitCode, absl::Cord(absl::StrCat(code)));
  return status;
}

absl::Status WriteFile(const std::string& path, const std::string& text, mode_t mode,
                       const Owner& owner) {
  ASSIGN_OR_RETURN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0600), path));
  RETURN_IF_ERROR(ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), path));
  RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(AT_FDCWD, path.c_str(), owner.uid, owner.gid), path));
  return ToStatus(sys::SetMode(file.get(), mode), path);
}

// What counts of the tree that the mount is of.
CopyFilter FilterOf(const BuildJob& job, const RunMount& mount) {
  return {mount.from.empty() ? job.ignore : IgnoreFile(), IgnoreFile()};
}

absl::Status NotIn(const RunMount& mount) {
  return absl::NotFoundError(
      absl::StrCat("stat ", mount.source, ": file does not exist in ", mount.from));
}

absl::StatusOr<std::string> DigestBind(const Call& call, const BuildJob& job, const RunMount& mount,
                                       const MergedView& tree) {
  const CopyFilter filter = FilterOf(job, mount);
  const absl::StatusOr<CopySource> source = FindPath(tree, mount.source, filter);
  if (absl::IsNotFound(source.status()) && !mount.from.empty()) {
    return NotIn(mount);
  }
  RETURN_IF_ERROR(source.status());
  return DigestSources(call, {&*source, 1}, filter);
}

// What a step has beside its root while it runs.
class Mounting {
 public:
  Mounting(const Call& call, const BuildJob& job, const RunWork& work, std::string key,
           std::string directory)
      : call_(call),
        job_(job),
        work_(work),
        key_(std::move(key)),
        directory_(std::move(directory)) {}

  absl::Status AddAll(RunStep& step) {
    for (size_t i = 0; i < work_.mounts.size(); ++i) {
      RETURN_IF_ERROR(Add(work_.mounts[i], i, step));
    }
    for (size_t i = 0; i < work_.scripts.size(); ++i) {
      RETURN_IF_ERROR(AddScript(absl::StrCat(directory_, "/script", i), absl::StrCat(i),
                                work_.scripts[i], step));
    }
    if (variables_.empty()) {
      return absl::OkStatus();
    }
    // The environment of a container is on record, so these variables are set within.
    step.command.insert(step.command.begin(), absl::StrCat(kPipes, "/", kSecretScript));
    return AddScript(SecretFile(kSecretScript), kSecretScript,
                     absl::StrCat(kScriptStart, variables_, kScriptEnd), step);
  }

 private:
  absl::StatusOr<std::string> TargetOf(const RunMount& mount) const {
    const std::string target =
        CleanPath(IsAbsolutePath(mount.target) ? mount.target
                                               : JoinPath(work_.working_directory, mount.target));
    if (target == "/") {
      return absl::InvalidArgumentError("invalid mount target \"/\"");
    }
    return target;
  }

  absl::Status Add(const RunMount& mount, size_t place, RunStep& step) {
    if (mount.type == RunMount::Type::kSecret) {
      return AddSecret(mount, place, step);
    }
    if (mount.type == RunMount::Type::kSsh) {
      return AddAgent(mount, place, step);
    }
    StepMount added;
    ASSIGN_OR_RETURN(added.target, TargetOf(mount));
    added.read_only = mount.read_only;
    switch (mount.type) {
      case RunMount::Type::kBind:
        RETURN_IF_ERROR(FillBind(mount, place, added));
        break;
      case RunMount::Type::kCache:
        RETURN_IF_ERROR(FillCache(mount, place, added));
        break;
      case RunMount::Type::kTmpfs:
        added.is_tmpfs = true;
        added.tmpfs_size = mount.size;
        added.read_only = false;
        break;
      default:
        break;
    }
    step.mounts.push_back(std::move(added));
    return absl::OkStatus();
  }

  absl::Status FillBind(const RunMount& mount, size_t place, StepMount& added) {
    const MergedView* tree = &job_.context.tree;
    if (mount.from.empty() && job_.context.is_live) {
      return FillContextCopy(mount, place, added);
    }
    if (!mount.from.empty()) {
      ASSIGN_OR_RETURN(ChainView view,
                       ChainView::Open(job_, work_.chains[place], absl::StrCat(key_, "-", place)));
      views_.push_back(std::move(view));
      tree = &views_.back().tree();
      added.tree = views_.back().root();
    }
    ASSIGN_OR_RETURN(const MergedNode node, tree->Resolve(mount.source));
    if (node.kind == MergedNode::Kind::kAbsent) {
      return absl::InvalidArgumentError(absl::StrCat("\"", mount.source, "\": not found"));
    }
    if (!mount.read_only) {
      return FillCopy(node, place, added);
    }
    if (node.kind == MergedNode::Kind::kRegular || node.directories.size() == 1) {
      ASSIGN_OR_RETURN(added.source, PathOf(node.kind == MergedNode::Kind::kRegular
                                                ? node.file.get()
                                                : node.directories.front().get()));
      added.files = mount.from.empty() ? StepFiles::kShared : StepFiles::kForeign;
      return absl::OkStatus();
    }
    added.below = CleanPath(absl::StrCat("/", mount.source)).substr(1);
    return absl::OkStatus();
  }

  absl::Status FillCache(const RunMount& mount, size_t place, StepMount& added) {
    added.files = StepFiles::kShared;
    if (mount.from.empty()) {
      ASSIGN_OR_RETURN(CacheLease lease, job_.cache_mounts.Acquire(call_, mount));
      added.source = lease.path();
      caches_.push_back(std::move(lease));
      return absl::OkStatus();
    }
    ASSIGN_OR_RETURN(const ChainView view,
                     ChainView::Open(job_, work_.chains[place], absl::StrCat(key_, "-", place)));
    ASSIGN_OR_RETURN(const MergedNode node, view.tree().Resolve(mount.source));
    if (node.kind == MergedNode::Kind::kAbsent) {
      return NotIn(mount);
    }
    const bool is_file = node.kind == MergedNode::Kind::kRegular;
    if (!is_file && node.kind != MergedNode::Kind::kDirectory) {
      return absl::InvalidArgumentError(
          absl::StrCat(mount.source, " of ", mount.from, " is no directory or file for a cache"));
    }
    const CacheSeed seed = {
        StepKey(work_.chains[place], {CleanPath(absl::StrCat("/", mount.source))}),
        [&](const std::string& directory) { return CopySeed(mount, node, directory); }};
    ASSIGN_OR_RETURN(CacheLease lease, job_.cache_mounts.Acquire(call_, mount, seed));
    added.source = is_file ? JoinPath(lease.path(), kCopiedFile) : lease.path();
    caches_.push_back(std::move(lease));
    return absl::OkStatus();
  }

  // The cache itself gets the mount's owner and mode from who has it, a file in it does not.
  absl::Status CopySeed(const RunMount& mount, const MergedNode& node,
                        const std::string& directory) const {
    ASSIGN_OR_RETURN(const std::string copy, CopyTree(call_, node, directory));
    if (copy == directory) {
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(
        ToStatus(sys::SetOwnerAt(AT_FDCWD, copy.c_str(), mount.uid.value_or(node.info.st_uid),
                                 mount.gid.value_or(node.info.st_gid)),
                 copy));
    return ToStatus(
        sys::SetModeAt(AT_FDCWD, copy.c_str(), mount.mode.value_or(node.info.st_mode) & kAllModes),
        copy);
  }

  // What is written goes with the step, so it goes into a copy.
  absl::Status FillCopy(const MergedNode& node, size_t place, StepMount& added) const {
    const std::string directory = absl::StrCat(directory_, "/copy", place);
    RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0755), directory));
    ASSIGN_OR_RETURN(added.source, CopyTree(call_, node, directory));
    added.files = StepFiles::kOfStep;
    added.tree = {};
    return absl::OkStatus();
  }

  // Of a directory that others may change the step sees what its digest says.
  absl::Status FillContextCopy(const RunMount& mount, size_t place, StepMount& added) const {
    const std::string directory = absl::StrCat(directory_, "/context", place);
    RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0755), directory));
    const CopyFilter filter = FilterOf(job_, mount);
    ASSIGN_OR_RETURN(const CopySource source, FindPath(job_.context.tree, mount.source, filter));
    ASSIGN_OR_RETURN(added.source, CopySourceTree(call_, source, filter, directory));
    added.files = StepFiles::kOfStep;
    ASSIGN_OR_RETURN(const std::string digest, DigestBind(call_, job_, mount, job_.context.tree));
    return absl::c_linear_search(work_.mount_digests, digest)
               ? absl::OkStatus()
               : absl::FailedPreconditionError(
                     "files of the context have changed while they were copied");
  }

  static absl::Status AddScript(const std::string& path, absl::string_view name,
                                const std::string& text, RunStep& step) {
    RETURN_IF_ERROR(WriteFile(path, text, 0755, Owner()));
    StepMount script;
    script.target = absl::StrCat(kPipes, "/", name);
    script.source = path;
    script.files = StepFiles::kOfStep;
    step.mounts.push_back(std::move(script));
    return absl::OkStatus();
  }

  std::string SecretFile(absl::string_view name) const {
    return absl::StrCat(job_.secret_directory, "/", key_, "-", name);
  }

  absl::Status AddSecret(const RunMount& mount, size_t place, RunStep& step) {
    const std::string id = !mount.id.empty()       ? mount.id
                           : !mount.source.empty() ? mount.source
                                                   : std::string(BaseName(mount.target));
    const auto found = job_.request.secrets.find(id);
    if (found == job_.request.secrets.end()) {
      return mount.required ? absl::InvalidArgumentError(absl::StrCat("secret ", id, ": not found"))
                            : absl::OkStatus();
    }
    if (mount.environment.has_value()) {
      RETURN_IF_ERROR(AddToScript(*mount.environment, found->second, variables_));
      if (mount.target.empty()) {
        return absl::OkStatus();
      }
    }
    StepMount added;
    added.target = absl::StrCat(kSecrets, "/", BaseName(id));
    if (!mount.target.empty()) {
      ASSIGN_OR_RETURN(added.target, TargetOf(mount));
    }
    added.source = SecretFile(absl::StrCat(place));
    added.files = StepFiles::kOfStep;
    RETURN_IF_ERROR(WriteFile(added.source, found->second.Reveal(), mount.mode.value_or(0400),
                              {mount.uid.value_or(0), mount.gid.value_or(0)}));
    step.mounts.push_back(std::move(added));
    return absl::OkStatus();
  }

  absl::Status AddAgent(const RunMount& mount, size_t place, RunStep& step) const {
    const std::string id = mount.id.empty() ? "default" : mount.id;
    const auto found = job_.request.agents.find(id);
    if (found == job_.request.agents.end()) {
      return mount.required
                 ? absl::InvalidArgumentError(absl::StrCat("ssh agent ", id, ": not found"))
                 : absl::OkStatus();
    }
    StepMount added;
    added.target = absl::StrCat(kAgents, place);
    if (!mount.target.empty()) {
      ASSIGN_OR_RETURN(added.target, TargetOf(mount));
    }
    added.source = found->second;
    step.environment.push_back(absl::StrCat("SSH_AUTH_SOCK=", added.target));
    step.mounts.push_back(std::move(added));
    return absl::OkStatus();
  }

  const Call& call_;
  const BuildJob& job_;
  const RunWork& work_;
  const std::string key_;
  const std::string directory_;
  std::deque<ChainView> views_;
  std::deque<CacheLease> caches_;
  std::string variables_;  // of secrets, as lines of a script
};

std::vector<std::string> TargetsOf(const RunStep& step) {
  std::vector<std::string> targets;
  for (const StepMount& mount : step.mounts) {
    targets.push_back(mount.target);
  }
  return targets;
}

absl::Status RunOnRoot(const Call& call, const BuildJob& job, const Rootfs& root,
                       const std::string& key, const RunWork& work, const Say& say) {
  ASSIGN_OR_RETURN(const MergedView image, MergedView::Open(root.lower));
  const std::string directory = absl::StrCat(job.directory, "/", key);
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), 0700), directory));
  const absl::Cleanup remove = [&] {
    LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, directory.c_str()), directory),
               "a step's directory stays");
  };
  RunStep step;
  step.name = key;
  step.place = work.place;
  step.root = root;
  step.read_file = [&image](absl::string_view path, size_t max_bytes) {
    return ReadTreeFile(image, path, max_bytes);
  };
  step.command = work.command;
  step.environment = work.environment;
  step.working_directory = work.working_directory;
  step.user = work.user;
  step.network = work.network;
  step.insecure = work.insecure;
  step.hosts = job.request.hosts;
  step.limits = job.request.limits;
  step.directory = directory;
  step.output = say;
  Mounting mounting(call, job, work, key, directory);
  RETURN_IF_ERROR(mounting.AddAll(step));
  ASSIGN_OR_RETURN(const int code, job.runner.Run(call, step));
  if (code != 0) {
    return CommandFailed(work, code);
  }
  return RemoveMountStubs(image, root.upper, TargetsOf(step));
}

}  // namespace

void ReadScripts(const RunInstruction& run, const std::vector<std::string>& shell, RunWork& work) {
  std::string text = absl::StrJoin(run.command.words, " ");
  const std::vector<std::string> words = SplitBlanks(text);
  const bool only_heredocs = words.size() == run.heredocs.size();
  if (only_heredocs && run.heredocs.size() == 1 &&
      absl::StartsWith(run.heredocs[0].content, "#!")) {
    work.scripts = {HeredocText(run.heredocs[0])};
    work.command = {absl::StrCat(kPipes, "/0")};
    return;
  }
  if (only_heredocs) {
    text.clear();
  }
  for (const Heredoc& heredoc : run.heredocs) {
    if (only_heredocs) {
      absl::StrAppend(&text, HeredocText(heredoc));
    } else {
      absl::StrAppend(&text, "\n", heredoc.content, heredoc.name);  // the shell's own
    }
  }
  work.command = shell;
  work.command.push_back(std::move(text));
}

absl::StatusOr<std::vector<std::string>> DigestMounts(const Call& call, const BuildJob& job,
                                                      const RunWork& work, const std::string& key) {
  std::vector<std::string> digests;
  for (size_t i = 0; i < work.mounts.size(); ++i) {
    const RunMount& mount = work.mounts[i];
    digests.push_back(RunMountKey(mount));
    if (mount.type == RunMount::Type::kCache && !mount.from.empty()) {
      digests.push_back(work.chains[i]);
    }
    if (mount.type != RunMount::Type::kBind) {
      continue;
    }
    std::optional<ChainView> view;
    if (!mount.from.empty()) {
      ASSIGN_OR_RETURN(ChainView opened,
                       ChainView::Open(job, work.chains[i], absl::StrCat(key, "-", i)));
      view.emplace(std::move(opened));
    }
    ASSIGN_OR_RETURN(
        std::string digest,
        DigestBind(call, job, mount, view.has_value() ? view->tree() : job.context.tree));
    digests.push_back(std::move(digest));
  }
  return digests;
}

absl::StatusOr<AuthoredLayer> RunInLayer(const Call& call, const BuildJob& job,
                                         const std::string& chain, const std::string& key,
                                         const RunWork& work, const Say& say) {
  ASSIGN_OR_RETURN(const Rootfs root, job.author.PrepareRootfs(chain, key));
  absl::Cleanup undo = [&] { LogIfError(job.images.RemoveRootfs(key), "a build's root stays"); };
  RETURN_IF_ERROR(RunOnRoot(call, job, root, key, work, say));
  ASSIGN_OR_RETURN(AuthoredLayer layer, job.author.CommitRootfs(call, key, {.epoch = job.epoch}));
  std::move(undo).Cancel();
  return layer;
}

int ExitCodeOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kExitCode);
  int code = 0;
  return payload.has_value() && absl::SimpleAtoi(std::string(*payload), &code) ? code : 0;
}

}  // namespace berth::imageservice
