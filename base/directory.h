// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#include "base/sys/directory.h"
#include "base/sys/fd.h"

namespace berth {

inline constexpr size_t kMaxDirectoryNames = 1'000'000;

// The names that are left in the directory, sorted. ResourceExhausted for more than `max_names`.
absl::StatusOr<std::vector<std::string>> SortedNames(sys::DirectoryReader& reader,
                                                     size_t max_names = kMaxDirectoryNames);

// All names in the open directory.
absl::StatusOr<std::vector<std::string>> NamesIn(int directory,
                                                 size_t max_names = kMaxDirectoryNames);

// Removes what is in the open directory, as sys::RemoveTree does: all that can be. The first error,
// with the name of what stays. However many they are, no more names than that are in memory.
absl::Status EmptyDirectory(int directory, size_t names_at_once = kMaxDirectoryNames);

// Opens the directory below `parent`; makes it where there is none.
absl::StatusOr<sys::Fd> OpenOrMakeDirectory(int parent, const std::string& name, mode_t mode);

}  // namespace berth
