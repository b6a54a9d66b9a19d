// SPDX-License-Identifier: Apache-2.0
#include "runtime/plan/launch_plan.h"

#include "runtime/plan/plan_fields.h"
#include "runtime/plan/plan_prefix.h"

namespace berth::runtime {
namespace {

template <typename Plan>
std::string EncodeAs(PlanKind kind, const Plan& plan) {
  std::string out;
  PlanWriter writer(out);
  writer(kPlanMagic);
  writer(kPlanVersion);
  writer(kind);
  Fields(writer, plan);
  return out;
}

template <typename Plan>
sys::ErrnoOr<Plan> DecodeAs(PlanKind kind, const char* bytes, size_t size) {
  PlanReader reader(bytes, size);
  SYS_RETURN_IF_ERROR(ReadPrefix(reader, size, kind));
  Plan plan;
  Fields(reader, plan);
  if (!reader.at_end()) {
    return sys::Errno{EBADMSG, "read plan"};
  }
  return plan;
}

}  // namespace

std::string Encode(const LaunchPlan& plan) {
  return EncodeAs(PlanKind::kLaunch, plan);
}
std::string Encode(const ExecPlan& plan) {
  return EncodeAs(PlanKind::kExec, plan);
}
std::string Encode(const PodPlan& plan) {
  return EncodeAs(PlanKind::kPod, plan);
}

sys::ErrnoOr<LaunchPlan> DecodeLaunchPlan(const char* bytes, size_t size) {
  return DecodeAs<LaunchPlan>(PlanKind::kLaunch, bytes, size);
}

sys::ErrnoOr<ExecPlan> DecodeExecPlan(const char* bytes, size_t size) {
  return DecodeAs<ExecPlan>(PlanKind::kExec, bytes, size);
}

sys::ErrnoOr<PodPlan> DecodePodPlan(const char* bytes, size_t size) {
  return DecodeAs<PodPlan>(PlanKind::kPod, bytes, size);
}

}  // namespace berth::runtime
