// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/secret_place.h"

#include <fcntl.h>

#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"

#include "base/digest.h"
#include "base/directory.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth::imageservice {
namespace {

constexpr char kSharedMemory[] = "/dev/shm";
constexpr size_t kNameDigits = 16;

bool IsInMemory(const std::string& directory) {
  const sys::ErrnoOr<sys::Fd> fd = sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY);
  return fd.ok() && sys::IsTmpfs(fd->get());
}

absl::Status RemoveLeft(const std::string& base, const std::string& prefix) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, base.c_str()), base));
  std::vector<std::string> left;  // however much others have there
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), base));
    if (entry == nullptr) {
      break;
    }
    if (absl::StartsWith(entry->d_name, prefix) && left.size() < kMaxDirectoryNames) {
      left.emplace_back(entry->d_name);
    }
  }
  absl::Status first;
  for (const std::string& name : left) {
    first.Update(ToStatus(sys::RemoveTree(reader.fd(), name.c_str()), JoinPath(base, name)));
  }
  return first;
}

bool IsVariable(absl::string_view name) {
  return !name.empty() && !absl::ascii_isdigit(static_cast<unsigned char>(name[0])) &&
         absl::c_all_of(name, [](char c) {
           return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

}  // namespace

absl::StatusOr<std::string> OpenSecretPlace(const std::string& state, const std::string& root) {
  const bool of_state = IsInMemory(state);
  if (!of_state && !IsInMemory(kSharedMemory)) {
    return std::string();
  }
  const std::string base = of_state ? state : kSharedMemory;
  const std::string prefix =
      absl::StrCat("berth-secrets-", Digest::OfBytes(root).hex().substr(0, kNameDigits), "-");
  LogIfError(RemoveLeft(base, prefix), "secrets of a build that was killed stay");
  return JoinPath(base, prefix);
}

absl::Status AddToScript(absl::string_view name, const Secret& value, std::string& script) {
  if (!IsVariable(name)) {
    return absl::InvalidArgumentError(absl::StrCat("env=", name, ": not the name of a variable"));
  }
  if (HasNul(value.Reveal())) {
    return absl::InvalidArgumentError(absl::StrCat("env=", name, ": the secret has a zero byte"));
  }
  absl::StrAppend(&script, "export ", name, "='",
                  absl::StrReplaceAll(value.Reveal(), {{"'", "'\\''"}}), "'\n");
  return absl::OkStatus();
}

}  // namespace berth::imageservice
