// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/strings/string_view.h"

namespace berth::cri {

// Tells systemd "READY=1", "STOPPING=1" and so on by the protocol of sd_notify(3). Does nothing
// when NOTIFY_SOCKET is not set. Called from the main thread.
void NotifyServiceManager(absl::string_view state);

}  // namespace berth::cri
