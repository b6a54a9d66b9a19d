// SPDX-License-Identifier: Apache-2.0
#include "runtime/hook_bundle.h"

#include <fcntl.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/file.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "runtime/oci/bundle.h"
#include "runtime/oci/command.h"
#include "runtime/plan/plan_header.h"
#include "runtime/pod_files.h"

namespace berth::runtime {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr size_t kMaxOutputFile = 1 << 20;

absl::Status WriteBundle(const LaunchPlan& plan) {
  const std::string& path = plan.bundle;
  // A daemon that died may have left one.
  RETURN_IF_ERROR(ToStatus(sys::RemoveTree(AT_FDCWD, path.c_str()), "remove ", path));
  RETURN_IF_ERROR(
      ToStatus(sys::MakeDirectory(AT_FDCWD, path.c_str(), kPrivateDirectory), "make ", path));
  return WritePrivateFile(JoinPath(path, oci::kConfigFile),
                          oci::FormatHookBundle(plan, JoinPath(ParentPath(path), "root")));
}

}  // namespace

absl::StatusOr<HookBundle> HookBundle::Make(absl::string_view encoded_plan) {
  ASSIGN_OR_RETURN(const LaunchHeader header,
                   ToStatusOr(ReadLaunchHeader(encoded_plan.data(), encoded_plan.size()),
                              "read the container's plan"));
  if (header.bundle.empty()) {
    return HookBundle("");
  }
  ASSIGN_OR_RETURN(const LaunchPlan plan,
                   ToStatusOr(DecodeLaunchPlan(encoded_plan.data(), encoded_plan.size()),
                              "read the container's plan"));
  HookBundle bundle(plan.bundle);  // removed if it becomes only half of one
  RETURN_IF_ERROR(WriteBundle(plan));
  return bundle;
}

HookBundle::~HookBundle() {
  if (!directory_.empty()) {
    LogIfError(ToStatus(sys::RemoveTree(AT_FDCWD, directory_.c_str()), "remove ", directory_),
               "ignored: the bundle goes with its pod");
  }
}

std::string HookBundle::Output() const {
  absl::StatusOr<std::string> output = ReadFile(JoinPath(directory_, kHookOutput), kMaxOutputFile);
  if (!output.ok()) {
    return "its output cannot be read";
  }
  absl::string_view text = absl::StripAsciiWhitespace(*output);
  text.remove_prefix(text.size() - std::min(text.size(), kMaxHookOutput));
  return absl::StrReplaceAll(text, {{"\n", "; "}});
}

}  // namespace berth::runtime
