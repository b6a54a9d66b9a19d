// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string_view>
#include <vector>

#include "base/sys/errno_or.h"

namespace berth::shim {

// The filesystems that a launch has made inside a container's root: /dev, /proc and the like. A
// link of the image may lead a mount, a node or a link meant for elsewhere onto them, or one meant
// for them elsewhere; both are refused by the device that a place turns out to be on.
class OwnFilesystems {
 public:
  // `mount` is one of them, `destination` (a clean absolute path that outlives this) where it is.
  sys::Result Add(int mount, std::string_view destination);

  // Before something is mounted on `target`, reached by the container's `path`: EXDEV when it lies
  // on one of them whose destination `path` is not at or below.
  sys::Result CheckTarget(int target, std::string_view path) const;

  // Before a node or link is made in the directory `parent`, the one of `path`: EXDEV as above, and
  // when `parent` is on no filesystem but one of them or the root's.
  sys::Result CheckParent(int parent, std::string_view path, int root) const;

 private:
  struct Own {
    dev_t device;
    std::string_view destination;
  };
  // Where `place` is; EXDEV when `path` does not lead onto that one of them.
  struct Reached {
    dev_t device;
    bool own;
  };
  sys::ErrnoOr<Reached> Reach(int place, std::string_view path) const;

  std::vector<Own> all_;
};

// Pure: whether `path` is `destination` or below it.
bool IsAtOrBelow(std::string_view path, std::string_view destination);

}  // namespace berth::shim
