// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/bind_mounts.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/path.h"
#include "base/status.h"

namespace berth::runtime {
namespace {

absl::Status AddOption(const std::string& option, v1::Mount& mount) {
  constexpr absl::string_view kUsual[] = {"bind",     "rbind", "rw",   "private",
                                          "rprivate", "exec",  "suid", "dev"};
  constexpr absl::string_view kAttributes[] = {"noexec", "nosuid", "nodev"};
  if (option == "ro" || option == "rro") {
    mount.set_readonly(true);
    mount.set_recursive_read_only(option == "rro");
  } else if (option == "slave" || option == "rslave") {
    mount.set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  } else if (option == "shared" || option == "rshared") {
    mount.set_propagation(v1::PROPAGATION_BIDIRECTIONAL);
  } else if (absl::c_linear_search(kAttributes, option)) {
    mount.add_mount_options(option);
  } else if (!absl::c_linear_search(kUsual, option)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the mount option \"", absl::CHexEscape(option), "\" is not supported"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<v1::Mount> ToBindMount(const std::string& source, const std::string& destination,
                                      absl::string_view type,
                                      const std::vector<std::string>& options) {
  if (!type.empty() && type != "bind") {
    return absl::FailedPreconditionError(
        absl::StrCat("the mount type \"", absl::CHexEscape(type), "\" is not supported, bind is"));
  }
  v1::Mount result;
  result.set_container_path(destination);
  result.set_host_path(source);
  for (const std::string& option : options) {
    RETURN_IF_ERROR(AddOption(option, result));
  }
  return result;
}

bool RemoveMountAt(absl::string_view destination, v1::ContainerConfig& config) {
  const std::string place = CleanPath(destination);
  auto& mounts = *config.mutable_mounts();
  const auto kept = std::remove_if(mounts.begin(), mounts.end(), [&](const v1::Mount& mount) {
    return CleanPath(mount.container_path()) == place;
  });
  const bool found = kept != mounts.end();
  mounts.erase(kept, mounts.end());
  return found;
}

}  // namespace berth::runtime
