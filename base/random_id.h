// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace berth {

// `bytes` random bytes from the kernel as lowercase hex.
std::string RandomHex(size_t bytes);

// The id of a pod or container: 64 lowercase hex digits, as cAdvisor and the kubelet expect.
inline std::string RandomId() {
  return RandomHex(32);
}

}  // namespace berth
