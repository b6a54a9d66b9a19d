// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_hooks.h"

#include <set>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "cri/nri/nri_adjustment.h"
#include "cri/nri/nri_messages.h"
#include "cri/nri/nri_resources.h"
#include "runtime/resources.h"

namespace berth::nri {
namespace {

constexpr absl::Duration kUpdateTimeout = absl::Seconds(10);
constexpr absl::Duration kEvictionGrace = absl::Seconds(10);

api::ContainerEvent EventOf(const runtime::PodSnapshot& pod) {
  api::ContainerEvent event;
  *event.mutable_pod() = ToNriPod(pod);
  return event;
}

api::ContainerEvent EventOf(const runtime::PodSnapshot& pod,
                            const runtime::ContainerSnapshot& container) {
  api::ContainerEvent event = EventOf(pod);
  *event.mutable_container() = ToNriContainer(container);
  return event;
}

// Plugins name containers in full: a prefix could become another one's.
absl::Status CheckIsFullId(const runtime::PodRuntime& runtime, const std::string& id) {
  const absl::StatusOr<runtime::ContainerSnapshot> found = runtime.FindContainer(id);
  return found.ok() && found->id == id
             ? absl::OkStatus()
             : absl::NotFoundError(absl::StrCat("no container ", absl::CHexEscape(id)));
}

api::Event EventOf(runtime::Turn turn) {
  switch (turn) {
    case runtime::Turn::kContainerStarted:
      return api::EVENT_POST_START_CONTAINER;
    case runtime::Turn::kContainerExited:
      return api::EVENT_STOP_CONTAINER;
    case runtime::Turn::kContainerRemoved:
      return api::EVENT_REMOVE_CONTAINER;
    case runtime::Turn::kPodRemoved:
      break;
  }
  return api::EVENT_REMOVE_POD_SANDBOX;
}

}  // namespace

NriHooks::NriHooks(runtime::PodRuntime& runtime, Validate validate)
    : runtime_(runtime), validate_(std::move(validate)) {}

absl::StatusOr<std::unique_ptr<NriHooks>> NriHooks::Start(NriOptions options,
                                                          runtime::PodRuntime& runtime,
                                                          Validate validate) {
  std::unique_ptr<NriHooks> hooks(new NriHooks(runtime, std::move(validate)));
  NriHooks* raw = hooks.get();
  NriRuntime wishes{[raw] { return raw->TakeInventory(); },
                    [raw](const Call& call, const std::string& plugin,
                          const std::vector<api::ContainerUpdate>& updates,
                          const std::vector<api::ContainerEviction>& evictions) {
                      return raw->Update(call, plugin, updates, evictions);
                    }};
  ASSIGN_OR_RETURN(hooks->plugins_, NriPlugins::Create(std::move(options), std::move(wishes)));
  runtime.SetLifecycleHooks(raw);  // before the first plugin hears of what there is
  hooks->plugins_->Start();
  return hooks;
}

void NriHooks::Stop() {
  plugins_->Stop();
}

// ---- pods ----

absl::Status NriHooks::BeforeReady(const Call& call, const runtime::PodSnapshot& pod) {
  const api::ContainerEvent event = listening() ? EventOf(pod) : api::ContainerEvent();
  return plugins_->ForEach(
      call,
      [&](NriPlugin& plugin, const Call& asking) {
        const bool described = event.has_pod();  // else the plugin has joined just now
        return plugin
            .Ask(api::EVENT_RUN_POD_SANDBOX, described ? event : EventOf(pod), nullptr, asking)
            .status();
      },
      [&] {
        absl::MutexLock lock(&mutex_);
        starting_[pod.id] = pod;
      });
}

void NriHooks::AfterRun(const std::string& pod_id, bool made) {
  runtime::PodSnapshot pod;
  {
    absl::MutexLock lock(&mutex_);
    auto starting = starting_.extract(pod_id);
    if (starting.empty()) {
      return;
    }
    pod = std::move(starting.mapped());
  }
  if (!made && listening()) {
    plugins_->Post(api::EVENT_REMOVE_POD_SANDBOX, EventOf(pod));
  }
}

void NriHooks::BeforeStop(const Call& call, const runtime::PodSnapshot& pod) {
  LogIfError(AskAll(call, api::EVENT_STOP_POD_SANDBOX, EventOf(pod)),
             "ignored: nobody can keep a pod from stopping");
}

absl::Status NriHooks::BeforePodUpdate(const Call& call, const std::string& pod_id,
                                       const v1::LinuxContainerResources& overhead,
                                       const v1::LinuxContainerResources& resources) {
  if (!listening()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(pod_id));
  api::UpdatePodSandboxRequest request;
  *request.mutable_pod() = ToNriPod(pod);
  *request.mutable_overhead_linux_resources() = ToNriResources(overhead);
  *request.mutable_linux_resources() = ToNriResources(resources);
  return plugins_->ForEach(call, [&](NriPlugin& plugin, const Call& asking) {
    return plugin.Ask(api::EVENT_UPDATE_POD_SANDBOX, request, nullptr, asking).status();
  });
}

void NriHooks::AfterPodUpdate(const std::string& pod_id) {
  if (const auto pod = runtime_.FindPod(pod_id); listening() && pod.ok()) {
    plugins_->Post(api::EVENT_POST_UPDATE_POD_SANDBOX, EventOf(*pod));
  }
}

// ---- containers ----

absl::Status NriHooks::Wishes::Add(
    const std::string& plugin,
    const google::protobuf::RepeatedPtrField<api::ContainerUpdate>& wanted,
    const google::protobuf::RepeatedPtrField<api::ContainerEviction>& unwanted) {
  if (updates.size() + evictions.size() + static_cast<size_t>(wanted.size()) +
          static_cast<size_t>(unwanted.size()) >
      kMaxWanted) {
    return absl::FailedPreconditionError(absl::StrCat(
        "NRI plugin ", plugin, " wants too many updates and evictions: of all plugins ", kMaxWanted,
        " at a time"));
  }
  for (const api::ContainerUpdate& update : wanted) {
    const absl::Status claimed =
        owners[update.container_id()].ClaimResources(plugin, update.linux().resources());
    if (!claimed.ok() && !update.ignore_failure()) {
      return claimed;
    }
    if (claimed.ok()) {
      updates.emplace_back(plugin, update);
    }
  }
  for (const api::ContainerEviction& eviction : unwanted) {
    evictions.emplace_back(plugin, eviction);
  }
  return absl::OkStatus();
}

absl::Status NriHooks::AskValidators(const Call& call,
                                     const api::ValidateContainerAdjustmentRequest& request) {
  return plugins_->ForEach(call, [&](NriPlugin& plugin, const Call& asking) -> absl::Status {
    const api::Event event = api::EVENT_VALIDATE_CONTAINER_ADJUSTMENT;
    const bool wanted = plugin.Wants(event);
    api::ValidateContainerAdjustmentResponse response;
    ASSIGN_OR_RETURN(const bool answered, plugin.Ask(event, request, &response, asking));
    if (wanted && !answered && plugin.closed()) {
      return absl::FailedPreconditionError(
          absl::StrCat("NRI plugin ", plugin.name(), " does not say whether it is valid"));
    }
    if (response.reject()) {
      return absl::FailedPreconditionError(
          absl::StrCat("NRI plugin ", plugin.name(),
                       " rejects the container's adjustments: ", response.reason()));
    }
    return absl::OkStatus();
  });
}

absl::Status NriHooks::AskAboutCreation(const Call& call, const api::PodSandbox& pod,
                                        runtime::ContainerRequest& request) {
  Owners owners;
  Wishes wishes;
  api::ValidateContainerAdjustmentRequest validation;
  *validation.mutable_pod() = pod;
  bool first = true, validators = false;
  const absl::Status asked_all = plugins_->ForEach(
      call,
      [&](NriPlugin& plugin, const Call& asking) -> absl::Status {
        api::ContainerEvent event;
        *event.mutable_pod() = pod;
        *event.mutable_container() = ToNriContainer(request);
        if (std::exchange(first, false)) {
          *validation.mutable_container() = event.container();
        }
        validators = validators || plugin.Wants(api::EVENT_VALIDATE_CONTAINER_ADJUSTMENT);
        api::CreateContainerResponse response;
        ASSIGN_OR_RETURN(const bool answered,
                         plugin.Ask(api::EVENT_CREATE_CONTAINER, event, &response, asking));
        if (!answered) {
          return absl::OkStatus();
        }
        const std::string name = plugin.name();
        api::PluginInstance& asked = *validation.add_plugins();
        asked.set_name(plugin.base_name());
        asked.set_index(plugin.index());
        RETURN_IF_ERROR(Adjust(name, response.adjust(), owners, request));
        MergeAdjustment(response.adjust(), *validation.mutable_adjust());
        validation.mutable_update()->MergeFrom(response.update());
        return wishes.Add(name, response.update(), response.evict());
      },
      [&] {
        absl::MutexLock lock(&mutex_);
        creating_[request.id] = &request;
      });
  RETURN_IF_ERROR(asked_all);
  if (validation.plugins().empty() && !validators) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Annotate(validate_(request.config), "after the adjustments of NRI plugins"));
  if (validators) {
    (*validation.mutable_owners()->mutable_owners())[request.id] = owners.fields();
    for (const auto& [id, others] : wishes.owners) {
      (*validation.mutable_owners()->mutable_owners())[id] = others.fields();
    }
    RETURN_IF_ERROR(AskValidators(call, validation));
  }
  return Grant(call, wishes);
}

