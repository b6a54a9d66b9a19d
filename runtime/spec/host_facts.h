// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "runtime/plan/launch_plan.h"

namespace berth::runtime {

// One filesystem below a container's /sys/fs/cgroup.
struct CgroupMount {
  std::string name;  // the directory, "memory" or "cpu,cpuacct"; empty: /sys/fs/cgroup itself
  std::string type;  // cgroup or cgroup2
  std::vector<MountPlanOption> options;
};

// What the planner must know of the node; found once at start (runtime/host).
struct HostFacts {
  std::string hostname;
  uint64_t capabilities = (uint64_t{1} << 41) - 1;  // that we have and so can give, 1 << CAP_…
  uint32_t kernel_major = 5;  // for the minKernel conditions of seccomp profiles
  uint32_t kernel_minor = 12;
  uint64_t max_open_files = 1048576;  // fs.nr_open
  bool apparmor = false;              // enabled
  bool selinux = false;               // enabled
  // The contexts of a container's processes and files, of which a level is still to be made.
  std::string selinux_process = "system_u:system_r:container_t:s0";
  std::string selinux_file = "system_u:object_r:container_file_t:s0";
  std::string selinux_layers = "system_u:object_r:container_ro_file_t:s0";  // what all may read
  bool recursive_read_only = true;                                          // mount_setattr(2)
  bool user_namespaces = true;  // and overlays of layers with mapped ids
  std::vector<CgroupMount> cgroup_mounts;
  // Links in a container's /sys/fs/cgroup, name to target: cpu -> cpu,cpuacct.
  std::vector<std::pair<std::string, std::string>> cgroup_links;
};

// A device node of the host; `path` is where it was found.
struct HostDevice {
  std::string path;
  bool block = false;
  uint32_t major = 0;
  uint32_t minor = 0;
  uint32_t mode = 0666;  // permission bits only
  uint32_t uid = 0;
  uint32_t gid = 0;
};

// How the host's mount, in which a path lies, passes on what is mounted below it.
struct HostPropagation {
  bool shared = false;  // to its peers and from them
  bool slave = false;   // only from a master
};

// The host's files, as the planner asks for them. Thread-safe. Calls may block as long as the file
// system does, so callers hold no lock that others need.
class HostFiles {
 public:
  virtual ~HostFiles() = default;

  // The path with all symlinks followed, for a bind mount. What does not exist is made, as a
  // directory; InvalidArgument when it has a name that must be a file (/etc/hostname, a socket).
  virtual absl::StatusOr<std::string> FindMountSource(absl::string_view path) = 0;

  // InvalidArgument when nothing is at `path`, symlinks followed.
  virtual absl::Status CheckExists(absl::string_view path) = 0;

  virtual absl::StatusOr<HostPropagation> FindPropagation(absl::string_view path) = 0;

  // The device at `path`, symlinks followed, or all devices below it when it is a directory (paths
  // stay below the `path` that was asked for). InvalidArgument when it is neither or absent.
  virtual absl::StatusOr<std::vector<HostDevice>> FindDevices(absl::string_view path) = 0;

  // Whether it is a context of the policy that the kernel has loaded; InvalidArgument when not.
  virtual absl::Status CheckSelinuxLabel(absl::string_view label) = 0;

  // Gives `path`, which a client chose, absolute and without symlinks, and all below it, but not
  // what is mounted below, that SELinux context. What is on a filesystem without contexts stays as
  // it is. InvalidArgument for what is of the host itself or of the daemon.
  virtual absl::Status Relabel(const Call& call, absl::string_view path,
                               const std::string& label) = 0;

  // The same of what the daemon has made, unless it has that context already: it is set last, and
  // what is made in a directory inherits that. What below it cannot be labelled stays as it is.
  virtual absl::Status LabelOwn(const Call& call, const std::string& path,
                                const std::string& label) = 0;

  // OK when `path`, resolved in them as in a chroot, is a directory of the overlay of `layers`
  // (topmost first); NotFound or InvalidArgument when it is not.
  virtual absl::Status CheckDirectory(const std::vector<std::string>& layers,
                                      absl::string_view path) = 0;

  // NotFound when absent, InvalidArgument when it is larger.
  virtual absl::StatusOr<std::string> ReadFile(absl::string_view path, size_t max_bytes) = 0;
};

}  // namespace berth::runtime
