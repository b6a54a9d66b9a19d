// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"

#include "cri/cli/interrupts.h"
#include "cri/cli/session.h"

namespace berth::cli {

// A container's next end, or with kRemoved its removal after that, of which the daemon is asked
// before anything that may bring it about: afterwards it may be gone, or run again. For one thread.
class EngineWait {
 public:
  enum class For { kEnd, kRemoved };

  // Returns when the daemon has begun to wait. Errors as EngineClient's.
  static absl::StatusOr<EngineWait> Begin(const Session& session, const std::string& id, For event);

  EngineWait(EngineWait&& other) noexcept;
  EngineWait& operator=(EngineWait&& other) noexcept;
  EngineWait(const EngineWait&) = delete;
  EngineWait& operator=(const EngineWait&) = delete;
  ~EngineWait();  // whoever no longer waits need not be told

  // Waits for the end; once. Acts upon signals meanwhile.
  absl::StatusOr<int> ExitCode(const SignalSource& signals = {});

 private:
  struct Conversation;
  explicit EngineWait(std::unique_ptr<Conversation> conversation);

  std::unique_ptr<Conversation> conversation_;
};

}  // namespace berth::cli
