// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <thread>

#include "absl/status/statusor.h"

namespace berth {

// A thread that runs `body`; `name` has 15 bytes at most. ResourceExhausted where the node or the
// daemon's cgroup has none left: std::thread would end the daemon, so whatever a client can ask for
// has its threads from here.
absl::StatusOr<std::thread> StartThread(const std::string& name, std::function<void()> body);

// The same for what a program begins with and cannot be without: where there is no thread, it says
// so and ends.
std::thread StartLastingThread(const std::string& name, std::function<void()> body);

}  // namespace berth
