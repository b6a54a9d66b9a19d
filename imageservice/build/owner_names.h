// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Who --chown means.
namespace berth::imageservice {

inline constexpr size_t kMaxNameDatabase = 4 << 20;  // /etc/passwd, /etc/group

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;

  bool operator==(const Owner&) const = default;
};

// A file of the image by its path; NotFound when it is not there.
using ReadImageFile = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view path)>;

// "user", "user:group", names or numbers. A user's name alone brings its group, a number the group
// of the same number. The databases are read only for names. InvalidArgument for who is not there.
absl::StatusOr<Owner> ParseOwner(absl::string_view text, ReadImageFile read);

}  // namespace berth::imageservice
