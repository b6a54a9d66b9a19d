// SPDX-License-Identifier: Apache-2.0
#include "runtime/handlers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/command.h"
#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/thread_pool.h"

namespace berth::runtime {
namespace {

constexpr char kOwn[] = "berth";
constexpr absl::Duration kFeaturesTimeout = absl::Seconds(20);
constexpr int kMaxAskedAtOnce = 8;
constexpr mode_t kPrivateDirectory = 0700;

// Not every runtime has the command: that is no error.
absl::StatusOr<oci::Features> AskFeatures(const oci::Runtime& runtime) {
  Command command;
  command.arguments = oci::FeaturesCommand(runtime);
  command.environment = oci::Environment();
  command.max_output = oci::kMaxFeatures;
  absl::StatusOr<CommandResult> result = RunCommand(Call::WithTimeout(kFeaturesTimeout), command);
  if (!result.ok()) {
    return result.status();
  }
  if (result->exit_code != 0) {
    return oci::Features();
  }
  absl::StatusOr<oci::Features> features = oci::ParseFeatures(result->out);
  return features.ok() ? features
                       : absl::InvalidArgumentError(absl::StrCat(
                             runtime.path, " features: ", features.status().message()));
}

NodeRuntime OpenRuntime(const std::string& name, const oci::Runtime& runtime,
                        absl::string_view state) {
  NodeRuntime handler;
  handler.runtime = runtime;
  handler.has_own_root = runtime.root.empty();
  if (handler.has_own_root) {
    handler.runtime.root = JoinPath(JoinPath(state, "handlers"), name);
  }
  handler.usable = EnsureDirectories(handler.runtime.root, kPrivateDirectory);
  if (!handler.usable.ok()) {
    return handler;
  }
  absl::StatusOr<oci::Features> features = AskFeatures(handler.runtime);
  if (features.ok()) {
    handler.features = *std::move(features);
  }
  handler.usable = features.status();
  return handler;
}

}  // namespace

Handlers Handlers::Open(const std::map<std::string, oci::Runtime>& runtimes,
                        absl::string_view state) {
  Handlers handlers;
  for (const auto& [name, runtime] : runtimes) {
    handlers.runtimes_[name];
  }
  {  // Several that hang take no longer than one.
    ThreadPool pool("handlers", kMaxAskedAtOnce, ThreadPool::Life::kJob);
    for (const auto& [name, runtime] : runtimes) {
      NodeRuntime& handler = handlers.runtimes_.find(name)->second;
      pool.Schedule([&handler, &name = name, &runtime = runtime, state] {
        handler = OpenRuntime(name, runtime, state);
      });
    }
  }
  for (const auto& [name, handler] : handlers.runtimes_) {
    if (handler.usable.ok()) {
      LogInfo("a runtime is a handler of pods", {{"handler", name},
                                                 {"program", handler.runtime.path},
                                                 {"spec", handler.features.newest_version}});
    } else {
      LogError("a runtime cannot be a handler of pods",
               {{"handler", name}, {"error", handler.usable.message()}});
    }
  }
  return handlers;
}

absl::Status Handlers::Check(absl::string_view name) const {
  if (IsOwn(name)) {
    return absl::OkStatus();
  }
  if (const NodeRuntime* found = Find(name); found != nullptr) {
    return found->usable.ok()
               ? absl::OkStatus()
               : absl::FailedPreconditionError(absl::StrCat(
                     "runtime_handler ", name,
                     " could not be used when the daemon has started: ", found->usable.message()));
  }
  std::vector<std::string> named = Names();
  named.erase(std::remove(named.begin(), named.end(), ""), named.end());
  return absl::InvalidArgumentError(absl::StrCat("runtime_handler: there is no ", name,
                                                 "; there are ", absl::StrJoin(named, ", ")));
}

bool Handlers::IsOwn(absl::string_view name) {
  return name.empty() || name == kOwn;
}

const NodeRuntime* Handlers::Find(absl::string_view name) const {
  const auto found = runtimes_.find(name);
  return found == runtimes_.end() ? nullptr : &found->second;
}

std::vector<std::string> Handlers::Names() const {
  std::vector<std::string> names = {"", kOwn};
  for (const auto& [name, handler] : runtimes_) {
    if (handler.usable.ok()) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace berth::runtime
