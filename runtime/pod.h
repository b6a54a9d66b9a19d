// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"
#include "runtime/operation_lock.h"
#include "runtime/pod_runtime.h"
#include "runtime/records.h"
#include "runtime/shim_client.h"

namespace berth::runtime {

// One pod as the daemon knows it: what it was asked to be, which never changes, and its state. Does
// nothing by itself. Thread-safe; no method blocks.
class Pod {
 public:
  // `directory` is its state directory; `etc` has the files that its containers have in /etc.
  Pod(PodRecord record, std::string directory, std::string etc = "");

  const std::string& id() const { return id_; }
  const v1::PodSandboxConfig& config() const { return config_; }
  const std::string& handler() const { return handler_; }
  const PodExtras& extras() const { return extras_; }
  const std::string& cgroup() const { return cgroup_; }
  const std::string& directory() const { return directory_; }
  const std::string& etc() const { return etc_; }
  int64_t created_at() const { return created_at_; }
  bool host_network() const;
  // CNI_NETNS of the pod whose shim is `shim_pid`; empty for 0 and on the host's network.
  std::string NetworkNamespace(int shim_pid) const;

  // Keeps the network namespace of the shim `shim_pid` alive beyond the shim, so that plugins can
  // still undo what is in it. Does nothing on the host's network.
  void HoldNetworkNamespace(int shim_pid);
  void DropNetworkNamespace();
  // A path of what is held, for programs that this process starts; empty when nothing is.
  std::string HeldNetworkNamespace() const;
  // A descriptor of its own of what is held, for who joins it: this pod may go meanwhile.
  // FailedPrecondition when nothing is.
  absl::StatusOr<sys::Fd> ShareNetworkNamespace() const;
  // Whether what is held is the namespace that `file` is.
  bool HoldsNetworkNamespace(const struct stat& file) const;

  ShimClient shim() const { return ShimClient(directory_); }
  OperationLock& operations() { return operations_; }

  PodState state() const;
  // Changes the state and gives it a new version; returns what it has become.
  PodState Change(absl::FunctionRef<void(PodState&)> change);

  // Waits until its network is detached; false when the time is up.
  bool WaitDetached(absl::Time deadline) const;

  // A pod that is being made is not listed.
  bool listed() const { return state().phase != PodPhase::kStarting; }
  bool ready() const;
  absl::Status CheckReady() const;  // FailedPrecondition when it is not
  // While its shim does not answer, a pod is not ready, whatever its phase.
  void SetSuspended(bool suspended);
  PodSnapshot Snapshot() const;
  // Snapshots have the overhead and the resources of `limits` from now on; config() has those that
  // were asked for first.
  void SetResources(v1::LinuxPodSandboxConfig limits);

  // True for the first caller, who asks the hooks.
  bool BeginStop();

  // An abandoned pod was made for a client that had gone; the first to claim it gets it.
  void Abandon();
  bool Claim();

 private:
  bool IsReady() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string id_;
  const v1::PodSandboxConfig config_;
  const std::string handler_;
  const PodExtras extras_;
  const int64_t created_at_;
  const std::string cgroup_;
  const std::string directory_;
  const std::string etc_;
  OperationLock operations_;

  mutable absl::Mutex mutex_;
  PodState state_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const v1::LinuxPodSandboxConfig> limits_ ABSL_GUARDED_BY(mutex_);
  bool suspended_ ABSL_GUARDED_BY(mutex_) = false;
  sys::Fd network_namespace_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool abandoned_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace berth::runtime
