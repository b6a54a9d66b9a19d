// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"

#include "runtime/pod_runtime.h"

// The texts of a checkpoint archive that checkpointctl reads, in its field names. Pure.
namespace berth::cri {

namespace v1 = ::runtime::v1;

// config.dump: which container it was, of which image.
std::string ConfigDump(const runtime::ContainerSnapshot& container, absl::Time at);

// spec.dump: of the OCI specification, what tells whose container it was and what it ran.
std::string SpecDump(const runtime::PodSnapshot& pod, const runtime::ContainerSnapshot& container);

// deleted.files: a list of paths from the root.
std::string DeletedFiles(const std::vector<std::string>& deleted);

// pod.options of a pod's checkpoint: the archive of each container, by its name.
std::string PodOptions(const std::map<std::string, std::string>& archives);

}  // namespace berth::cri
