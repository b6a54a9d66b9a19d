// SPDX-License-Identifier: Apache-2.0
#include "base/user_database.h"

#include <algorithm>

#include "absl/functional/function_ref.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace berth {
namespace {

// Calls `visit` for each line until it returns true.
void ForEachLine(absl::string_view text, absl::FunctionRef<bool(absl::string_view)> visit) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    if (visit(text.substr(0, end))) {
      return;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

std::optional<PasswdEntry> ParsePasswdLine(absl::string_view line) {
  constexpr size_t kUid = 2;
  constexpr size_t kGid = 3;
  constexpr size_t kHome = 5;
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ':');
  if (fields.size() <= kGid || fields[0].empty()) {
    return std::nullopt;
  }
  const std::optional<uint32_t> uid = ParseId(fields[kUid]);
  const std::optional<uint32_t> gid = ParseId(fields[kGid]);
  if (!uid.has_value() || !gid.has_value()) {
    return std::nullopt;
  }
  return PasswdEntry{std::string(fields[0]), *uid, *gid,
                     fields.size() > kHome ? std::string(fields[kHome]) : ""};
}

std::optional<PasswdEntry> FindUser(absl::string_view passwd,
                                    absl::FunctionRef<bool(const PasswdEntry&)> matches) {
  std::optional<PasswdEntry> found;
  ForEachLine(passwd, [&](absl::string_view line) {
    std::optional<PasswdEntry> entry = ParsePasswdLine(line);
    if (entry.has_value() && matches(*entry)) {
      found = std::move(entry);
    }
    return found.has_value();
  });
  return found;
}

struct GroupLine {
  absl::string_view name;
  uint32_t gid;
  absl::string_view members;
};

std::optional<GroupLine> ParseGroupLine(absl::string_view line) {
  constexpr size_t kGid = 2;
  constexpr size_t kMembers = 3;
  const std::vector<absl::string_view> fields = absl::StrSplit(line, ':');
  if (fields.size() <= kGid || fields[0].empty()) {
    return std::nullopt;
  }
  const std::optional<uint32_t> gid = ParseId(fields[kGid]);
  if (!gid.has_value()) {
    return std::nullopt;
  }
  return GroupLine{fields[0], *gid, fields.size() > kMembers ? fields[kMembers] : ""};
}

bool HasMember(absl::string_view members, absl::string_view name) {
  for (absl::string_view member : absl::StrSplit(members, ',')) {
    if (absl::StripAsciiWhitespace(member) == name) {
      return true;
    }
  }
  return false;
}

}  // namespace

bool IsNumber(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

std::optional<uint32_t> ParseId(absl::string_view text) {
  int64_t id = 0;
  if (!IsNumber(text) || !absl::SimpleAtoi(text, &id) || id > kMaxId) {
    return std::nullopt;
  }
  return static_cast<uint32_t>(id);
}

std::optional<PasswdEntry> FindUserByName(absl::string_view passwd, absl::string_view name) {
  return FindUser(passwd, [&](const PasswdEntry& entry) { return entry.name == name; });
}

std::optional<PasswdEntry> FindUserById(absl::string_view passwd, uint32_t uid) {
  return FindUser(passwd, [&](const PasswdEntry& entry) { return entry.uid == uid; });
}

std::optional<uint32_t> FindGroupByName(absl::string_view group, absl::string_view name) {
  std::optional<uint32_t> found;
  ForEachLine(group, [&](absl::string_view line) {
    const std::optional<GroupLine> entry = ParseGroupLine(line);
    if (entry.has_value() && entry->name == name) {
      found = entry->gid;
    }
    return found.has_value();
  });
  return found;
}

std::vector<uint32_t> GroupsOf(absl::string_view group, absl::string_view name) {
  std::vector<uint32_t> groups;
  ForEachLine(group, [&](absl::string_view line) {
    const std::optional<GroupLine> entry = ParseGroupLine(line);
    if (entry.has_value() && HasMember(entry->members, name)) {
      groups.push_back(entry->gid);
    }
    return false;
  });
  return groups;
}

}  // namespace berth
