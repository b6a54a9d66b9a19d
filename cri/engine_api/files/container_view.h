// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

#include "base/sys/fd.h"
#include "imageservice/snapshot/rootfs.h"

namespace berth::cri {

// A bind, a volume or an image in a container, or a tmpfs of one that runs.
struct ViewMount {
  std::string source;  // a path of the host; empty for a tmpfs
  // In place of it, of an image: directories of the host that an overlay merges, topmost first.
  std::vector<std::string> lower = {};
  std::string sub_path = {};  // in the source, which it does not leave; empty: all of it
  std::string target;
  bool read_only = false;
};

struct ViewPlan {
  sys::Fd mount_namespace;        // of a container that runs
  imageservice::Rootfs root;      // of one that does not, and does not start meanwhile
  bool read_only = false;         // the root
  std::vector<ViewMount> mounts;  // those above before those below
};

// The files of a container as its processes see them, but without the kernel's own filesystems and
// whatever they have mounted themselves: nothing that a process does leads from here to /proc, to
// /sys, or to the host. Devices cannot be opened. In a mount namespace of its own, which ends with
// this.
class ContainerView {
 public:
  // Mounts whose source is not there are left out. Errors are the kernel's.
  static absl::StatusOr<ContainerView> Open(const ViewPlan& plan);

  // The root directory, for OpenInRoot.
  int root() const { return root_.get(); }

 private:
  ContainerView(sys::Fd space, sys::Fd root)
      : namespace_(std::move(space)), root_(std::move(root)) {}

  sys::Fd namespace_;  // keeps what is mounted in it
  sys::Fd root_;
};

}  // namespace berth::cri
