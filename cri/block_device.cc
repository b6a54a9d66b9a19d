// SPDX-License-Identifier: Apache-2.0
#include "cri/block_device.h"

#include <fcntl.h>

#include <array>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

#include "base/path.h"
#include "base/sys/inode.h"

namespace berth::cri {

std::string BlockDeviceName(const std::string& links, uint32_t major, uint32_t minor) {
  const std::string numbers = absl::StrCat(major, ":", minor);
  std::array<char, 4096> target;
  const sys::ErrnoOr<size_t> length =
      sys::ReadSymlinkAt(AT_FDCWD, JoinPath(links, numbers).c_str(), target);
  if (!length.ok()) {
    return numbers;
  }
  const absl::string_view path(target.data(), *length);
  return absl::StrCat("/dev/", path.substr(path.rfind('/') + 1));
}

}  // namespace berth::cri