absl::Status NriHooks::BeforeCreate(const Call& call, const runtime::PodSnapshot& pod,
                                    runtime::ContainerRequest& request) {
  absl::Status asked = AskAboutCreation(call, ToNriPod(pod), request);
  if (!asked.ok()) {
    AfterCreate(request.id, false);
  }
  return asked;
}

void NriHooks::AfterCreate(const std::string& container_id, bool made) {
  api::ContainerEvent event;
  {
    absl::MutexLock lock(&mutex_);
    auto creating = creating_.extract(container_id);
    if (creating.empty()) {
      return;
    }
    if (!made && listening()) {
      *event.mutable_container() = ToNriContainer(*creating.mapped());
    }
  }
  if (made) {
    PostOf(api::EVENT_POST_CREATE_CONTAINER, container_id);
  } else if (event.has_container()) {
    if (const auto pod = runtime_.FindPod(event.container().pod_sandbox_id()); pod.ok()) {
      *event.mutable_pod() = ToNriPod(*pod);
    }
    plugins_->Post(api::EVENT_REMOVE_CONTAINER, std::move(event));
  }
}

absl::Status NriHooks::BeforeStart(const Call& call, const runtime::PodSnapshot& pod,
                                   const runtime::ContainerSnapshot& container) {
  return AskAll(call, api::EVENT_START_CONTAINER, EventOf(pod, container));
}

