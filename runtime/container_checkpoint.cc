// SPDX-License-Identifier: Apache-2.0
#include "runtime/container_checkpoint.h"

#include <fcntl.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/new_file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/cgroup.h"
#include "runtime/checkpoint/criu.h"
#include "runtime/checkpoint/criu_arguments.h"
#include "runtime/checkpoint/plan_traits.h"
#include "runtime/checkpoint/process_facts.h"
#include "runtime/checkpoint/saved_container.h"
#include "runtime/checkpoint/saved_files.h"
#include "runtime/container_restore.h"
#include "runtime/pod_table.h"

namespace berth::runtime {
namespace {

constexpr mode_t kPrivateDirectory = 0700;

// Empty where the node has no freezer.
std::string FreezerOf(const Cgroup& cgroup) {
  const std::string version1 = cgroup.directory("freezer");
  return version1.empty() ? cgroup.unified_directory() : version1;
}

absl::Status Save(RuntimeContext& context, const Call& call, const Container& container,
                  const std::string& criu, const LaunchPlan& plan,
                  const CheckpointRequest& request) {
  SavedContainer saved;
  saved.pod_namespace = container.pod()->config().metadata().namespace_();
  saved.traits = TraitsOf(plan);
  CriuDump dump;
  dump.pid = container.state().pid;
  dump.directory = request.directory;
  dump.freezer = FreezerOf(Cgroup(context.hierarchies, container.cgroup()));
  ASSIGN_OR_RETURN(dump.network, ReadProcessFacts(dump.pid, plan, saved));
  const std::string images = JoinPath(request.directory, kCriuImages);
  RETURN_IF_ERROR(
      ToStatus(sys::MakeDirectory(AT_FDCWD, images.c_str(), kPrivateDirectory), images));
  RETURN_IF_ERROR(RunCriu(call, container.id(), DumpArguments(criu, dump, saved),
                          JoinPath(request.directory, kCriuDumpLog)));
  RETURN_IF_ERROR(container.CheckRunning());  // else it was not its process that was saved
  RETURN_IF_ERROR(
      WriteNewFile(JoinPath(request.directory, kSavedContainer), FormatSavedContainer(saved)));
  return request.while_still(call, plan.root.upper);
}

absl::StatusOr<std::vector<std::shared_ptr<Container>>> FindAll(
    const RuntimeContext& context, const std::vector<CheckpointRequest>& requests) {
  std::vector<std::shared_ptr<Container>> containers;
  for (const CheckpointRequest& request : requests) {
    ASSIGN_OR_RETURN(std::shared_ptr<Container> container,
                     FindContainerOf(context, request.container_id));
    if (!containers.empty() && container->pod() != containers.front()->pod()) {
      return absl::InvalidArgumentError("the containers are not of one pod");
    }
    containers.push_back(std::move(container));
  }
  if (containers.empty()) {
    return absl::InvalidArgumentError("no container is to be saved");
  }
  return containers;
}

absl::Status Freeze(RuntimeContext& context, const Container& container, bool frozen) {
  return Cgroup(context.hierarchies, container.cgroup()).SetFrozen(frozen);
}

}  // namespace

absl::Status CheckpointContainers(RuntimeContext& context, const Call& call,
                                  const std::string& criu,
                                  const std::vector<CheckpointRequest>& requests) {
  ASSIGN_OR_RETURN(const std::vector<std::shared_ptr<Container>> containers,
                   FindAll(context, requests));
  Pod& pod = *containers.front()->pod();
  ASSIGN_OR_RETURN(OperationLock::Held held, pod.operations().Acquire(call, "checkpoint"));
  std::vector<LaunchPlan> plans;
  for (const auto& container : containers) {
    RETURN_IF_ERROR(container->CheckRunning());
    ASSIGN_OR_RETURN(plans.emplace_back(), ReadLaunchPlan(context, *container));
    RETURN_IF_ERROR(CheckCanBeSaved(plans.back()));
  }
  std::vector<const Container*> frozen;  // by us: what a user has paused stays so
  const absl::Cleanup thaw = [&] {
    for (const Container* const container : frozen) {
      LogIfError(Freeze(context, *container, false), "a container that was saved stays frozen");
    }
  };
  for (const auto& container : containers) {
    ASSIGN_OR_RETURN(const bool is_paused,
                     Cgroup(context.hierarchies, container->cgroup()).IsFrozen());
    if (!is_paused) {
      frozen.push_back(container.get());
      RETURN_IF_ERROR(Freeze(context, *container, true));
    }
  }
  for (size_t i = 0; i < containers.size(); ++i) {
    RETURN_IF_ERROR(Annotate(Save(context, call, *containers[i], criu, plans[i], requests[i]),
                             absl::StrCat("checkpoint container ", containers[i]->id())));
    LogInfo("container saved", {{"container", containers[i]->id()}, {"pod", pod.id()}});
  }
  return absl::OkStatus();
}

void EndLeftoverCheckpoints(const RuntimeContext& context) {
  EndLeftoverCriu([&context](absl::string_view id) {
    const std::shared_ptr<Container> container = context.containers.Find(id);
    return container != nullptr && container->id() == id;
  });
}

void ThawAfterCrash(RuntimeContext& context, const Container& container) {
  // One of the engine's may be paused.
  if (container.has_process() && container.pod()->extras().owner == PodOwner::kCri) {
    LogIfError(Freeze(context, container, false),
               "ignored: letting a container go on that may be frozen");
  }
}

namespace {

class CriuCheckpointer final : public Checkpointer {
 public:
  CriuCheckpointer(RuntimeContext& context, std::string criu)
      : context_(context), criu_(std::move(criu)) {}

  absl::Status Checkpoint(const Call& call,
                          const std::vector<CheckpointRequest>& requests) override {
    return CheckpointContainers(context_, call, criu_, requests);
  }
  std::string RestoreDirectory(absl::string_view container_id) const override {
    return runtime::RestoreDirectory(context_, container_id);
  }
  absl::Status PrepareRestore(const Call& call, absl::string_view container_id) override {
    return runtime::PrepareRestore(context_, call, criu_, container_id);
  }
  void DropRestore(absl::string_view container_id) override {
    runtime::DropRestore(context_, container_id);
  }

 private:
  RuntimeContext& context_;
  const std::string criu_;
};

}  // namespace

std::unique_ptr<Checkpointer> MakeCheckpointer(RuntimeContext& context, std::string criu) {
  return std::make_unique<CriuCheckpointer>(context, std::move(criu));
}

}  // namespace berth::runtime
