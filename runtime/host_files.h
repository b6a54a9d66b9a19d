// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/relabel.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

inline constexpr int kMaxDeviceDepth = 16;          // directories below one that is asked for
inline constexpr size_t kMaxDevicesInTree = 16384;  // nodes below it

// The host as the daemon sees it. Thread-safe: keeps nothing.
class RealHostFiles : public HostFiles {
 public:
  explicit RealHostFiles(DaemonPlaces daemon = {}) : daemon_(std::move(daemon)) {}

  absl::StatusOr<std::string> FindMountSource(absl::string_view path) override;
  absl::Status CheckExists(absl::string_view path) override;
  absl::StatusOr<HostPropagation> FindPropagation(absl::string_view path) override;
  absl::StatusOr<std::vector<HostDevice>> FindDevices(absl::string_view path) override;
  absl::Status CheckSelinuxLabel(absl::string_view label) override;
  absl::Status Relabel(const Call& call, absl::string_view path, const std::string& label) override;
  absl::Status LabelOwn(const Call& call, const std::string& path,
                        const std::string& label) override;
  absl::Status CheckDirectory(const std::vector<std::string>& layers,
                              absl::string_view path) override;
  absl::StatusOr<std::string> ReadFile(absl::string_view path, size_t max_bytes) override;

 private:
  const DaemonPlaces daemon_;
};

// Pure: the propagation of the mount with that id, from the text of mountinfo. NotFound when it is
// not in there.
absl::StatusOr<HostPropagation> ParsePropagation(absl::string_view mountinfo, int mount_id);

}  // namespace berth::runtime
