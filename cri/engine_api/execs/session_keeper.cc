// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/session_keeper.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/clock.h"
#include "base/deadline.h"
#include "base/status.h"
#include "base/thread.h"

namespace berth::cri {
namespace {

constexpr size_t kPiece = 32 << 10;
constexpr int kPiecesAtOnce = 4;  // of a command that never stops talking

// Reads on; closes the stream at its end.
void ReadOn(sys::Fd& stream, size_t max_output, std::string& output) {
  std::array<char, kPiece> piece;
  for (int i = 0; stream.is_open() && i < kPiecesAtOnce; ++i) {
    const ssize_t count = read(stream.get(), piece.data(), piece.size());
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
      return;
    }
    if (count <= 0) {  // EIO of a terminal
      stream = sys::Fd();
      return;
    }
    const size_t left = max_output - std::min(max_output, output.size());
    output.append(piece.data(), std::min(left, static_cast<size_t>(count)));
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<SessionKeeper>> SessionKeeper::Start() {
  ASSIGN_OR_RETURN(sys::Pipe wake, ToStatusOr(sys::MakePipe(), "make a pipe"));
  for (const sys::Fd* end : {&wake.reader, &wake.writer}) {
    RETURN_IF_ERROR(ToStatus(sys::SetNonBlocking(end->get()), "make a pipe"));
  }
  return std::unique_ptr<SessionKeeper>(new SessionKeeper(std::move(wake)));
}

SessionKeeper::SessionKeeper(sys::Pipe wake)
    : wake_(std::move(wake)), thread_(StartLastingThread("exec-keeper", [this] { Loop(); })) {}

SessionKeeper::~SessionKeeper() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
  }
  (void)!write(wake_.writer.get(), "", 1);  // a full pipe wakes, too
  thread_.join();
}

void SessionKeeper::Keep(KeptCommand command) {
  {
    absl::MutexLock lock(&mutex_);
    arrived_.push_back(std::move(command));
  }
  (void)!write(wake_.writer.get(), "", 1);
}

bool SessionKeeper::Look(Following& each) {
  KeptCommand& command = each.command;
  // The exit first: what was said before it is readable then.
  const std::optional<absl::StatusOr<int32_t>> exit = command.session->Exit();
  ReadOn(command.output, command.max_output, each.output);
  ReadOn(command.error, command.max_output, each.output);
  if (exit.has_value()) {
    command.session.reset();
    command.done(*exit, std::move(each.output));
    return true;
  }
  if (command.deadline <= SteadyNow()) {
    command.session.reset();
    command.done(absl::DeadlineExceededError("the command was killed"), std::move(each.output));
    return true;
  }
  return false;
}

void SessionKeeper::Await(const std::vector<Following>& all) const {
  std::vector<pollfd> entries = {{wake_.reader.get(), POLLIN, 0}};
  absl::Time until = absl::InfiniteFuture();
  for (const Following& each : all) {
    until = std::min(until, each.command.deadline);
    for (const int fd :
         {each.command.session->event_fd(), each.command.output.get(), each.command.error.get()}) {
      entries.push_back({fd, POLLIN, 0});
    }
  }
  poll(entries.data(), entries.size(), PollTimeout(until));
  std::array<char, 64> ignored;
  while (read(wake_.reader.get(), ignored.data(), ignored.size()) > 0) {
  }
}

void SessionKeeper::Loop() {
  std::vector<Following> all;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (ending_) {
        return;
      }
      for (KeptCommand& command : arrived_) {
        all.push_back({.command = std::move(command)});
      }
      arrived_.clear();
    }
    for (Following& each : all) {
      each.ended = Look(each);
    }
    std::erase_if(all, [](const Following& each) { return each.ended; });
    Await(all);
  }
}

}  // namespace berth::cri
