// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

// Our stdin, stdout and stderr, which another program may have made not to block.
namespace berth::cli {

// All of the bytes to the descriptor, also where it does not block; what nobody reads is dropped.
void WriteOut(int fd, absl::string_view bytes);

// The next bytes of stdin; none at its end.
std::string ReadInput();

}  // namespace berth::cli
