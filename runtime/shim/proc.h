// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include "base/sys/errno_or.h"

namespace berth::shim {

// Writes to a file below `directory` ("/proc/self" or "/proc/sys"), once it is sure to be procfs's
// and reached without any link. Only before the calling process has entered a container's
// root.
sys::Result WriteProc(const char* directory, const char* file, std::string_view text);
// The same below a directory that was opened before.
sys::Result WriteProc(int directory, const char* file, std::string_view text);

// oom_score_adj of the calling process. To lower it takes CAP_SYS_RESOURCE, which a node that is
// itself a container may lack: then it stays what it was, which is the lowest that is possible.
sys::Result SetOomScore(int score);

}  // namespace berth::shim
