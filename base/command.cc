// SPDX-License-Identifier: Apache-2.0
#include "base/command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/deadline.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/memory_file.h"
#include "base/sys/pipe.h"
#include "base/sys/process.h"

namespace berth {
namespace {

constexpr size_t kMaxUnread = 1 << 20;  // at most what a pipe holds when its program has ended

// What one output stream of the program has said so far.
class Output {
 public:
  explicit Output(size_t max) : max_(max) {}

  // Makes the pipe and returns the program's end of it.
  absl::StatusOr<sys::Fd> Open() {
    ASSIGN_OR_RETURN(sys::Pipe pipe, ToStatusOr(sys::MakePipe(), "run command"));
    RETURN_IF_ERROR(ToStatus(sys::SetNonBlocking(pipe.reader.get()), "run command"));
    reader_ = std::move(pipe.reader);
    return std::move(pipe.writer);
  }

  int fd() const { return reader_.get(); }
  bool is_cut() const { return is_cut_; }
  std::string Take() { return std::move(text_); }

  // Reads what is there without waiting, at most `limit` bytes. Closes at the end of the stream.
  void Read(size_t limit) {
    char buffer[16384];
    for (size_t total = 0; reader_.is_open() && total < limit;) {
      ssize_t count = read(reader_.get(), buffer, sizeof(buffer));
      if (count > 0) {
        total += static_cast<size_t>(count);
        const size_t kept = std::min(static_cast<size_t>(count), max_ - text_.size());
        text_.append(buffer, kept);
        is_cut_ = is_cut_ || kept < static_cast<size_t>(count);
      } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
        reader_ = sys::Fd();
      } else if (errno == EAGAIN) {
        return;
      }
    }
  }

 private:
  size_t max_;
  sys::Fd reader_;
  std::string text_;
  bool is_cut_ = false;
};

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (const std::string& text : strings) {
    pointers.push_back(const_cast<char*>(text.c_str()));  // posix_spawn does not write to them
  }
  pointers.push_back(nullptr);
  return pointers;
}

// A file and not a pipe: nothing has to be fed while the program runs, and a program that does not
// read its input raises no SIGPIPE.
sys::ErrnoOr<sys::Fd> OpenInput(const std::string& input) {
  return input.empty() ? sys::OpenAt(AT_FDCWD, "/dev/null", O_RDONLY)
                       : sys::SealedMemoryFile("input", input.data(), input.size());
}

absl::StatusOr<sys::Process> Spawn(const Command& command, Output& out, Output& err) {
  const std::string& path = command.arguments[0];
  ASSIGN_OR_RETURN(sys::Fd input, ToStatusOr(OpenInput(command.input), "run ", path));
  ASSIGN_OR_RETURN(sys::Fd out_writer, out.Open());
  ASSIGN_OR_RETURN(sys::Fd err_writer, err.Open());
  const sys::FdMapping descriptors[] = {{input.get(), STDIN_FILENO},
                                        {out_writer.get(), STDOUT_FILENO},
                                        {err_writer.get(), STDERR_FILENO}};
  std::vector<char*> arguments = Pointers(command.arguments);
  std::vector<char*> environment = Pointers(command.environment);
  sys::SpawnRequest request;
  request.path = path.c_str();
  request.arguments = arguments.data();
  request.environment = environment.data();
  request.descriptors = descriptors;
  return ToStatusOr(sys::SpawnProcess(request), "run ", path);
}

// Collects output until the program ends, the call does, or it says more than it may.
absl::Status Follow(const Call& call, const Command& command, const sys::Process& process,
                    Output& out, Output& err) {
  while (true) {
    RETURN_IF_ERROR(call.Check());
    pollfd entries[] = {{process.pidfd(), POLLIN, 0}, {out.fd(), POLLIN, 0}, {err.fd(), POLLIN, 0}};
    if (poll(entries, std::size(entries), PollTimeout(call.NextLook())) < 0 && errno != EINTR) {
      return ErrnoStatus(sys::Errno::Last("poll"), "run command");
    }
    out.Read(kMaxUnread);
    err.Read(kMaxUnread);
    if (command.ends_at_max_output && out.is_cut()) {
      return absl::OutOfRangeError(
          absl::StrCat("its output has more than ", command.max_output, " bytes"));
    }
    if ((entries[0].revents & POLLIN) != 0) {
      return absl::OkStatus();
    }
  }
}

}  // namespace

absl::StatusOr<CommandResult> RunCommand(const Call& call, const Command& command) {
  if (command.arguments.empty() || command.arguments[0].empty() || command.arguments[0][0] != '/') {
    return absl::InvalidArgumentError("run command: the program is not an absolute path");
  }
  RETURN_IF_ERROR(Annotate(call.Check(), absl::StrCat("run ", command.arguments[0])));
  Output out(command.max_output);
  Output err(command.max_output);
  ASSIGN_OR_RETURN(sys::Process process, Spawn(command, out, err));
  if (absl::Status followed = Follow(call, command, process, out, err); !followed.ok()) {
    // Not reaped yet, so the number of the group is still its own.
    kill(-process.pid(), SIGKILL);
    return Annotate(followed, absl::StrCat("run ", command.arguments[0]));
  }
  ASSIGN_OR_RETURN(sys::ExitStatus status,
                   ToStatusOr(process.Wait(sys::kNoDeadline), "run ", command.arguments[0]));
  return CommandResult{status.code, out.Take(), err.Take()};
}

}  // namespace berth
