// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"

namespace berth {

// Has `write` fill a new file (0600), which takes the place of what is called `path`, or of
// nothing, once it is whole and on the disk; on return its name is there, too. Whatever fails
// leaves all as it was, but for the last: then the new file is there, and a power loss may yet undo
// that.
absl::Status ReplaceFile(const std::string& path, absl::FunctionRef<absl::Status(int fd)> write);

}  // namespace berth