void NriHooks::Tell(runtime::Turn turn, runtime::PodSnapshot pod,
                    std::optional<runtime::ContainerSnapshot> container) {
  plugins_->Post(EventOf(turn), container.has_value() ? EventOf(pod, *container) : EventOf(pod));
}

absl::Status NriHooks::BeforeUpdate(const Call& call, const std::string& container_id,
                                    v1::LinuxContainerResources& update) {
  if (!listening()) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const runtime::ContainerSnapshot container,
                   runtime_.FindContainer(container_id));
  ASSIGN_OR_RETURN(const runtime::PodSnapshot pod, runtime_.FindPod(container.pod_id));
  Wishes wishes;
  const absl::Status asked =
      plugins_->ForEach(call, [&](NriPlugin& plugin, const Call& asking) -> absl::Status {
        api::UpdateContainerRequest request;
        *request.mutable_pod() = ToNriPod(pod);
        *request.mutable_container() = ToNriContainer(container);
        *request.mutable_linux_resources() = ToNriResources(update);
        api::UpdateContainerResponse response;
        RETURN_IF_ERROR(
            plugin.Ask(api::EVENT_UPDATE_CONTAINER, request, &response, asking).status());
        RETURN_IF_ERROR(wishes.Add(plugin.name(), response.update(), response.evict()));
        for (auto wish = wishes.updates.begin(); wish != wishes.updates.end();) {
          if (wish->second.container_id() != container.id) {
            ++wish;
            continue;
          }
          ASSIGN_OR_RETURN(const v1::LinuxContainerResources wanted,
                           ToCriResources(wish->second.linux().resources()));
          update = runtime::MergeResources(update, wanted);
          wish = wishes.updates.erase(wish);
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(asked);
  return Grant(call, wishes);
}

void NriHooks::AfterUpdate(const std::string& container_id) {
  PostOf(api::EVENT_POST_UPDATE_CONTAINER, container_id);
}

// ---- what plugins learn and want ----

// What is listed and what is about to be: a plugin that joins has missed the events of both. Pods
// come last, so that each container's is among them.
Inventory NriHooks::TakeInventory() {
  Inventory inventory;
  std::set<std::string> listed;
  std::vector<api::Container> creating;
  std::vector<api::PodSandbox> starting;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, request] : creating_) {
      creating.push_back(ToNriContainer(*request));
    }
    for (const auto& [id, pod] : starting_) {
      starting.push_back(ToNriPod(pod));
    }
  }
  for (const runtime::ContainerSnapshot& container : runtime_.Containers()) {
    listed.insert(container.id);
    inventory.containers.push_back(ToNriContainer(container));
  }
  for (const runtime::PodSnapshot& pod : runtime_.Pods()) {
    listed.insert(pod.id);
    inventory.pods.push_back(ToNriPod(pod));
  }
  for (api::Container& container : creating) {
    if (listed.count(container.id()) == 0) {
      inventory.containers.push_back(std::move(container));
    }
  }
  for (api::PodSandbox& pod : starting) {
    if (listed.count(pod.id()) == 0) {
      inventory.pods.push_back(std::move(pod));
    }
  }
  return inventory;
}

