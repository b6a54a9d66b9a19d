// SPDX-License-Identifier: Apache-2.0
#include "cri/socket_acceptor.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/inode.h"
#include "base/sys/socket.h"
#include "base/thread.h"

namespace berth::cri {
namespace {

constexpr mode_t kModeUntilShared = 0600;
constexpr mode_t kSocketMode = 0660;
constexpr mode_t kDirectoryMode = 0711;  // the group must reach the socket
constexpr size_t kMaxGroupEntry = 16 * 1024;
constexpr int kBacklog = SOMAXCONN;
constexpr int kRetryMs = 100;  // out of descriptors: some come free

std::optional<gid_t> GroupId(const std::string& name) {
  group entry = {};
  group* found = nullptr;
  std::string buffer(kMaxGroupEntry, '\0');
  if (name.empty() || getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 ||
      found == nullptr) {
    return std::nullopt;
  }
  return entry.gr_gid;
}

// Makes the directory of a socket to be bound, at which nobody may listen.
absl::Status PreparePath(const std::string& path) {
  if (path.size() > sys::kMaxSocketPath) {
    return absl::InvalidArgumentError(absl::StrCat("the socket path is too long: ", path));
  }
  if (sys::HasListener(path.c_str(), SOCK_STREAM)) {
    return absl::UnavailableError(absl::StrCat("another daemon listens on ", path));
  }
  const std::string directory(ParentPath(path));
  return ToStatus(sys::EnsureDirectory(AT_FDCWD, directory.c_str(), kDirectoryMode),
                  "make directory ", directory);
}

// Lets root and the group connect.
absl::Status Share(const std::string& path, const std::string& group) {
  if (std::optional<gid_t> gid = GroupId(group); gid.has_value()) {
    RETURN_IF_ERROR(ToStatus(sys::SetOwnerAt(AT_FDCWD, path.c_str(), 0, *gid), "give socket ", path,
                             " to group ", group));
  }
  return ToStatus(sys::SetModeAt(AT_FDCWD, path.c_str(), kSocketMode), "set the mode of ", path);
}

absl::StatusOr<sys::Fd> Bind(const SocketAcceptorOptions& options) {
  const std::string& path = options.address;
  RETURN_IF_ERROR(PreparePath(path));
  RETURN_IF_ERROR(ToStatus(sys::RemoveFile(AT_FDCWD, path.c_str()), "remove ", path));
  ASSIGN_OR_RETURN(sys::Fd listener,
                   ToStatusOr(sys::ListenAt(path.c_str(), kModeUntilShared, kBacklog,
                                            SOCK_STREAM | SOCK_NONBLOCK),
                              "listen on ", path));
  RETURN_IF_ERROR(Share(path, options.group));
  return listener;
}

}  // namespace

SocketAcceptor::SocketAcceptor(const SocketAcceptorOptions& options, sys::Fd listener, sys::Fd wake,
                               Handlers handlers)
    : options_(options),
      listener_(std::move(listener)),
      wake_(std::move(wake)),
      handlers_(std::move(handlers)) {}

absl::StatusOr<std::unique_ptr<SocketAcceptor>> SocketAcceptor::Listen(
    const SocketAcceptorOptions& options, Handlers handlers) {
  sys::Fd wake(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.is_open()) {
    return ErrnoStatus(sys::Errno::Last("eventfd"), "an acceptor");
  }
  ASSIGN_OR_RETURN(sys::Fd listener, Bind(options));
  // NOLINTNEXTLINE(modernize-make-unique) the constructor is private
  return std::unique_ptr<SocketAcceptor>(
      new SocketAcceptor(options, std::move(listener), std::move(wake), std::move(handlers)));
}

SocketAcceptor::~SocketAcceptor() {
  Stop();
}

void SocketAcceptor::Start() {
  thread_ = StartLastingThread(options_.thread, [this] { Run(); });
}

void SocketAcceptor::Stop() {
  if (thread_.joinable()) {
    stopping_ = true;
    Wake();
    thread_.join();
  }
  if (listener_.is_open()) {
    LogIfError(
        ToStatus(sys::RemoveFile(AT_FDCWD, options_.address.c_str()), "remove ", options_.address),
        "the socket stays");
    listener_ = sys::Fd();  // not before: else the next daemon's socket could be removed
  }
}

void SocketAcceptor::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_.get(), &one, sizeof(one));
}

void SocketAcceptor::Run() {
  bool is_short = false;
  while (true) {
    // Short of something, a client in the queue must not wake it again and again.
    pollfd entries[] = {{wake_.get(), POLLIN, 0}, {listener_.get(), POLLIN, 0}};
    poll(entries, is_short ? 1 : 2, is_short ? kRetryMs : -1);
    uint64_t wakes = 0;
    (void)!read(wake_.get(), &wakes, sizeof(wakes));
    if (stopping_) {
      return;
    }
    if (wakes > 0) {
      handlers_.on_wake();  // first: it makes room
    }
    const bool was_short = std::exchange(is_short, !Accept());
    if (is_short && !was_short) {
      LogWarning("no client can be taken until there are descriptors and memory again",
                 {{"socket", options_.address}});
    }
  }
}

// One client, if any has called; false when it could not be taken.
bool SocketAcceptor::Accept() {
  sys::ErrnoOr<sys::Fd> socket = sys::Accept(listener_.get());
  if (!socket.ok()) {
    return socket.error().code == EAGAIN;
  }
  handlers_.on_client(*std::move(socket));
  return true;
}

}  // namespace berth::cri
