// SPDX-License-Identifier: Apache-2.0
#include "base/random_id.h"

#include <sys/random.h>

#include "absl/strings/escaping.h"

namespace berth {

std::string RandomHex(size_t bytes) {
  std::string raw(bytes, '\0');
  size_t done = 0;
  while (done < bytes) {
    ssize_t n = getrandom(raw.data() + done, bytes - done, 0);
    if (n > 0) {
      done += static_cast<size_t>(n);
    }
  }
  return absl::BytesToHexString(raw);
}

}  // namespace berth
