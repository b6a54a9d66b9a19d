// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/sys/errno_or.h"
#include "base/sys/process.h"

namespace berth::shim {

// SELinux contexts; empty: none.
struct PodInitLabels {
  const std::string& process;
  const std::string& root;
};

// Clones the first process of a PID namespace that containers share. It reaps what they leave,
// ignores every signal, has an empty root (on top of which
// lies the namespace's /proc, for containers to clone), no capabilities and no descriptors, and
// dies with the calling process. `scratch` is a directory to mount on. Returns once it is set up.
sys::ErrnoOr<sys::ClonedProcess> StartPodInit(const char* scratch, const PodInitLabels& labels);

}  // namespace berth::shim
