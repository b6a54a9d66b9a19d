// SPDX-License-Identifier: Apache-2.0
#include "cri/nri/nri_plugin.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/status.h"

namespace berth::nri {
namespace {

constexpr char kPluginService[] = "nri.pkg.api.v1alpha1.Plugin";
constexpr char kRegister[] = "nri.pkg.api.v1alpha1.Runtime/RegisterPlugin";
constexpr char kUpdate[] = "nri.pkg.api.v1alpha1.Runtime/UpdateContainers";
constexpr size_t kMaxPluginName = 128;
constexpr int kLastEvent = api::EVENT_VALIDATE_CONTAINER_ADJUSTMENT;
constexpr uint32_t kAllEvents = (1U << (kLastEvent + 1)) - 2;  // bits 1 to kLastEvent

// By the number of the event.
constexpr const char* kMethods[] = {
    "",
    "RunPodSandbox",
    "StopPodSandbox",
    "RemovePodSandbox",
    "CreateContainer",
    "PostCreateContainer",
    "StartContainer",
    "PostStartContainer",
    "UpdateContainer",
    "PostUpdateContainer",
    "StopContainer",
    "RemoveContainer",
    "UpdatePodSandbox",
    "PostUpdatePodSandbox",
    "ValidateContainerAdjustment",
};

// Of every request the first two fields are the pod and, if it has one, the container.
std::string ToStateChange(api::Event event, const std::string& payload) {
  api::ContainerEvent request;
  request.ParsePartialFromString(payload);
  api::StateChangeEvent change;
  change.set_event(event);
  *change.mutable_pod() = std::move(*request.mutable_pod());
  if (request.has_container()) {
    *change.mutable_container() = std::move(*request.mutable_container());
  }
  return change.SerializeAsString();
}

// Of a message with updates and, perhaps, evictions.
absl::Status CheckWanted(int updates, int evictions) {
  return static_cast<size_t>(updates) + static_cast<size_t>(evictions) <= kMaxWanted
             ? absl::OkStatus()
             : absl::ResourceExhaustedError(
                   absl::StrCat("at most ", kMaxWanted, " updates and evictions at a time"));
}

template <typename Response>
absl::Status Parse(const TtrpcConnection::Answer& answer, Response& response) {
  RETURN_IF_ERROR(answer.status);
  return response.ParseFromString(answer.payload)
             ? absl::OkStatus()
             : absl::InvalidArgumentError("its answer is no message of NRI");
}

}  // namespace

bool IsPluginIndex(absl::string_view index) {
  return index.size() == 2 && absl::ascii_isdigit(static_cast<unsigned char>(index[0])) &&
         absl::ascii_isdigit(static_cast<unsigned char>(index[1]));
}

bool IsPluginName(absl::string_view name) {
  return !name.empty() && name.size() <= kMaxPluginName &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                  absl::string_view("-_.+").find(c) != absl::string_view::npos;
         });
}

NriPlugin::NriPlugin(sys::Fd socket, Update update)
    : launched_(false),
      update_(std::move(update)),
      connection_(std::move(socket), [this](const std::string& method, const std::string& payload) {
        return Serve(method, payload);
      }) {}

NriPlugin::NriPlugin(sys::Fd socket, sys::Process process, std::string index, std::string name,
                     Update update)
    : launched_(true),
      update_(std::move(update)),
      process_(std::move(process)),
      index_(std::move(index)),
      name_(std::move(name)),
      connection_(std::move(socket), [this](const std::string& method, const std::string& payload) {
        return Serve(method, payload);
      }) {}

std::string NriPlugin::name() const {
  absl::MutexLock lock(&mutex_);
  return absl::StrCat(index_, "-", name_);
}

std::string NriPlugin::index() const {
  absl::MutexLock lock(&mutex_);
  return index_;
}

std::string NriPlugin::base_name() const {
  absl::MutexLock lock(&mutex_);
  return name_;
}

absl::StatusOr<std::string> NriPlugin::Serve(const std::string& method,
                                             const std::string& payload) {
  if (method == kRegister) {
    api::RegisterPluginRequest request;
    if (!request.ParseFromString(payload)) {
      return absl::InvalidArgumentError("no RegisterPluginRequest");
    }
    RETURN_IF_ERROR(Register(request));
    return api::Empty().SerializeAsString();
  }
  if (method == kUpdate) {
    api::UpdateContainersRequest request;
    if (!request.ParseFromString(payload)) {
      return absl::InvalidArgumentError("no UpdateContainersRequest");
    }
    RETURN_IF_ERROR(CheckWanted(request.update_size(), request.evict_size()));
    {
      absl::MutexLock lock(&mutex_);
      if (!registered_) {
        return absl::FailedPreconditionError("a plugin registers first");
      }
    }
    return update_(name(), request).SerializeAsString();
  }
  return absl::UnimplementedError(absl::StrCat("no method ", absl::CHexEscape(method)));
}

