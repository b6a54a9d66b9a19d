// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/spec/launch_planner.h"
#include "runtime/spec/pod_planner.h"

// The two directories of a pod: of its state (mode 0700, or 0710 for the root of its user
// namespace; gone with the boot) and, on disk, of what its containers have in /etc (0700), which
// they may write to. docs/RUNTIME-STATE.md lists what is in them.
namespace berth::runtime {

// Makes the state directory, which must not exist; the shim fills it. `cgroup` is noted in it, so
// that the pod's processes can be found without its record.
absl::Status MakePodDirectory(const std::string& directory, const PlannedPod& pod,
                              const std::string& cgroup);

// Makes the directory `etc`, which must not exist, and the files in it.
absl::Status MakePodFiles(const std::string& etc, const PlannedPod& pod);

// Lets containers with that SELinux context have them; empty: does nothing.
absl::Status LabelPodFiles(HostFiles& host, const std::string& etc, const std::string& label);

// Its own addresses, for its /etc/hosts. Before the first container.
absl::Status AddPodHosts(const std::string& etc, const std::vector<std::string>& ips,
                         const std::string& names);

// A file that is not for containers (0600), and new.
absl::Status WritePrivateFile(const std::string& path, absl::string_view text);

// Either of the two, and as much of it as can be removed. Absence is success, also when another
// removal of it was faster.
absl::Status RemovePodDirectory(const std::string& directory);

// The cgroup that MakePodDirectory noted; empty when none is.
std::string NotedCgroup(const std::string& directory);

// Where containers find what MakePodFiles has written, and the shim's shared memory. Read-only
// where both directories are one: the state's is memory.
PodFiles PodFilesIn(const std::string& directory, const std::string& etc, bool host_ipc);

}  // namespace berth::runtime
