// SPDX-License-Identifier: Apache-2.0
#include "base/directory.h"

#include <fcntl.h>

#include <algorithm>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "base/sys/removal.h"

namespace berth {
namespace {

absl::StatusOr<std::vector<std::string>> FirstNamesIn(int directory, size_t max_names) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(directory, "."), "read directory"));
  std::vector<std::string> names;
  while (names.size() < max_names) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "read directory"));
    if (entry == nullptr) {
      break;
    }
    names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace

absl::StatusOr<std::vector<std::string>> SortedNames(sys::DirectoryReader& reader,
                                                     size_t max_names) {
  std::vector<std::string> names;
  while (true) {
    ASSIGN_OR_RETURN(const dirent* entry, ToStatusOr(reader.Next(), "read directory"));
    if (entry == nullptr) {
      std::sort(names.begin(), names.end());
      return names;
    }
    if (names.size() == max_names) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a directory with more than ", max_names, " names"));
    }
    names.emplace_back(entry->d_name);
  }
}

absl::StatusOr<std::vector<std::string>> NamesIn(int directory, size_t max_names) {
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(directory, "."), "read directory"));
  return SortedNames(reader, max_names);
}

absl::Status EmptyDirectory(int directory, size_t names_at_once) {
  absl::Status first;
  bool may_be_more = true;
  while (may_be_more) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, FirstNamesIn(directory, names_at_once));
    size_t removed = 0;
    for (const std::string& name : names) {
      const absl::Status done = ToStatus(sys::RemoveTree(directory, name.c_str()), "remove ", name);
      removed += done.ok() ? 1U : 0U;
      first.Update(done);
    }
    may_be_more = names.size() == names_at_once && removed > 0;
  }
  return first;
}

absl::StatusOr<sys::Fd> OpenOrMakeDirectory(int parent, const std::string& name, mode_t mode) {
  RETURN_IF_ERROR(ToStatus(sys::EnsureDirectory(parent, name.c_str(), mode), "make ", name));
  return ToStatusOr(sys::OpenAt(parent, name.c_str(), O_RDONLY | O_DIRECTORY), "open ", name);
}

}  // namespace berth