absl::Status NriPlugin::Register(const api::RegisterPluginRequest& request) {
  absl::MutexLock lock(&mutex_);
  if (registered_) {
    return absl::FailedPreconditionError("the plugin is registered");
  }
  if (!launched_) {  // else its file has said who it is
    if (!IsPluginIndex(request.plugin_idx()) || !IsPluginName(request.plugin_name())) {
      return absl::InvalidArgumentError("a plugin has a name and an index of two digits");
    }
    index_ = request.plugin_idx();
    name_ = request.plugin_name();
  }
  registered_ = true;
  return absl::OkStatus();
}

absl::Status NriPlugin::AwaitRegistration(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  auto registered = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return registered_; };
  return AwaitUntil(mutex_, absl::Condition(&registered), deadline)
             ? absl::OkStatus()
             : absl::DeadlineExceededError("it does not register");
}

absl::Status NriPlugin::Configure(const api::ConfigureRequest& request, absl::Time deadline) {
  ASSIGN_OR_RETURN(
      const TtrpcConnection::Answer answer,
      connection_.Call(kPluginService, "Configure", request.SerializeAsString(), Call(deadline)));
  api::ConfigureResponse response;
  RETURN_IF_ERROR(Annotate(Parse(answer, response), "configure"));
  const uint32_t events = static_cast<uint32_t>(response.events()) << 1;
  if (response.events() < 0 || (events & ~kAllEvents) != 0) {
    return absl::InvalidArgumentError("it subscribes to events that there are not");
  }
  events_ = events == 0 ? kAllEvents : events;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<api::ContainerUpdate>> NriPlugin::Synchronize(Inventory inventory,
                                                                         absl::Time deadline) {
  api::SynchronizeResponse response;
  for (const api::SynchronizeRequest& part : MakeSynchronizeRequests(std::move(inventory))) {
    ASSIGN_OR_RETURN(
        const TtrpcConnection::Answer answer,
        connection_.Call(kPluginService, "Synchronize", part.SerializeAsString(), Call(deadline)));
    if (absl::IsUnimplemented(answer.status) && !part.more()) {
      return std::vector<api::ContainerUpdate>();
    }
    RETURN_IF_ERROR(Annotate(Parse(answer, response), "synchronize"));
    if (part.more() && (!response.more() || !response.update().empty())) {
      return absl::FailedPreconditionError("it cannot be told of so many containers");
    }
  }
  RETURN_IF_ERROR(Annotate(CheckWanted(response.update_size(), 0), "synchronize"));
  return std::vector<api::ContainerUpdate>(response.update().begin(), response.update().end());
}

bool NriPlugin::Wants(api::Event event) const {
  return !closed() && (events_ & 1U << event) != 0;
}

absl::StatusOr<TtrpcConnection::Answer> NriPlugin::CallEvent(api::Event event,
                                                             const std::string& payload,
                                                             const Call& call) {
  if (without_call_.count(event) == 0) {
    absl::StatusOr<TtrpcConnection::Answer> answer =
        connection_.Call(kPluginService, kMethods[event], payload, call);
    if (!answer.ok() || !absl::IsUnimplemented(answer->status)) {
      return answer;
    }
    without_call_.insert(event);
  }
  return connection_.Call(kPluginService, "StateChange", ToStateChange(event, payload), call);
}

absl::StatusOr<bool> NriPlugin::Ask(api::Event event, const google::protobuf::Message& request,
                                    google::protobuf::Message* response, const Call& call) {
  if (!Wants(event)) {
    return false;
  }
  const absl::StatusOr<TtrpcConnection::Answer> answer =
      CallEvent(event, request.SerializeAsString(), call);
  if (absl::IsCancelled(answer.status())) {
    return answer.status();
  }
  absl::Status failure = answer.status();
  if (answer.ok()) {
    if (absl::IsUnimplemented(answer->status)) {
      events_ &= ~(1U << event);
      return false;
    }
    if (!answer->status.ok()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "NRI plugin ", name(), " refuses ", kMethods[event], ": ", answer->status.message()));
    }
    if (response == nullptr || response->ParseFromString(answer->payload)) {
      return true;
    }
    failure = absl::InvalidArgumentError("its answer is no message of NRI");
  }
  connection_.Close();
  LogError("an NRI plugin fails and is asked no more",
           {{"plugin", name()}, {"method", kMethods[event]}, {"error", failure.ToString()}});
  return false;
}

void NriPlugin::Shutdown(absl::Time deadline) {
  if (!closed()) {
    LogIfError(connection_.Call(kPluginService, "Shutdown", "", Call(deadline)).status(),
               "ignored: an NRI plugin does not answer the shutdown");
  }
  connection_.Close();
}

}  // namespace berth::nri
