// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace berth {

// Whether a process with this environment (null-separated, as in /proc/<pid>/environ) is one.
using IsLeftover = absl::FunctionRef<bool(absl::string_view environment)>;

// Lets the programs that a daemon which was killed itself has left running finish for that long,
// all of them together, kills the others, and waits until they are gone. Those it cannot see or
// kill are logged, as `what`. To be called before this process runs any such program.
void EndLeftoverPrograms(absl::string_view what, IsLeftover is_leftover, absl::Duration finish);

}  // namespace berth
