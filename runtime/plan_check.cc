// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan_check.h"

#include "base/status.h"
#include "runtime/container_create.h"
#include "runtime/pod_run.h"
#include "runtime/runtime_context.h"

namespace berth::runtime {
namespace {

class ContextPlanCheck final : public PlanCheck {
 public:
  explicit ContextPlanCheck(RuntimeContext& context) : context_(context) {}

  absl::Status Check(const Call& call, const v1::PodSandboxConfig& pod, const std::string& handler,
                     const PodExtras& extras, const ContainerRequest& request) const override {
    RETURN_IF_ERROR(context_.handlers.Check(handler));
    ASSIGN_OR_RETURN(const std::shared_ptr<Pod> planned,
                     PlanPodAlone(context_, pod, handler, extras));
    return CheckContainer(context_, call, *planned, request);
  }

 private:
  RuntimeContext& context_;
};

}  // namespace

std::unique_ptr<PlanCheck> MakePlanCheck(RuntimeContext& context) {
  return std::make_unique<ContextPlanCheck>(context);
}

}  // namespace berth::runtime
