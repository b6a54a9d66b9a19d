// SPDX-License-Identifier: Apache-2.0
#include "base/thread.h"

#include <pthread.h>
#include <unistd.h>

#include <cstdlib>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/log.h"

namespace berth {

absl::StatusOr<std::thread> StartThread(const std::string& name, std::function<void()> body) {
  try {
    return std::thread([name, body = std::move(body)] {
      pthread_setname_np(pthread_self(), name.c_str());
      body();
    });
  } catch (const std::system_error& error) {
    return absl::ResourceExhaustedError(absl::StrCat("no thread for ", name, ": ", error.what()));
  }
}

std::thread StartLastingThread(const std::string& name, std::function<void()> body) {
  absl::StatusOr<std::thread> thread = StartThread(name, std::move(body));
  if (!thread.ok()) {
    LogError("the program ends", {{"error", thread.status().ToString()}});
    _exit(EXIT_FAILURE);
  }
  return *std::move(thread);
}

}  // namespace berth
