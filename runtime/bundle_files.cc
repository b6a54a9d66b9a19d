// SPDX-License-Identifier: Apache-2.0
#include "runtime/bundle_files.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/command.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/random_id.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "runtime/leftovers.h"
#include "runtime/oci/command.h"
#include "runtime/oci/process.h"
#include "runtime/pod_files.h"

namespace berth::runtime {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr size_t kMaxProgramLog = 1 << 20;
constexpr size_t kExecNameBytes = 8;
constexpr size_t kMaxOomScore = 16;
constexpr absl::Duration kDeleteTimeout = absl::Seconds(20);

absl::Status AskToDelete(const oci::Runtime& runtime, const Call& call, const std::string& id) {
  Command command;
  command.arguments = oci::DeleteCommand(runtime, id);
  command.environment = oci::Environment();
  ASSIGN_OR_RETURN(const CommandResult result, RunCommand(call.Within(kDeleteTimeout), command));
  return result.exit_code == 0 ? absl::OkStatus()
                               : absl::InternalError(absl::StrCat(
                                     runtime.path, " delete: exit code ", result.exit_code, ": ",
                                     oci::LastError(result.err)));
}

absl::Status Delete(const oci::Runtime& runtime, const Call& call, const std::string& id) {
  const std::string state = JoinPath(runtime.root, id);
  if (!sys::StatAt(AT_FDCWD, state.c_str(), AT_SYMLINK_NOFOLLOW).ok()) {
    return absl::OkStatus();
  }
  const absl::Status deleted = AskToDelete(runtime, call, id);
  if (call.cancelled() ||
      (deleted.ok() && !sys::StatAt(AT_FDCWD, state.c_str(), AT_SYMLINK_NOFOLLOW).ok())) {
    return deleted;
  }
  LogWarning("a runtime does not forget a container; its state is removed",
             {{"container", id}, {"error", deleted.message()}});
  return ToStatus(sys::RemoveTree(AT_FDCWD, state.c_str()), "remove ", state);
}

}  // namespace

std::string BundleDirectory(const Pod& pod, absl::string_view container_id) {
  return JoinPath(JoinPath(pod.directory(), "bundles"), container_id);
}

absl::Status MakeBundle(const Pod& pod, absl::string_view container_id, const std::string& config) {
  const std::string directory = BundleDirectory(pod, container_id);
  RETURN_IF_ERROR(EnsureDirectories(std::string(ParentPath(directory)), kPrivateDirectory));
  RETURN_IF_ERROR(ToStatus(sys::MakeDirectory(AT_FDCWD, directory.c_str(), kPrivateDirectory),
                           "make ", directory));
  return WritePrivateFile(JoinPath(directory, oci::kConfigFile), config);
}

absl::Status RemoveBundle(const Pod& pod, absl::string_view container_id) {
  const std::string directory = BundleDirectory(pod, container_id);
  return ToStatus(sys::RemoveTree(AT_FDCWD, directory.c_str()), "remove ", directory);
}

void PlaceProgram(const CgroupHierarchies& hierarchies, const Cgroup& cgroup,
                  ProgramPlan& program) {
  if (!hierarchies.v1()) {
    return;
  }
  if (hierarchies.mode == CgroupMode::kHybrid) {
    program.cgroup_directories = {cgroup.unified_directory()};
  }
  for (const CgroupV1Hierarchy& hierarchy : hierarchies.v1_hierarchies) {
    program.narrowed_directory = std::string(ParentPath(hierarchy.mount_point));
    program.visible_mounts.push_back(hierarchy.mount_point);
  }
}

void KeepToWhatWeMay(const HostFacts& facts, ProcessPlan& process) {
  constexpr uint64_t kSysResource = uint64_t{1} << 24;  // CAP_SYS_RESOURCE
  if ((facts.capabilities & kSysResource) != 0) {
    return;
  }
  for (Rlimit& limit : process.rlimits) {
    rlimit own = {};
    if (getrlimit(static_cast<__rlimit_resource_t>(limit.resource), &own) == 0) {
      limit.hard = std::min<uint64_t>(limit.hard, own.rlim_max);
      limit.soft = std::min(limit.soft, limit.hard);
    }
  }
  const absl::StatusOr<std::string> text = ReadFile("/proc/self/oom_score_adj", kMaxOomScore);
  int32_t own = 0;
  if (text.ok() && absl::SimpleAtoi(*text, &own)) {
    process.oom_score_adj = std::max(process.oom_score_adj, own);
  }
}

absl::StatusOr<ExecBundle> ExecBundle::Make(const RuntimeContext& context,
                                            const Container& container, ExecPlan& plan) {
  const Pod& pod = *container.pod();
  const NodeRuntime* handler = context.handlers.Find(pod.handler());
  if (handler == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("the runtime handler ", pod.handler(), " is configured no longer"));
  }
  const std::string directory = BundleDirectory(pod, container.id());
  const std::string name = absl::StrCat("exec-", RandomHex(kExecNameBytes));
  ExecBundle bundle(directory, name);
  KeepToWhatWeMay(context.facts, plan.process);
  RETURN_IF_ERROR(
      WritePrivateFile(oci::ProcessFile(directory, name), oci::FormatProcess(plan.process)));
  plan.program =
      oci::ExecProgram(handler->runtime, container.id(), directory, name, plan.process.terminal);
  PlaceProgram(context.hierarchies, Cgroup(context.hierarchies, container.cgroup()), plan.program);
  plan.program.cgroup_directories.clear();
  return bundle;
}

ExecBundle::~ExecBundle() {
  if (directory_.empty()) {
    return;
  }
  for (const char* extension : {".json", ".pid", ".log", ".sock"}) {
    const std::string path = JoinPath(directory_, name_ + extension);
    LogIfError(ToStatus(sys::RemoveFile(AT_FDCWD, path.c_str()), "remove ", path),
               "a file of an exec stays until its container is removed");
  }
}

std::string ProgramSays(const ProgramPlan& program) {
  const absl::StatusOr<std::string> log =
      ReadRegularFile(program.log, kMaxProgramLog, LastLink::kRefused);
  const std::string error = log.ok() ? oci::LastError(*log) : "";
  return error.empty() ? "" : absl::StrCat(": ", error);
}

absl::Status DeleteFromRuntime(RuntimeContext& context, const Call& call,
                               const Container& container) {
  const NodeRuntime* handler = context.handlers.Find(container.pod()->handler());
  return handler == nullptr ? absl::OkStatus() : Delete(handler->runtime, call, container.id());
}

void DeleteStraysFromRuntimes(RuntimeContext& context, const Call& call) {
  for (const auto& [name, handler] : context.handlers.runtimes()) {
    if (!handler.has_own_root) {
      continue;  // others may have containers there
    }
    for (const std::string& id : ObjectsIn(handler.runtime.root)) {
      if (context.containers.Find(id) == nullptr) {
        LogWarning("a runtime knows a container without a record",
                   {{"handler", name}, {"container", id}});
        LogIfError(Delete(handler.runtime, call, id), "a runtime's state of no container stays");
      }
    }
  }
}

}  // namespace berth::runtime
