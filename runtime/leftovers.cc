// SPDX-License-Identifier: Apache-2.0
#include "runtime/leftovers.h"

#include <fcntl.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/names.h"
#include "runtime/placement.h"
#include "runtime/pod_files.h"
#include "runtime/pod_teardown.h"
#include "runtime/shim_client.h"
#include "runtime/timeouts.h"

namespace berth::runtime {

std::vector<std::string> ObjectsIn(const std::string& directory) {
  std::vector<std::string> ids;
  auto reader = sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  while (reader.ok()) {
    sys::ErrnoOr<const dirent*> entry = reader->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    if (IsObjectId((*entry)->d_name)) {
      ids.emplace_back((*entry)->d_name);
    }
  }
  return ids;
}

namespace {

absl::Status RemoveStrayPod(RuntimeContext& context, const Call& call, const std::string& id) {
  const std::string directory = PodDirectory(context, id);
  const absl::Status shut = ShimClient(directory).Shutdown(call.Within(kShimShutdownTimeout));
  // A record goes after its shim and comes before it.
  if (!absl::IsUnavailable(shut)) {
    LogError("a pod without a record was running and is ended; were the records lost or damaged?",
             {{"pod", id}, {"error", shut.ToString()}});
  }
  const std::string cgroup = NotedCgroup(directory);
  if (IsPodCgroup(cgroup, id)) {
    RETURN_IF_ERROR(EndCgroup(context, call, cgroup));
  }
  return RemovePodDirectory(directory);
}

}  // namespace

void RemoveStrayPods(RuntimeContext& context, const Call& call) {
  for (const std::string& id : ObjectsIn(JoinPath(context.options.paths.state, "pods"))) {
    if (context.pods.Find(id) == nullptr) {
      LogWarning("removing what is left of a pod without a record", {{"pod", id}});
      LogIfError(RemoveStrayPod(context, call, id), "what is left of a pod stays");
    }
  }
  for (const std::string& id : ObjectsIn(JoinPath(context.options.paths.root, "pods"))) {
    if (context.pods.Find(id) == nullptr) {
      LogIfError(RemovePodDirectory(PodEtcDirectory(context, id)), "files of no pod stay");
    }
  }
}

void RemoveStrayCgroups(RuntimeContext& context, const Call& call, const Pod& pod) {
  for (const std::string& directory : Cgroup(context.hierarchies, pod.cgroup()).directories()) {
    for (const std::string& id : ObjectsIn(directory)) {
      if (context.containers.Find(id) == nullptr) {
        LogWarning("removing the cgroup of a container without a record", {{"container", id}});
        LogIfError(EndCgroup(context, call, absl::StrCat(pod.cgroup(), "/", id)),
                   "a cgroup of no container stays");
      }
    }
  }
}

void RemoveStrayAttachments(RuntimeContext& context, const Call& call) {
  std::vector<std::string> live;
  for (const auto& pod : context.pods.All()) {
    if (pod->state().attached) {
      live.push_back(pod->id());
    }
  }
  LogIfError(context.network->CollectGarbage(call, live), "attachments of no pod stay");
}

}  // namespace berth::runtime
