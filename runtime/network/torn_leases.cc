// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/torn_leases.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <utility>

#include "absl/functional/function_ref.h"

#include "base/ip_address.h"
#include "base/json.h"
#include "base/log.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

constexpr char kDefaultLeases[] = "/var/lib/cni/networks";
constexpr char kStayTaken[] = "addresses of nobody may stay taken";

// Calls visit(descriptor of the directory, name) for each entry; a directory that is not there has
// none.
sys::Result ForEachEntry(const std::string& directory,
                         absl::FunctionRef<sys::Result(int, const char*)> visit) {
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  if (!reader.ok()) {
    return reader.error().code == ENOENT ? sys::Result(sys::Done{}) : reader.error();
  }
  while (true) {
    SYS_ASSIGN_OR_RETURN(const dirent* entry, reader->Next());
    if (entry == nullptr) {
      return sys::Done{};
    }
    SYS_RETURN_IF_ERROR(visit(reader->fd(), entry->d_name));
  }
}

// host-local's own lock, which it has from before it makes a file until that is written.
// EWOULDBLOCK when it has it.
sys::ErrnoOr<sys::Fd> LockLeases(const std::string& directory) {
  SYS_ASSIGN_OR_RETURN(sys::Fd opened,
                       sys::OpenAt(AT_FDCWD, directory.c_str(), O_PATH | O_DIRECTORY));
  SYS_ASSIGN_OR_RETURN(sys::Fd lock,
                       sys::OpenAt(opened.get(), "lock", O_RDONLY | O_CREAT | O_NOFOLLOW, 0600));
  SYS_RETURN_IF_ERROR(sys::ResultOf(flock(lock.get(), LOCK_EX | LOCK_NB), "flock"));
  return lock;
}

}  // namespace

std::string LeaseDirectory(const NetworkConfig& network) {
  for (const PluginConfig& plugin : network.plugins) {
    const Json ipam = JsonObject(plugin.object, "ipam");
    if (JsonString(ipam, "type") == "host-local") {
      const std::string directory = JsonString(ipam, "dataDir").value_or("");
      return JoinPath(directory.empty() ? kDefaultLeases : directory, network.name);
    }
  }
  return "";
}

void RemoveTornLeases(const std::string& directory) {
  const sys::ErrnoOr<sys::Fd> lock = LockLeases(directory);
  if (!lock.ok()) {
    if (lock.error().code != EWOULDBLOCK && lock.error().code != ENOENT) {
      LogIfError(ErrnoStatus(lock.error(), directory), kStayTaken);
    }
    return;
  }
  const sys::Result done = ForEachEntry(directory, [&](int dir, const char* name) -> sys::Result {
    SYS_ASSIGN_OR_RETURN(const struct stat file, sys::StatAt(dir, name, AT_SYMLINK_NOFOLLOW));
    if (!S_ISREG(file.st_mode) || file.st_size > 0 || !IsIpAddress(name)) {
      return sys::Done{};
    }
    LogInfo("freeing an address of nobody", {{"address", name}, {"leases", directory}});
    return sys::RemoveFile(dir, name);
  });
  LogIfError(ToStatus(done, directory), kStayTaken);
}

void RemoveTornLeasesBelow(const std::string& parent) {
  const sys::Result done = ForEachEntry(parent, [&](int dir, const char* name) -> sys::Result {
    SYS_ASSIGN_OR_RETURN(const struct stat file, sys::StatAt(dir, name, AT_SYMLINK_NOFOLLOW));
    if (S_ISDIR(file.st_mode)) {
      RemoveTornLeases(JoinPath(parent, name));
    }
    return sys::Done{};
  });
  LogIfError(ToStatus(done, parent), kStayTaken);
}

}  // namespace berth::runtime
