// SPDX-License-Identifier: Apache-2.0
#include "base/directory.h"

#include <fcntl.h>

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"

namespace berth {

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

absl::StatusOr<sys::Fd> OpenOrMakeDirectory(int parent, const std::string& name, mode_t mode) {
  RETURN_IF_ERROR(ToStatus(sys::EnsureDirectory(parent, name.c_str(), mode), "make ", name));
  return ToStatusOr(sys::OpenAt(parent, name.c_str(), O_RDONLY | O_DIRECTORY), "open ", name);
}

}  // namespace berth