absl::Status NriHooks::AskAll(const Call& call, api::Event event,
                              const api::ContainerEvent& message) {
  return plugins_->ForEach(call, [&](NriPlugin& plugin, const Call& asking) {
    return plugin.Ask(event, message, nullptr, asking).status();
  });
}

void NriHooks::PostOf(api::Event event, const std::string& container_id) {
  if (!listening()) {
    return;
  }
  const absl::StatusOr<runtime::ContainerSnapshot> container = runtime_.FindContainer(container_id);
  if (!container.ok()) {
    return;
  }
  if (const auto pod = runtime_.FindPod(container->pod_id); pod.ok()) {
    plugins_->Post(event, EventOf(*pod, *container));
  }
}

absl::Status NriHooks::UpdateOne(const Call& call, const std::string& plugin,
                                 const api::ContainerUpdate& update) {
  RETURN_IF_ERROR(CheckIsFullId(runtime_, update.container_id()));
  ASSIGN_OR_RETURN(const v1::LinuxContainerResources resources,
                   ToCriResources(update.linux().resources()));
  RETURN_IF_ERROR(
      runtime_.UpdateResources(call.Within(kUpdateTimeout), update.container_id(), resources));
  LogInfo("container updated by an NRI plugin",
          {{"container", update.container_id()}, {"plugin", plugin}});
  return absl::OkStatus();
}

// A stop that nobody waits for goes on by itself, so of many each has its grace at once.
absl::Status NriHooks::Evict(const std::string& plugin, const api::ContainerEviction& eviction) {
  RETURN_IF_ERROR(CheckIsFullId(runtime_, eviction.container_id()));
  LogWarning(
      "container evicted by an NRI plugin",
      {{"container", eviction.container_id()}, {"plugin", plugin}, {"reason", eviction.reason()}});
  const absl::Status stopped =
      runtime_.StopContainer(Call(SteadyNow()), eviction.container_id(), kEvictionGrace);
  return absl::IsDeadlineExceeded(stopped) ? absl::OkStatus() : stopped;
}

std::vector<api::ContainerUpdate> NriHooks::Update(
    const Call& call, const std::string& plugin, const std::vector<api::ContainerUpdate>& updates,
    const std::vector<api::ContainerEviction>& evictions) {
  std::vector<api::ContainerUpdate> failed;
  for (const api::ContainerUpdate& update : updates) {
    if (!call.Check().ok()) {
      failed.push_back(update);
      continue;
    }
    const absl::Status updated = UpdateOne(call, plugin, update);
    if (!updated.ok() && !update.ignore_failure()) {
      LogIfError(updated, absl::StrCat("an update that NRI plugin ", plugin, " wants fails"));
      failed.push_back(update);
    }
  }
  for (const api::ContainerEviction& eviction : evictions) {
    if (call.Check().ok()) {
      LogIfError(Evict(plugin, eviction),
                 absl::StrCat("an eviction that NRI plugin ", plugin, " wants fails"));
    }
  }
  return failed;
}

absl::Status NriHooks::Grant(const Call& call, const Wishes& wishes) {
  for (const auto& [plugin, update] : wishes.updates) {
    RETURN_IF_ERROR(call.Check());
    const absl::Status updated = UpdateOne(call, plugin, update);
    if (!updated.ok() && !update.ignore_failure()) {
      return absl::FailedPreconditionError(
          absl::StrCat("an update that NRI plugin ", plugin, " wants fails: ", updated.message()));
    }
  }
  for (const auto& [plugin, eviction] : wishes.evictions) {
    RETURN_IF_ERROR(call.Check());
    LogIfError(Evict(plugin, eviction),
               absl::StrCat("an eviction that NRI plugin ", plugin, " wants fails"));
  }
  return absl::OkStatus();
}

}  // namespace berth::nri
