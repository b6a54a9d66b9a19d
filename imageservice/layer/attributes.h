// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/stat.h>

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "imageservice/layer/tar_reader.h"

namespace berth::imageservice {

// Sets owner, mode, xattrs and, unless it is a directory, the time of modification, as the member
// says, of the file or directory that was just made for it. `owned` says that it belongs to the
// member's owner already. Of xattrs only user.* and security.capability are set, where the
// filesystem has them; overlayfs's own are refused (DataLoss), others dropped.
absl::Status ApplyAttributes(int fd, const TarMember& member, bool owned);

// The same for what cannot be opened: a symlink, a device, a fifo. These get no xattrs.
absl::Status ApplyAttributesAt(int directory, const char* name, const TarMember& member);

struct FileXattrs {
  std::vector<TarXattr> allowed;  // that a layer may have (see ApplyAttributes), by name
  bool has_others = false;        // besides overlayfs's own and the host's security labels
};
absl::StatusOr<FileXattrs> ReadXattrs(int fd);

// Gives `to` the owner, mode and allowed xattrs of `from`, whose stat is `info`.
absl::Status CopyAttributes(int from, const struct stat& info, int to);

}  // namespace berth::imageservice
