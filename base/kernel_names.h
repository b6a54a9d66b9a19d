// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace berth {

// What uname(2) tells.
struct KernelNames {
  std::string node;     // the hostname of the UTS namespace that we are in
  std::string release;  // 6.1.0-18-amd64
  std::string machine;  // x86_64
};

KernelNames ReadKernelNames();

}  // namespace berth
