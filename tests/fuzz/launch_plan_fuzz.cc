// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "runtime/plan/exit_record.h"
#include "runtime/plan/launch_plan.h"
#include "runtime/plan/plan_header.h"

namespace berth::runtime {
namespace {

// What decodes must encode to the same bytes: there is one encoding of a plan.
template <typename Plan>
void CheckRoundTrip(const sys::ErrnoOr<Plan>& plan, std::string_view bytes) {
  if (plan.ok() && Encode(*plan) != bytes) {
    abort();
  }
}

}  // namespace
}  // namespace berth::runtime

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::runtime;  // NOLINT(google-build-using-namespace) the entry point has none
  const char* bytes = reinterpret_cast<const char*>(data);
  const std::string_view text(bytes, size);
  berth::sys::ErrnoOr<LaunchPlan> launch = DecodeLaunchPlan(bytes, size);
  CheckRoundTrip(launch, text);
  berth::sys::ErrnoOr<ExecPlan> exec = DecodeExecPlan(bytes, size);
  CheckRoundTrip(exec, text);
  CheckRoundTrip(DecodePodPlan(bytes, size), text);
  berth::sys::ErrnoOr<LaunchHeader> header = ReadLaunchHeader(bytes, size);
  if (launch.ok() && launch->cgroup_directories.size() <= kMaxCgroupDirectories && !header.ok()) {
    abort();
  }
  if (exec.ok() && !ReadExecHeader(bytes, size).ok()) {
    abort();
  }
  (void)ParseExitRecord(text);
  return 0;
}
