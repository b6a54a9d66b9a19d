// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/fd.h"

namespace berth::runtime {

// Which of a process's streams are wanted, and whether they are a terminal, which has no error
// stream of its own.
struct StreamChoice {
  bool input = false;
  bool output = false;
  bool error = false;
  bool terminal = false;
};

// Our ends of a process. What is not there is not open; all are non-blocking.
struct ProcessEnds {
  sys::Fd shim;      // the conversation about it (plan/shim_protocol.h)
  sys::Fd input;     // write end of its standard input, or a duplicate of `terminal`
  sys::Fd output;    // read end of its standard output, or a duplicate of `terminal`
  sys::Fd error;     // read end of its standard error
  sys::Fd terminal;  // the master
  int pid = 0;       // of an Exec, as the node numbers it
};

// A process in a container and the ends of its streams. Nothing here blocks. Used by one thread at
// a time. Its destruction ends the process of an Exec and its descendants when it still runs, and
// detaches an Attach.
class ProcessSession {
 public:
  enum class Kind : uint8_t { kExec, kAttach };

  ProcessSession(Kind kind, ProcessEnds ends) : kind_(kind), ends_(std::move(ends)) {}

  // What is to come with the start of a container that has not been started. Before all else.
  void AwaitStart(bool input, bool terminal) {
    awaits_start_ = true;
    awaited_input_ = input;
    awaited_terminal_ = terminal;
  }
  // Until Exit() has taken in that the container has started.
  bool awaits_start() const { return awaits_start_; }

  // Not open when not asked for, or taken before. A terminal's output ends with EIO. Closing the
  // input of an Exec without a terminal is its end of file.
  [[nodiscard]] sys::Fd TakeInput() { return std::move(ends_.input); }
  [[nodiscard]] sys::Fd TakeOutput() { return std::move(ends_.output); }
  [[nodiscard]] sys::Fd TakeError() { return std::move(ends_.error); }

  int pid() const { return ends_.pid; }

  // Readable when Exit() may know more.
  int event_fd() const { return ends_.shim.get(); }

  // The exit code once it is known, which may be before the streams have ended (Exec) or is after
  // (Attach); Unavailable when the shim is gone.
  std::optional<absl::StatusOr<int32_t>> Exit();

  // Attach: the client will send no more; the container sees end of file when it is to read only
  // once, and then as soon as the descriptor of the input is closed, too. Exec: nothing.
  absl::Status CloseInput();

  // FailedPrecondition without a terminal. Of an Exec, from any thread.
  absl::Status Resize(uint16_t rows, uint16_t columns);

 private:
  // The write end of the input, or the terminal's master.
  absl::Status TakeStart(sys::Fd end);

  const Kind kind_;
  ProcessEnds ends_;
  bool awaits_start_ = false;
  bool awaited_input_ = false;
  bool awaited_terminal_ = false;
  std::optional<absl::StatusOr<int32_t>> exit_;
};

}  // namespace berth::runtime
