// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/spec_directories.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/path.h"
#include "base/status.h"
#include "base/sys/directory.h"

namespace berth::cdi {
namespace {

constexpr size_t kMaxProblems = 4;  // in one error

// Whoever can write there can have programs run as root.
absl::Status CheckOwner(const struct stat& status) {
  constexpr mode_t kOthersMayWrite = 022;
  if ((status.st_uid != 0 && status.st_uid != geteuid()) ||
      (status.st_mode & kOthersMayWrite) != 0) {
    return absl::FailedPreconditionError("others than root may write to it");
  }
  return absl::OkStatus();
}

bool IsSame(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size &&
         a.st_mode == b.st_mode && a.st_uid == b.st_uid && a.st_mtim.tv_sec == b.st_mtim.tv_sec &&
         a.st_mtim.tv_nsec == b.st_mtim.tv_nsec && a.st_ctim.tv_sec == b.st_ctim.tv_sec &&
         a.st_ctim.tv_nsec == b.st_ctim.tv_nsec;
}

absl::StatusOr<std::shared_ptr<const Spec>> ReadSpec(const std::string& path,
                                                     const struct stat& status,
                                                     runtime::HostFiles& host) {
  RETURN_IF_ERROR(CheckOwner(status));
  ASSIGN_OR_RETURN(const std::string text, host.ReadFile(path, kMaxSpecSize));
  const SpecFormat format = absl::EndsWith(path, ".json") ? SpecFormat::kJson : SpecFormat::kYaml;
  ASSIGN_OR_RETURN(Spec spec, ParseSpec(text, format));
  return std::make_shared<const Spec>(std::move(spec));
}

// Paths of the files that may be specifications; none when the directory does not exist.
absl::StatusOr<std::vector<std::string>> ListSpecs(const std::string& directory) {
  std::vector<std::string> paths;
  const sys::ErrnoOr<struct stat> status = sys::StatAt(AT_FDCWD, directory.c_str(), 0);
  if (!status.ok() && status.error().code == ENOENT) {
    return paths;
  }
  RETURN_IF_ERROR(ToStatus(status, "stat"));
  RETURN_IF_ERROR(CheckOwner(*status));
  ASSIGN_OR_RETURN(
      sys::DirectoryReader reader,
      ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, absl::StrCat(directory, "/").c_str()),
                 "open"));
  for (;;) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "list"));
    if (entry == nullptr) {
      return paths;
    }
    const absl::string_view name = entry->d_name;
    if (absl::EndsWith(name, ".json") || absl::EndsWith(name, ".yaml")) {
      paths.push_back(JoinPath(directory, name));
    }
    if (paths.size() > kMaxSpecFiles) {
      return absl::ResourceExhaustedError(absl::StrCat("over ", kMaxSpecFiles, " files"));
    }
  }
}

const Device* DeviceOf(const Spec& spec, const DeviceName& name) {
  if (spec.kind != name.kind) {
    return nullptr;
  }
  for (const Device& device : spec.devices) {
    if (device.name == name.device) {
      return &device;
    }
  }
  return nullptr;
}

absl::Status Unresolvable(const std::vector<std::string>& names,
                          std::vector<std::string> problems) {
  if (problems.size() > kMaxProblems) {
    problems.resize(kMaxProblems);
    problems.emplace_back("and more");
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unresolvable CDI devices ", absl::StrJoin(names, ", "),
                   problems.empty() ? "" : absl::StrCat(" (", absl::StrJoin(problems, "; "), ")")));
}

}  // namespace

std::vector<SpecDirectories::Files> SpecDirectories::Load(runtime::HostFiles& host,
                                                          std::vector<std::string>& problems) {
  Files before, now;
  {
    absl::MutexLock lock(&mutex_);
    before = files_;
  }
  std::vector<Files> result;
  for (const std::string& directory : directories_) {
    Files& files = result.emplace_back();
    const absl::StatusOr<std::vector<std::string>> paths = ListSpecs(directory);
    if (!paths.ok()) {
      problems.push_back(absl::StrCat(directory, ": ", paths.status().message()));
      continue;
    }
    for (const std::string& path : *paths) {
      const sys::ErrnoOr<struct stat> status = sys::StatAt(AT_FDCWD, path.c_str(), 0);
      if (!status.ok()) {
        continue;  // gone meanwhile
      }
      const auto known = before.find(path);
      File file = known != before.end() && IsSame(known->second.status, *status)
                      ? known->second
                      : File{*status, ReadSpec(path, *status, host)};
      if (!file.spec.ok()) {
        problems.push_back(
            absl::StrCat(absl::CHexEscape(path), ": ", file.spec.status().message()));
      }
      files.emplace(path, file);
    }
    now.insert(files.begin(), files.end());
  }
  absl::MutexLock lock(&mutex_);
  files_ = std::move(now);
  return result;
}

absl::StatusOr<std::vector<FoundDevice>> SpecDirectories::Find(
    const std::vector<std::string>& names, runtime::HostFiles& host) {
  if (directories_.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("CDI devices ", absl::StrJoin(names, ", "),
                     " are asked for, but cdi.spec_dirs of the configuration is empty"));
  }
  std::vector<std::string> problems, missing;
  const std::vector<Files> directories = Load(host, problems);
  std::vector<FoundDevice> result;
  for (const std::string& text : names) {
    ASSIGN_OR_RETURN(const DeviceName name, ParseDeviceName(text));
    std::vector<FoundDevice> found;
    for (auto files = directories.rbegin(); files != directories.rend() && found.empty(); ++files) {
      for (const auto& [path, file] : *files) {
        const Device* device = file.spec.ok() ? DeviceOf(**file.spec, name) : nullptr;
        if (device != nullptr) {
          found.push_back({*file.spec, device});
        }
      }
    }
    if (found.size() == 1) {
      result.push_back(std::move(found.front()));
      continue;
    }
    missing.push_back(text);
    if (!found.empty()) {
      problems.push_back(absl::StrCat(text, ": ", found.size(), " files of a directory have it"));
    }
  }
  if (!missing.empty()) {
    return Unresolvable(missing, std::move(problems));
  }
  return result;
}

}  // namespace berth::cdi
