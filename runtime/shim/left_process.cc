// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/left_process.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <charconv>
#include <utility>

#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"

namespace berth::shim {
namespace {

constexpr size_t kMaxPidFile = 16;
constexpr size_t kMaxTerminalName = 4096;  // which comes along and tells nothing

}  // namespace

pid_t ParsePid(std::string_view text) {
  if (text.ends_with('\n')) {
    text.remove_suffix(1);
  }
  pid_t pid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), pid);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && pid > 0 ? pid : 0;
}

sys::ErrnoOr<pid_t> ReadPidFile(const char* path) {
  SYS_ASSIGN_OR_RETURN(sys::Fd file,
                       sys::OpenAt(AT_FDCWD, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  SYS_ASSIGN_OR_RETURN(struct stat info, sys::Stat(file.get()));
  if (!S_ISREG(info.st_mode)) {  // a pipe would keep us waiting
    return sys::Errno{EBADMSG, "read pid file"};
  }
  char text[kMaxPidFile];
  SYS_ASSIGN_OR_RETURN(size_t size, sys::ReadFull(file.get(), text));
  const pid_t pid = ParsePid({text, size});
  return pid > 0 ? sys::ErrnoOr<pid_t>(pid) : sys::Errno{EBADMSG, "read pid file"};
}

sys::ErrnoOr<sys::ClonedProcess> OpenLeftProcess(pid_t pid) {
  SYS_ASSIGN_OR_RETURN(sys::Fd pidfd, sys::OpenProcess(pid));
  SYS_RETURN_IF_ERROR(sys::HasChildEnded(pidfd.get()));
  return sys::ClonedProcess{pid, std::move(pidfd)};
}

sys::ErrnoOr<sys::Terminal> ReceiveTerminal(int listener) {
  SYS_ASSIGN_OR_RETURN(sys::Fd connection, sys::Accept(listener));
  char name[kMaxTerminalName];
  sys::Fd master;
  SYS_ASSIGN_OR_RETURN(
      sys::PacketSize received,
      sys::ReceivePacket(connection.get(), name, std::span(&master, 1), sys::kDontWait));
  if (received.descriptors != 1) {
    return sys::Errno{EBADMSG, "receive terminal"};
  }
  return sys::AdoptTerminal(std::move(master));
}

}  // namespace berth::shim
