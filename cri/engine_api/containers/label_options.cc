// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/label_options.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "runtime/spec/selinux.h"

namespace berth::cri {
namespace {

absl::Status ApplyPart(absl::string_view option, v1::SELinuxOption& label) {
  absl::string_view value = option;
  if (absl::ConsumePrefix(&value, "user:")) {
    label.set_user(std::string(value));
  } else if (absl::ConsumePrefix(&value, "role:")) {
    label.set_role(std::string(value));
  } else if (absl::ConsumePrefix(&value, "type:")) {
    label.set_type(std::string(value));
  } else if (absl::ConsumePrefix(&value, "level:")) {
    label.set_level(std::string(value));
  } else if (absl::ConsumePrefix(&value, "filetype:")) {
    return absl::UnimplementedError("--security-opt label=filetype is not supported");
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("bad label option \"", option,
                     "\", valid are 'disable', or 'user', 'role', 'type' or 'level' followed by "
                     "':' and a value"));
  }
  return absl::OkStatus();
}

v1::SELinuxOption Unconfined() {
  v1::SELinuxOption label;
  label.set_type(runtime::kUnconfinedSelinuxType);
  return label;
}

}  // namespace

absl::StatusOr<v1::SELinuxOption> ParseLabelOptions(
    const std::vector<std::string>& security_options, bool of_node) {
  v1::SELinuxOption label;
  bool is_said = false, is_disabled = false;
  for (absl::string_view option : security_options) {
    if (!absl::ConsumePrefix(&option, "label=") && !absl::ConsumePrefix(&option, "label:")) {
      continue;
    }
    is_said = true;
    if (option == "disable") {
      is_disabled = true;
    } else {
      RETURN_IF_ERROR(ApplyPart(option, label));
    }
  }
  return is_disabled || (of_node && !is_said) ? Unconfined() : label;
}

}  // namespace berth::cri
