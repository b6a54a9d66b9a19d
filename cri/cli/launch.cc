// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/launch.h"

#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/json_util.h"

#include "base/json.h"
#include "base/path.h"
#include "base/plain_name.h"
#include "base/random_id.h"
#include "base/random_name.h"
#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/exit_code.h"
#include "cri/cli/host_ports.h"
#include "cri/cli/teardown.h"

namespace berth::cli {
namespace {

constexpr size_t kUidBytes = 16;

// That a pod, a container and a host may have: "brisk-heron-3f".
std::string NewName() {
  const std::string digits = RandomHex(sizeof(uint64_t));
  uint64_t number = 0;
  (void)absl::SimpleHexAtoi(digits, &number);
  return absl::StrCat(RandomName(number, '-'), "-", digits.substr(0, 2));
}

// The configuration that the pod was made with, as far as the daemon tells it.
absl::StatusOr<v1::PodSandboxConfig> ConfigOf(const v1::PodSandboxStatusResponse& status) {
  v1::PodSandboxConfig config;
  const berth::Json info = InfoIn(status);
  if (!google::protobuf::util::JsonStringToMessage(JsonObject(info, "config").dump(), &config)
           .ok()) {
    return absl::InternalError("the daemon tells a pod's configuration that cannot be read");
  }
  return config;
}

absl::StatusOr<RunPlan> PlanToJoin(const Client& client, const Inventory& inventory,
                                   RunOptions options) {
  if (!options.ports.empty() || !options.hostname.empty()) {
    return absl::InvalidArgumentError(
        "-p and --hostname are the pod's: give them to the run that makes it, not with --pod");
  }
  ASSIGN_OR_RETURN(const Target pod, FindTarget(inventory, options.pod, TargetKind::kPod));
  for (const v1::Container* container : inventory.ContainersOf(pod.id)) {
    if (container->metadata().name() == options.name) {
      return absl::AlreadyExistsError(
          absl::StrCat("the name ", options.name, " is in use in pod ", pod.name));
    }
  }
  ASSIGN_OR_RETURN(const v1::PodSandboxStatusResponse status, client.PodStatus(pod.id));
  const bool host = status.status().linux().namespaces().options().network() == v1::NODE;
  options.network = host ? "host" : "default";
  RunPlan plan;
  plan.pod_id = pod.id;
  ASSIGN_OR_RETURN(plan.pod, ConfigOf(status));
  options.pod = plan.pod.metadata().name();  // it may have been named by its id
  RunSurroundings surroundings = SurroundingsOf(options.name);
  surroundings.uid = plan.pod.metadata().uid();
  ASSIGN_OR_RETURN(plan.container, ContainerConfigOf(options, surroundings));
  return plan;
}

absl::StatusOr<std::string> MakePod(const Client& client, const RunPlan& plan) {
  v1::RunPodSandboxRequest request;
  *request.mutable_config() = plan.pod;
  const absl::StatusOr<v1::RunPodSandboxResponse> response =
      client.Call(&Client::Runtime::RunPodSandbox, request, "making the pod");
  if (!response.ok() && absl::StrContains(response.status().message(), "no CNI configuration")) {
    return absl::Status(response.status().code(),
                        absl::StrCat(response.status().message(),
                                     "\n  `deploy/install --cni` installs a network for one node; "
                                     "--network host needs none"));
  }
  RETURN_IF_ERROR(response.status());
  return response->pod_sandbox_id();
}

absl::StatusOr<std::string> CreateContainer(const Client& client, const RunPlan& plan,
                                            const std::string& pod_id) {
  v1::CreateContainerRequest request;
  request.set_pod_sandbox_id(pod_id);
  *request.mutable_config() = plan.container;
  *request.mutable_sandbox_config() = plan.pod;
  ASSIGN_OR_RETURN(const v1::CreateContainerResponse response,
                   client.Call(&Client::Runtime::CreateContainer, request, "making the container"));
  return response.container_id();
}

absl::Status StartContainer(const Client& client, const std::string& id) {
  v1::StartContainerRequest request;
  request.set_container_id(id);
  return client.Call(&Client::Runtime::StartContainer, request, "starting the container").status();
}

// What was made before a failure: its own error would only hide the first one.
void Undo(const Client& client, const Target& target) {
  const absl::StatusOr<Inventory> inventory = client.List();
  if (inventory.ok()) {
    RemoveTarget(client, *inventory, target, /*force=*/true).IgnoreError();
  }
}

}  // namespace

RunSurroundings SurroundingsOf(const std::string& name) {
  RunSurroundings surroundings;
  std::string directory(PATH_MAX, '\0');
  // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing here changes it
  surroundings.working_directory =
      getcwd(directory.data(), directory.size()) == nullptr ? "/" : std::string(directory.c_str());
  surroundings.uid = RandomHex(kUidBytes);
  surroundings.log_directory = JoinPath(LogRoot(), absl::StrCat(name, "_", surroundings.uid));
  surroundings.environment = [](const std::string& variable) -> std::optional<std::string> {
    // NOLINTNEXTLINE(concurrency-mt-unsafe) nothing here sets variables
    const char* value = getenv(variable.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
  return surroundings;
}

absl::Status CheckNameIsFree(const Inventory& inventory, const std::string& name) {
  if (!IsNameTaken(inventory, name)) {
    return absl::OkStatus();
  }
  return absl::AlreadyExistsError(absl::StrCat("the name ", name, " is in use; `berth rm ", name,
                                               "` frees it, or choose another"));
}

absl::StatusOr<RunPlan> PlanRun(const Client& client, const Inventory& inventory,
                                RunOptions options) {
  if (options.name.empty()) {
    options.name = NewName();
  }
  if (!options.pod.empty()) {
    return PlanToJoin(client, inventory, std::move(options));
  }
  if (!IsPlainName(options.name)) {  // in docker's words
    return absl::InvalidArgumentError(absl::StrCat(
        "Invalid container name (", options.name, "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"));
  }
  RETURN_IF_ERROR(CheckNameIsFree(inventory, options.name));
  const RunSurroundings surroundings = SurroundingsOf(options.name);
  RunPlan plan;
  ASSIGN_OR_RETURN(plan.pod, PodConfigOf(options, surroundings));
  RETURN_IF_ERROR(CheckHostPorts(plan.pod));
  ASSIGN_OR_RETURN(plan.container, ContainerConfigOf(options, surroundings));
  return plan;
}

absl::StatusOr<Target> Launch(const Client& client, const RunPlan& plan, const Begin& begin) {
  const bool own_pod = plan.pod_id.empty();
  Target made = {TargetKind::kPod, plan.pod_id, plan.container.metadata().name(), plan.pod_id};
  if (own_pod) {
    ASSIGN_OR_RETURN(made.pod_id, MakePod(client, plan));
    made.id = made.pod_id;
  }
  absl::Cleanup undo_pod = [&] {
    if (own_pod) {
      Undo(client, made);
    }
  };
  ASSIGN_OR_RETURN(const std::string id, CreateContainer(client, plan, made.pod_id));
  Target container = {TargetKind::kContainer, id, made.name, made.pod_id};
  const auto start = [&] { return StartContainer(client, id); };
  const absl::Status started = begin(container, start);
  if (!started.ok() && !own_pod) {
    Undo(client, container);
  }
  RETURN_IF_ERROR(started);
  std::move(undo_pod).Cancel();
  return container;
}

int StartFailureCode(absl::string_view message) {
  constexpr absl::string_view kLastStep = ": execute";  // of the shim's launch
  constexpr absl::string_view kOfEngine = "failed to create task for container: exec: ";
  if (absl::StrContains(message, kOfEngine)) {
    return absl::StrContains(message, "executable file not found") ? kExitNotFound
                                                                   : kExitNotExecutable;
  }
  const size_t step = message.find(kLastStep);
  if (step == absl::string_view::npos) {
    return kExitOwnFailure;
  }
  return absl::StrContains(message.substr(step), "No such file or directory") ? kExitNotFound
                                                                              : kExitNotExecutable;
}

int TellStartFailure(const absl::Status& status) {
  PrintError(status);
  return StartFailureCode(status.message());
}

}  // namespace berth::cli
