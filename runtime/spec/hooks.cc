// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/hooks.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

absl::Status Check(const HookPlan& hook) {
  if (!IsAbsolutePath(hook.path) || HasNul(hook.path)) {
    return absl::InvalidArgumentError(
        absl::StrCat("hook \"", absl::CHexEscape(hook.path), "\" is no absolute path"));
  }
  if (std::any_of(hook.arguments.begin(), hook.arguments.end(), HasNul) ||
      std::any_of(hook.environment.begin(), hook.environment.end(), HasNul)) {
    return absl::InvalidArgumentError(
        absl::StrCat("hook ", hook.path, ": an argument or variable has a NUL byte"));
  }
  return absl::OkStatus();
}

std::string StateWithoutPid(const std::string& id, const std::string& bundle,
                            const v1::ContainerConfig& container) {
  Json annotations = Json::object();
  for (const auto& [key, value] : container.annotations()) {
    annotations[key] = value;
  }
  std::string state = FormatJson({{"ociVersion", kOciVersion},
                                  {"id", id},
                                  {"status", "creating"},
                                  {"bundle", bundle},
                                  {"annotations", std::move(annotations)}});
  state.pop_back();
  return absl::StrCat(state, ",\"pid\":");
}

}  // namespace

absl::Status PlanHooks(const std::vector<HookPlan>& hooks, const v1::ContainerConfig& container,
                       const std::string& bundle, const IdRange& ids, LaunchPlan& plan) {
  if (hooks.empty()) {
    return absl::OkStatus();
  }
  if (hooks.size() > kMaxHooks) {
    return absl::InvalidArgumentError(
        absl::StrCat(hooks.size(), " hooks are over the limit of ", kMaxHooks));
  }
  for (const HookPlan& hook : hooks) {
    RETURN_IF_ERROR(Check(hook));
  }
  if (ids.count > 0) {
    return absl::FailedPreconditionError(absl::StrCat(
        "hook ", hooks.front().path, ": hooks are not run for a pod with a user namespace"));
  }
  plan.hooks = hooks;
  for (HookPlan& hook : plan.hooks) {
    if (hook.arguments.empty()) {
      hook.arguments = {hook.path};
    }
  }
  plan.bundle = bundle;
  plan.hook_state = StateWithoutPid(plan.container_id, bundle, container);
  return absl::OkStatus();
}

}  // namespace berth::runtime
