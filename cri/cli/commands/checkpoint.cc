// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"

namespace berth::cli {
namespace {

struct CheckpointOptions {
  std::string name;
  std::string to;
  std::string type;
  int64_t seconds = 0;
};

// The daemon has another working directory than its user.
absl::StatusOr<std::string> Absolute(const std::string& path) {
  if (IsAbsolutePath(path)) {
    return path;
  }
  const std::unique_ptr<char, decltype(&free)> directory(getcwd(nullptr, 0), &free);
  if (directory == nullptr) {
    return absl::FailedPreconditionError("there is no working directory");
  }
  return CleanPath(JoinPath(directory.get(), path));
}

// Into a directory that is there, or is made and goes again where nothing is saved.
absl::Status SavePod(const Client& client, const Inventory& inventory, const Target& pod,
                     const std::string& to, absl::Duration timeout) {
  constexpr mode_t kOwnersOnly = 0700;
  const sys::Result made = sys::MakeDirectory(AT_FDCWD, to.c_str(), kOwnersOnly);
  if (!made.ok() && made.error().code != EEXIST) {
    return ToStatus(made, "make ", to);
  }
  v1::CheckpointPodRequest request;
  request.set_pod_sandbox_id(pod.id);
  request.set_output_path(to);
  for (const v1::Container* container : inventory.ContainersOf(pod.id)) {
    if (container->state() == v1::CONTAINER_RUNNING) {
      request.add_container_ids(container->id());
    }
  }
  absl::Status saved = client
                           .Call(&Client::Runtime::CheckpointPod, request,
                                 absl::StrCat("saving pod ", pod.name), timeout)
                           .status();
  if (!saved.ok() && made.ok()) {
    ToStatus(sys::RemoveDirectory(AT_FDCWD, to.c_str()), "remove ", to).IgnoreError();
  }
  return saved;
}

absl::StatusOr<int> RunCheckpoint(const Session& session, const CheckpointOptions& options) {
  ASSIGN_OR_RETURN(const std::string to, Absolute(options.to));
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  ASSIGN_OR_RETURN(const AnyTarget found,
                   FindAny(session, inventory, options.name, KindOf(options.type)));
  if (!std::holds_alternative<Target>(found)) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.name,
                     " is a container of docker's clients: `berth snapshot "
                     "--checkpoint` keeps one with its processes"));
  }
  const auto& target = std::get<Target>(found);
  const absl::Duration timeout =
      options.seconds > 0 ? absl::Seconds(options.seconds) : kCallTimeout;
  if (target.kind == TargetKind::kPod) {
    RETURN_IF_ERROR(SavePod(client, inventory, target, to, timeout));
    return 0;
  }
  v1::CheckpointContainerRequest request;
  request.set_container_id(target.id);
  request.set_location(to);
  request.set_timeout(absl::ToInt64Seconds(timeout));
  RETURN_IF_ERROR(client
                      .Call(&Client::Runtime::CheckpointContainer, request,
                            absl::StrCat("saving ", target.name), timeout)
                      .status());
  return 0;
}

}  // namespace

void DefineCheckpoint(Verb& verb) {
  verb.set_description("Save a running container or pod; it runs on");
  auto options = std::make_shared<CheckpointOptions>();
  verb.Add("NAME", options->name, "a container or pod", {.required = true});
  verb.Add("-e,--export", options->to,
           "a new archive; of a pod, a directory for its archives, new or empty",
           {.type = "PATH", .required = true});
  verb.Add("-t,--timeout", options->seconds, "give up then",
           {.type = "SECONDS", .check = IsPositive});
  AddType(verb, options->type, {"container", "pod"});
  verb.set_action([options](const Session& session) { return RunCheckpoint(session, *options); });
}

}  // namespace berth::cli
