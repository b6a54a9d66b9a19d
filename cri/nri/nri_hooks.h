// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/repeated_field.h"

#include "cri/nri/nri_plugins.h"
#include "cri/nri/owners.h"
#include "runtime/lifecycle_hooks.h"
#include "runtime/pod_runtime.h"

namespace berth::nri {

// Brings the life of pods and containers to the plugins, and what they want back to the runtime.
// Thread-safe.
class NriHooks final : public runtime::LifecycleHooks {
 public:
  // What the CRI's door checks of a request; a plugin's changes are checked again.
  using Validate = std::function<absl::Status(const v1::ContainerConfig&)>;

  // Has `runtime` ask and tell it. From Stop on it leaves the runtime alone, and must be destroyed
  // after it.
  static absl::StatusOr<std::unique_ptr<NriHooks>> Start(NriOptions options,
                                                         runtime::PodRuntime& runtime,
                                                         Validate validate);
  void Stop();

  absl::Status BeforeReady(const Call& call, const runtime::PodSnapshot& pod) override;
  void AfterRun(const std::string& pod_id, bool made) override;
  void BeforeStop(const Call& call, const runtime::PodSnapshot& pod) override;
  absl::Status BeforeCreate(const Call& call, const runtime::PodSnapshot& pod,
                            runtime::ContainerRequest& request) override;
  void AfterCreate(const std::string& container_id, bool made) override;
  absl::Status BeforeStart(const Call& call, const runtime::PodSnapshot& pod,
                           const runtime::ContainerSnapshot& container) override;
  bool listening() const override { return !plugins_->empty(); }
  void Tell(runtime::Turn turn, runtime::PodSnapshot pod,
            std::optional<runtime::ContainerSnapshot> container) override;

  // Around an update that a client asks for; what plugins change in it counts. Not to be called
  // with the lock of a pod.
  absl::Status BeforeUpdate(const Call& call, const std::string& container_id,
                            v1::LinuxContainerResources& update);
  void AfterUpdate(const std::string& container_id);
  // The kubelet tells what all of a pod's containers come to.
  absl::Status BeforePodUpdate(const Call& call, const std::string& pod_id,
                               const v1::LinuxContainerResources& overhead,
                               const v1::LinuxContainerResources& resources);
  void AfterPodUpdate(const std::string& pod_id);

 private:
  // What the plugins that are asked of one event want of containers that exist; no more than
  // kMaxWanted.
  struct Wishes {
    absl::Status Add(const std::string& plugin,
                     const google::protobuf::RepeatedPtrField<api::ContainerUpdate>& wanted,
                     const google::protobuf::RepeatedPtrField<api::ContainerEviction>& unwanted);

    std::map<std::string, Owners> owners;                               // by container
    std::vector<std::pair<std::string, api::ContainerUpdate>> updates;  // with the plugin
    std::vector<std::pair<std::string, api::ContainerEviction>> evictions;
  };

  NriHooks(runtime::PodRuntime& runtime, Validate validate);

  Inventory TakeInventory();
  std::vector<api::ContainerUpdate> Update(const Call& call, const std::string& plugin,
                                           const std::vector<api::ContainerUpdate>& updates,
                                           const std::vector<api::ContainerEviction>& evictions);
  absl::Status UpdateOne(const Call& call, const std::string& plugin,
                         const api::ContainerUpdate& update);
  absl::Status Evict(const std::string& plugin, const api::ContainerEviction& eviction);
  absl::Status Grant(const Call& call, const Wishes& wishes);

  absl::Status AskAll(const Call& call, api::Event event, const api::ContainerEvent& message);
  absl::Status AskAboutCreation(const Call& call, const api::PodSandbox& pod,
                                runtime::ContainerRequest& request);
  absl::Status AskValidators(const Call& call,
                             const api::ValidateContainerAdjustmentRequest& request);
  void PostOf(api::Event event, const std::string& container_id);

  runtime::PodRuntime& runtime_;
  const Validate validate_;

  absl::Mutex mutex_;
  // What plugins have been asked about, but is not listed yet, by id. The requests are their
  // creators'; they change only while plugins are asked.
  std::map<std::string, runtime::PodSnapshot> starting_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, const runtime::ContainerRequest*> creating_ ABSL_GUARDED_BY(mutex_);

  std::unique_ptr<NriPlugins> plugins_;
};

}  // namespace berth::nri
