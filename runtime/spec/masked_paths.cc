// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/masked_paths.h"

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_field.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

absl::StatusOr<std::vector<std::string>> CleanAll(
    const google::protobuf::RepeatedPtrField<std::string>& paths, absl::string_view field) {
  std::vector<std::string> result;
  for (const std::string& path : paths) {
    if (!IsAbsolutePath(path) || HasNul(path)) {
      return absl::InvalidArgumentError(
          absl::StrCat(field, ": \"", absl::CHexEscape(path), "\" is not absolute"));
    }
    result.push_back(CleanPath(path));
  }
  return result;
}

}  // namespace

absl::StatusOr<ProtectedPaths> PlanProtectedPaths(const v1::LinuxContainerConfig& config) {
  if (!config.has_security_context()) {
    return DefaultProtectedPaths();
  }
  ProtectedPaths result;
  if (config.security_context().privileged()) {
    return result;
  }
  ASSIGN_OR_RETURN(result.masked,
                   CleanAll(config.security_context().masked_paths(), "masked_paths"));
  ASSIGN_OR_RETURN(result.read_only,
                   CleanAll(config.security_context().readonly_paths(), "readonly_paths"));
  return result;
}

}  // namespace berth::runtime
