// SPDX-License-Identifier: Apache-2.0
#include "runtime/pod_files.h"

#include <fcntl.h>
#include <limits.h>

#include "absl/strings/str_cat.h"

#include "base/call.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"
#include "runtime/pod_file_names.h"

namespace berth::runtime {
namespace {

constexpr mode_t kPrivateDirectory = 0700;
constexpr mode_t kPassedByGroup = 0710;
constexpr mode_t kPublicFile = 0644;
constexpr mode_t kPrivateFile = 0600;
constexpr char kCgroupLink[] = "cgroup";

absl::Status WriteFile(int directory, const char* name, const std::string& text) {
  ASSIGN_OR_RETURN(sys::Fd file,
                   ToStatusOr(sys::OpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
                                          kPublicFile),
                              "make ", name));
  // Containers read it whatever the daemon's umask is.
  RETURN_IF_ERROR(ToStatus(sys::SetMode(file.get(), kPublicFile), name));
  return ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), "write ", name);
}

// An OCI runtime goes on as the root of the pod's user namespace before it has come to the mounts
// on its stage, which is in the directory.
absl::Status LetRootPass(const std::string& directory, const IdRange& ids) {
  if (ids.count == 0) {
    return absl::OkStatus();
  }
  constexpr auto kUnchanged = static_cast<uid_t>(-1);
  sys::Result passed = sys::SetOwnerAt(AT_FDCWD, directory.c_str(), kUnchanged, ids.first);
  if (passed.ok()) {
    passed = sys::SetModeAt(AT_FDCWD, directory.c_str(), kPassedByGroup);
  }
  return ToStatus(passed, "let the pod's root into ", directory);
}

absl::Status FillEtc(int directory, const PlannedPod& pod) {
  RETURN_IF_ERROR(WriteFile(directory, "hosts", pod.hosts));
  RETURN_IF_ERROR(WriteFile(directory, "hostname", pod.hostname));
  return WriteFile(directory, "resolv.conf", pod.resolv_conf);
}

// New, and opened.
absl::StatusOr<sys::Fd> MakeDirectory(const std::string& path) {
  RETURN_IF_ERROR(
      ToStatus(sys::MakeDirectory(AT_FDCWD, path.c_str(), kPrivateDirectory), "make ", path));
  return ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW), "open ",
                    path);
}

}  // namespace

absl::Status MakePodDirectory(const std::string& directory, const PlannedPod& pod,
                              const std::string& cgroup) {
  ASSIGN_OR_RETURN(const sys::Fd opened, MakeDirectory(directory));
  RETURN_IF_ERROR(LetRootPass(directory, pod.plan.ids));
  return ToStatus(sys::MakeSymlink(cgroup.c_str(), opened.get(), kCgroupLink),
                  "note the pod's cgroup in ", directory);
}

absl::Status MakePodFiles(const std::string& etc, const PlannedPod& pod) {
  ASSIGN_OR_RETURN(const sys::Fd opened, MakeDirectory(etc));
  return Annotate(FillEtc(opened.get(), pod), etc);
}

absl::Status LabelPodFiles(HostFiles& host, const std::string& etc, const std::string& label) {
  for (const char* name : kPodFileNames) {
    if (!label.empty()) {
      RETURN_IF_ERROR(host.LabelOwn(Call(), JoinPath(etc, name), label));
    }
  }
  return absl::OkStatus();
}

absl::Status AddPodHosts(const std::string& etc, const std::vector<std::string>& ips,
                         const std::string& names) {
  const std::string path = JoinPath(etc, "hosts");
  ASSIGN_OR_RETURN(
      sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW), path));
  std::string text;
  for (const std::string& ip : ips) {
    absl::StrAppend(&text, ip, "\t", names, "\n");
  }
  return ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), "write ", path);
}

absl::Status WritePrivateFile(const std::string& path, absl::string_view text) {
  ASSIGN_OR_RETURN(
      const sys::Fd file,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, kPrivateFile),
                 "make ", path));
  return ToStatus(sys::WriteAll(file.get(), text.data(), text.size()), "write ", path);
}

absl::Status RemovePodDirectory(const std::string& directory) {
  // Each by itself: a container may have kept one of them from being removed (chattr +i), which is
  // told of below.
  for (const char* name : kPodFileNames) {
    (void)sys::RemoveFile(AT_FDCWD, JoinPath(directory, name).c_str());
  }
  const absl::Status removed =
      ToStatus(sys::RemoveTree(AT_FDCWD, directory.c_str()), "remove ", directory);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

std::string NotedCgroup(const std::string& directory) {
  char target[PATH_MAX];
  const sys::ErrnoOr<size_t> size =
      sys::ReadSymlinkAt(AT_FDCWD, JoinPath(directory, kCgroupLink).c_str(), target);
  return size.ok() && *size < sizeof(target) ? std::string(target, *size) : std::string();
}

PodFiles PodFilesIn(const std::string& directory, const std::string& etc, bool host_ipc) {
  PodFiles files;
  files.hosts = JoinPath(etc, "hosts");
  files.hostname = JoinPath(etc, "hostname");
  files.resolv_conf = JoinPath(etc, "resolv.conf");
  files.shm = host_ipc ? "/dev/shm" : JoinPath(directory, "shm");
  files.read_only = etc == directory;
  return files;
}

}  // namespace berth::runtime
