// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "runtime/spec/launch_planner.h"
#include "runtime/spec/pod_planner.h"

// A pod's state directory. Mode 0700, or 0710 for the root of its user namespace; gone with the
// boot. docs/RUNTIME-STATE.md lists what is in it.
namespace berth::runtime {

// Makes the directory, which must not exist, and the files in it that are ours; the
// shim adds its own. `cgroup` is noted in it, so that the pod's processes can be found without its
// record.
absl::Status MakePodFiles(const std::string& directory, const PlannedPod& pod,
                          const std::string& cgroup);

// Lets containers with that SELinux context read them; empty: does nothing.
absl::Status LabelPodFiles(HostFiles& host, const std::string& directory, const std::string& label);

// Its own addresses, for its /etc/hosts. Before the first container.
absl::Status AddPodHosts(const std::string& directory, const std::vector<std::string>& ips,
                         const std::string& names);

// A file that is not for containers (0600), and new.
absl::Status WritePrivateFile(const std::string& path, absl::string_view text);

// Absence is success.
absl::Status RemovePodFiles(const std::string& directory);

// The cgroup that MakePodFiles noted; empty when none is.
std::string NotedCgroup(const std::string& directory);

// Where containers find what MakePodFiles has written.
PodFiles PodFilesIn(const std::string& directory, bool host_ipc);

}  // namespace berth::runtime
