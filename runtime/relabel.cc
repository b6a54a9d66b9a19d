// SPDX-License-Identifier: Apache-2.0
#include "runtime/relabel.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth::runtime {
namespace {

constexpr char kLabel[] = "security.selinux";

constexpr absl::string_view kThemselves[] = {
    "/",           "/bin",        "/etc",     "/home",    "/lib",     "/lib32",  "/lib64", "/media",
    "/mnt",        "/opt",        "/root",    "/run",     "/sbin",    "/srv",    "/tmp",   "/var",
    "/etc/passwd", "/etc/shadow", "/etc/pki", "/var/lib", "/var/log", "/var/run"};
constexpr absl::string_view kWithAllBelow[] = {"/boot", "/dev", "/proc", "/sys", "/usr"};

// A filesystem without labels, or with one for all of it, is none of ours to change.
absl::Status SetLabel(const sys::Fd& file, const std::string& label, const std::string& path) {
  const sys::Result set = sys::SetXattrOfPath(file.get(), kLabel, label.c_str(), label.size() + 1);
  return !set.ok() && set.error().code == ENOTSUP ? absl::OkStatus()
                                                  : ToStatus(set, "relabel ", path);
}

// Empty: none, or one that is none of ours.
std::string LabelOf(int fd) {
  std::array<char, 256> label = {};
  const sys::ErrnoOr<size_t> size = sys::GetXattr(fd, kLabel, label);
  return size.ok() ? std::string(label.data(), strnlen(label.data(), *size)) : std::string();
}

absl::Status RelabelTree(int parent, const std::string& name, const std::string& path,
                         const std::string& label, dev_t device, int depth) {
  if (depth > kMaxRelabelDepth) {
    return absl::InvalidArgumentError(absl::StrCat(path, " nests too deep to be relabelled"));
  }
  const sys::ErrnoOr<sys::Fd> file = sys::OpenAt(parent, name.c_str(), O_PATH | O_NOFOLLOW);
  if (!file.ok() && file.error().code == ENOENT) {
    return absl::OkStatus();  // gone meanwhile
  }
  RETURN_IF_ERROR(ToStatus(file, "open ", path));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(file->get()), "stat ", path));
  if (status.st_dev != device) {
    return absl::OkStatus();  // mounted there
  }
  RETURN_IF_ERROR(SetLabel(*file, label, path));
  if (!S_ISDIR(status.st_mode)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(file->get(), "."), "open ", path));
  for (;;) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "list ", path));
    if (entry == nullptr) {
      return absl::OkStatus();
    }
    const std::string child = entry->d_name;
    RETURN_IF_ERROR(
        RelabelTree(reader.fd(), child, absl::StrCat(path, "/", child), label, device, depth + 1));
  }
}

}  // namespace

bool IsOfTheHost(absl::string_view path) {
  const std::string clean = CleanPath(path);
  return absl::c_linear_search(kThemselves, clean) ||
         absl::c_any_of(kWithAllBelow, [&](absl::string_view top) {
           return clean == top || absl::StartsWith(clean, absl::StrCat(top, "/"));
         });
}

absl::Status Relabel(absl::string_view path, const std::string& label) {
  const std::string clean = CleanPath(path);
  if (IsOfTheHost(clean)) {
    return absl::InvalidArgumentError(
        absl::StrCat("selinux_relabel: ", clean, " is of the node itself and keeps its label"));
  }
  ASSIGN_OR_RETURN(
      const struct stat status,
      ToStatusOr(sys::StatAt(AT_FDCWD, clean.c_str(), AT_SYMLINK_NOFOLLOW), "stat ", clean));
  return RelabelTree(AT_FDCWD, clean, clean, label, status.st_dev, 0);
}

absl::Status RelabelOnce(const std::string& directory, const std::string& label) {
  constexpr mode_t kPrivate = 0700;
  RETURN_IF_ERROR(EnsureDirectories(directory, kPrivate));
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, directory.c_str()), directory));
  ASSIGN_OR_RETURN(const struct stat status, ToStatusOr(sys::Stat(reader.fd()), directory));
  if (LabelOf(reader.fd()) == label) {
    return absl::OkStatus();
  }
  for (;;) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), directory));
    if (entry == nullptr) {
      break;
    }
    const std::string child = entry->d_name;
    RETURN_IF_ERROR(
        RelabelTree(reader.fd(), child, JoinPath(directory, child), label, status.st_dev, 1));
  }
  return ToStatus(sys::SetXattr(reader.fd(), kLabel, label.c_str(), label.size() + 1), directory);
}

}  // namespace berth::runtime
