// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>

#include "base/sys/errno_or.h"

namespace berth::sys {

// As ReadFull, from a place of its own: where the descriptor stands does not matter and stays.
ErrnoOr<size_t> ReadFullAt(int fd, std::span<char> buffer, off_t offset);

}  // namespace berth::sys
