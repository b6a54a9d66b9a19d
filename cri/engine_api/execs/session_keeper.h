// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"
#include "base/sys/pipe.h"
#include "runtime/process_session.h"

namespace berth::cri {

// A command that no client is attached to.
struct KeptCommand {
  std::shared_ptr<runtime::ProcessSession> session;
  sys::Fd output = {}, error = {};               // read until the exit, so that it never waits
  size_t max_output = 0;                         // bytes of both that are kept; the rest is dropped
  absl::Time deadline = absl::InfiniteFuture();  // it is killed then

  // The exit code; DeadlineExceeded when it was killed. On the keeper's thread.
  std::function<void(absl::StatusOr<int32_t> exit, std::string output)> done;
};

// Follows commands until they have ended, one thread for all of them. Thread-safe.
class SessionKeeper {
 public:
  static absl::StatusOr<std::unique_ptr<SessionKeeper>> Start();
  // Ends the commands that are left, of which nobody is told.
  ~SessionKeeper();
  SessionKeeper(const SessionKeeper&) = delete;
  SessionKeeper& operator=(const SessionKeeper&) = delete;

  void Keep(KeptCommand command);

 private:
  struct Following {
    KeptCommand command;
    std::string output = "";
    bool ended = false;
  };

  explicit SessionKeeper(sys::Pipe wake);
  void Loop();
  // Everything that is readable of them. Whether it has ended.
  static bool Look(Following& each);
  void Await(const std::vector<Following>& all) const;

  const sys::Pipe wake_;
  absl::Mutex mutex_;
  std::vector<KeptCommand> arrived_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace berth::cri
