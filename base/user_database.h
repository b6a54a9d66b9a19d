// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

// The formats of /etc/passwd and /etc/group. Pure. Lines that are malformed or have numbers out of
// range are passed over; the first line that matches counts.
namespace berth {

inline constexpr int64_t kMaxId = 0x7fffffff;  // of a user or group

struct PasswdEntry {
  std::string name;
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::string home;
};

// A decimal number of 0…2^31-1 without sign or space.
std::optional<uint32_t> ParseId(absl::string_view text);

// True for a string of digits only: a number, valid as an id or not, and so never a name.
bool IsNumber(absl::string_view text);

std::optional<PasswdEntry> FindUserByName(absl::string_view passwd, absl::string_view name);
std::optional<PasswdEntry> FindUserById(absl::string_view passwd, uint32_t uid);
std::optional<uint32_t> FindGroupByName(absl::string_view group, absl::string_view name);

// The groups that list `name` as a member, in the file's order.
std::vector<uint32_t> GroupsOf(absl::string_view group, absl::string_view name);

}  // namespace berth
