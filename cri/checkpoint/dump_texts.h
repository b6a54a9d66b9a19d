// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "runtime/pod_runtime.h"

// The texts of a checkpoint archive that checkpointctl reads, in its field names. Pure.
namespace berth::cri {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxPodOptions = 1 << 20;
// Ours in config.dump.
inline constexpr char kCommandDigest[] = "berthCommand";
inline constexpr char kEnvironmentDigest[] = "berthEnvironment";

// Digests of what a container runs: its command, arguments and working directory, and its
// environment, whose order is no matter.
std::string CommandDigest(const v1::ContainerConfig& config);
std::string EnvironmentDigest(const v1::ContainerConfig& config);

// config.dump: which container it was, of which image, with the digests above.
std::string ConfigDump(const runtime::ContainerSnapshot& container, absl::Time at);

// spec.dump: of the OCI specification, what tells whose container it was and what it ran.
std::string SpecDump(const runtime::PodSnapshot& pod, const runtime::ContainerSnapshot& container);

// deleted.files: a list of paths from the root.
std::string DeletedFiles(const std::vector<std::string>& deleted);

// pod.options of a pod's checkpoint: the archive of each container, by its name.
std::string PodOptions(const std::map<std::string, std::string>& archives);
// DataLoss for what the above does not write: names of files, not paths.
absl::StatusOr<std::map<std::string, std::string>> ParsePodOptions(absl::string_view text);

}  // namespace berth::cri
