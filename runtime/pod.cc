// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod.h"

#include <fcntl.h>

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/call.h"
#include "base/descriptor_path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {

Pod::Pod(PodRecord record, std::string directory, std::string etc)
    : id_(std::move(record.id)),
      config_(std::move(record.config)),
      handler_(std::move(record.handler)),
      extras_(record.extras),
      created_at_(record.created_at),
      cgroup_(std::move(record.cgroup)),
      directory_(std::move(directory)),
      etc_(std::move(etc)),
      state_(std::move(record.state)) {}

bool Pod::host_network() const {
  return config_.linux().security_context().namespace_options().network() == v1::NODE;
}

std::string Pod::NetworkNamespace(int shim_pid) const {
  if (shim_pid == 0 || host_network()) {
    return "";
  }
  return absl::StrCat("/proc/", shim_pid, "/ns/net");
}

void Pod::HoldNetworkNamespace(int shim_pid) {
  const std::string path = NetworkNamespace(shim_pid);
  if (path.empty()) {
    return;
  }
  sys::ErrnoOr<sys::Fd> held = sys::OpenAt(AT_FDCWD, path.c_str(), O_RDONLY);
  absl::MutexLock lock(&mutex_);
  network_namespace_ = held.ok() ? *std::move(held) : sys::Fd();
}

void Pod::DropNetworkNamespace() {
  absl::MutexLock lock(&mutex_);
  network_namespace_ = sys::Fd();
}

std::string Pod::HeldNetworkNamespace() const {
  absl::MutexLock lock(&mutex_);
  return HeldPath(network_namespace_);
}

absl::StatusOr<sys::Fd> Pod::ShareNetworkNamespace() const {
  absl::MutexLock lock(&mutex_);
  if (!network_namespace_.is_open()) {
    return absl::FailedPreconditionError(absl::StrCat("pod sandbox ", id_, " has no network"));
  }
  return ToStatusOr(sys::Duplicate(network_namespace_.get()), "share the network of pod ", id_);
}

bool Pod::HoldsNetworkNamespace(const struct stat& file) const {
  absl::MutexLock lock(&mutex_);
  const sys::ErrnoOr<struct stat> held = sys::Stat(network_namespace_.get());
  return held.ok() && held->st_dev == file.st_dev && held->st_ino == file.st_ino;
}

PodState Pod::state() const {
  absl::MutexLock lock(&mutex_);
  return state_;
}

PodState Pod::Change(absl::FunctionRef<void(PodState&)> change) {
  absl::MutexLock lock(&mutex_);
  change(state_);
  ++state_.version;
  return state_;
}

bool Pod::ready() const {
  absl::MutexLock lock(&mutex_);
  return IsReady();
}

absl::Status Pod::CheckReady() const {
  return ready()
             ? absl::OkStatus()
             : absl::FailedPreconditionError(absl::StrCat("pod sandbox ", id_, " is not ready"));
}

bool Pod::IsReady() const {
  return state_.phase == PodPhase::kReady && !suspended_;
}

void Pod::SetSuspended(bool suspended) {
  absl::MutexLock lock(&mutex_);
  suspended_ = suspended;
}

bool Pod::WaitDetached(absl::Time deadline) const {
  const auto detached = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !state_.attached; };
  absl::MutexLock lock(&mutex_);
  return AwaitUntil(mutex_, absl::Condition(&detached), deadline);
}

PodSnapshot Pod::Snapshot() const {
  PodSnapshot snapshot;
  snapshot.id = id_;
  snapshot.config = config_;
  snapshot.runtime_handler = handler_;
  snapshot.extras = extras_;
  snapshot.created_at = created_at_;
  snapshot.directory = etc_;
  absl::MutexLock lock(&mutex_);
  if (limits_ != nullptr) {
    *snapshot.config.mutable_linux()->mutable_overhead() = limits_->overhead();
    *snapshot.config.mutable_linux()->mutable_resources() = limits_->resources();
  }
  snapshot.state = IsReady() ? v1::SANDBOX_READY : v1::SANDBOX_NOTREADY;
  snapshot.network.ips = state_.ips;
  snapshot.shim_pid = state_.shim_pid;
  snapshot.network_namespace = NetworkNamespace(state_.shim_pid);
  return snapshot;
}

bool Pod::BeginStop() {
  absl::MutexLock lock(&mutex_);
  return !std::exchange(stopping_, true);
}

void Pod::SetResources(v1::LinuxPodSandboxConfig limits) {
  auto shared = std::make_shared<const v1::LinuxPodSandboxConfig>(std::move(limits));
  absl::MutexLock lock(&mutex_);
  limits_ = std::move(shared);
}

void Pod::Abandon() {
  absl::MutexLock lock(&mutex_);
  abandoned_ = true;
}

bool Pod::Claim() {
  absl::MutexLock lock(&mutex_);
  return std::exchange(abandoned_, false);
}

}  // namespace berth::runtime
