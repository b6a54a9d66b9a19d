// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/container.h"

#include <fcntl.h>
#include <signal.h>

#include <cstring>

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/terminal.h"
#include "runtime/plan/exit_record.h"
#include "runtime/shim/cgroup.h"

namespace berth::shim {
namespace {

constexpr int64_t kOutputTime = 2 * sys::kSecond;  // that output may take after the exit
constexpr int kKilled = 128 + SIGKILL;
constexpr int kStartFailed = 128;

}  // namespace

Failure Container::FinishStart(bool ended) {
  process_.CloseReports();
  if (!process_.executing() && !process_.failure().happened()) {
    // Killed on its way: by the memory limit, or by request.
    process_.failure() = {runtime::LaunchStep::kExec,
                          OomKills() > oom_kills_before_ ? ENOMEM : EINTR};
  }
  if (process_.failure().happened()) {
    return process_.failure();
  }
  state_ = ended ? State::kEnding : State::kRunning;
  started_at_ = sys::RealTime();
  if (process_.terminal().master.is_open()) {
    out_.Open(std::move(process_.terminal().master));
    terminal_slave_ = std::move(process_.terminal().slave);
  }
  return {};
}

void Container::End(int exits, sys::ExitStatus status) {
  state_ = State::kEnding;
  exit_code_ = status.code;
  finished_at_ = sys::RealTime();
  // Of a child that was killed instead, the exit code tells.
  oom_killed_ = exit_code_ == kKilled && OomKills() > oom_kills_before_;
  output_deadline_ = sys::MonotonicTime() + kOutputTime;
  terminal_slave_ = sys::Fd();
  input_ = sys::Fd();
  WriteExitRecord(exits);
}

void Container::EndUnstarted(int exits) {
  End(exits, {kStartFailed});
}

bool Container::KillStragglers() {
  if (has_stragglers_) {
    sys::ErrnoOr<bool> empty = SignalCgroup(paths_.cgroups()[kill_directory_], SIGKILL);
    has_stragglers_ = empty.ok() && !*empty;
  }
  return !has_stragglers_;
}

void Container::FinishOutput() {
  out_.Finish(log_);
  err_.Finish(log_);
  log_.Close();
  state_ = State::kExited;
}

sys::Result Container::Signal(int signal) const {
  if (state_ != State::kStarting && state_ != State::kRunning) {
    return sys::Errno{ESRCH, "signal"};
  }
  return process_.Signal(signal);
}

sys::Result Container::SignalAll(int signal) const {
  if (paths_.cgroups().empty()) {
    return Signal(signal);
  }
  SYS_ASSIGN_OR_RETURN(bool empty, SignalCgroup(paths_.cgroups()[kill_directory_], signal));
  // One that has not joined its cgroup yet.
  return empty && state_ == State::kStarting ? Signal(signal) : sys::Result(sys::Done{});
}

sys::Result Container::ReopenLog() {
  if (state_ != State::kStarting && state_ != State::kRunning) {
    return sys::Errno{ESRCH, "reopen log"};
  }
  return log_.Open(paths_.log());
}

sys::Result Container::Resize(uint16_t rows, uint16_t columns) const {
  if (!has_terminal_ || !out_.is_open()) {
    return sys::Errno{ENOTTY, "resize"};
  }
  return sys::SetWindowSize(out_.fd(), rows, columns);
}

int Container::input_fd() const {
  return has_terminal_ ? out_.fd() : input_.get();
}

void Container::Describe(runtime::ShimReply& reply) const {
  memcpy(reply.container_id, id_, sizeof(id_));
  bool running = state_ == State::kStarting || state_ == State::kRunning;
  reply.running = running ? 1 : 0;
  reply.pid = running ? process_.pid() : 0;
  reply.exit_code = exit_code_;
  reply.oom_killed = oom_killed_ ? 1 : 0;
  reply.started_at = started_at_;
  reply.finished_at = finished_at_;
  if (!running && started_at_ == 0) {
    reply.step = process_.failure().step;
    reply.error = process_.failure().error;
    reply.item = process_.failure().item;
  }
}

void Container::WriteExitRecord(int exits) const {
  char space[runtime::kMaxExitRecordSize];
  std::string_view text =
      runtime::FormatExitRecord({exit_code_, oom_killed_, started_at_, finished_at_}, space);
  PathBuffer temporary(".");
  temporary.Append(id_);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW;
  sys::ErrnoOr<sys::Fd> file = sys::OpenAt(exits, temporary.c_str(), kFlags, 0600);
  // What cannot be written is still known here, and told to whoever asks.
  if (file.ok() && sys::WriteAll(file->get(), text.data(), text.size()).ok()) {
    (void)sys::Rename(exits, temporary.c_str(), exits, id_);
  }
}

uint64_t Container::OomKills() const {
  return *paths_.oom_file() == '\0' ? 0 : ReadOomKills(paths_.oom_file());
}

}  // namespace berth::shim
