// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/user.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/status.h"
#include "base/user_database.h"

namespace berth::runtime {
namespace {

absl::Status Invalid(absl::string_view what, absl::string_view value, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(what, " ", absl::CHexEscape(value), " ", problem));
}

absl::StatusOr<uint32_t> CheckId(int64_t id, absl::string_view what) {
  if (id < 0 || id > kMaxId) {
    return Invalid(what, absl::StrCat(id), absl::StrCat("is not in 0…", kMaxId));
  }
  return static_cast<uint32_t>(id);
}

// An image without the file has no users or groups by name.
absl::StatusOr<std::string> ReadUserFile(const RootFileReader& read_file, absl::string_view path) {
  absl::StatusOr<std::string> text = read_file(path, kMaxUserFile);
  if (absl::IsNotFound(text.status())) {
    return std::string();
  }
  if (!text.ok()) {
    return Annotate(text.status(), absl::StrCat("read ", path, " of the image"));
  }
  return text;
}

struct UserAndGroup {
  std::string user;   // a number or a name; empty is root
  std::string group;  // the same; empty is the user's own
};

absl::StatusOr<UserAndGroup> AskedFor(const v1::LinuxContainerSecurityContext& security,
                                      absl::string_view image_user) {
  UserAndGroup asked;
  if (security.has_run_as_user()) {
    asked.user = absl::StrCat(security.run_as_user().value());
  } else {
    asked.user = security.run_as_username();
  }
  if (security.has_run_as_group()) {
    if (asked.user.empty()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "run_as_group ", security.run_as_group().value(), " is given without a user"));
    }
    asked.group = absl::StrCat(security.run_as_group().value());
  }
  if (asked.user.empty()) {
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(image_user, absl::MaxSplits(':', 1));
    asked.user = std::string(parts.first);
    asked.group = std::string(parts.second);
  }
  return asked;
}

// The user's line, or one made of its number when it has none.
absl::StatusOr<PasswdEntry> FindUser(absl::string_view passwd, const std::string& user) {
  const std::string wanted = user.empty() ? "0" : user;
  const bool negative = wanted.front() == '-';
  if (!IsNumber(wanted) && !negative) {
    std::optional<PasswdEntry> entry = FindUserByName(passwd, wanted);
    return entry.has_value() ? absl::StatusOr<PasswdEntry>(*std::move(entry))
                             : Invalid("user", wanted, "is not in the image's /etc/passwd");
  }
  const std::optional<uint32_t> uid = ParseId(wanted);
  if (!uid.has_value()) {
    return Invalid("user", wanted, absl::StrCat("is not in 0…", kMaxId));
  }
  PasswdEntry unlisted;
  unlisted.uid = *uid;
  return FindUserById(passwd, *uid).value_or(unlisted);
}

absl::StatusOr<uint32_t> FindGroup(absl::string_view groups, const std::string& group) {
  if (IsNumber(group) || group.front() == '-') {
    const std::optional<uint32_t> gid = ParseId(group);
    return gid.has_value() ? absl::StatusOr<uint32_t>(*gid)
                           : Invalid("group", group, absl::StrCat("is not in 0…", kMaxId));
  }
  const std::optional<uint32_t> gid = FindGroupByName(groups, group);
  return gid.has_value() ? absl::StatusOr<uint32_t>(*gid)
                         : Invalid("group", group, "is not in the image's /etc/group");
}

void RemoveRepeated(std::vector<uint32_t>& groups) {
  std::vector<uint32_t> kept;
  std::vector<uint32_t> seen;  // sorted
  for (const uint32_t gid : groups) {
    const auto place = std::lower_bound(seen.begin(), seen.end(), gid);
    if (place == seen.end() || *place != gid) {
      seen.insert(place, gid);
      kept.push_back(gid);
    }
  }
  groups = std::move(kept);
}

}  // namespace

absl::StatusOr<ResolvedUser> PlanUser(const v1::LinuxContainerSecurityContext& security,
                                      absl::string_view image_user,
                                      const RootFileReader& read_file) {
  ASSIGN_OR_RETURN(const UserAndGroup asked, AskedFor(security, image_user));
  ASSIGN_OR_RETURN(const std::string passwd, ReadUserFile(read_file, "/etc/passwd"));
  ASSIGN_OR_RETURN(const std::string group, ReadUserFile(read_file, "/etc/group"));
  ASSIGN_OR_RETURN(PasswdEntry entry, FindUser(passwd, asked.user));

  ResolvedUser user;
  user.uid = entry.uid;
  user.gid = entry.gid;
  user.home = std::move(entry.home);
  if (!asked.group.empty()) {
    ASSIGN_OR_RETURN(user.gid, FindGroup(group, asked.group));
  }
  user.groups.push_back(user.gid);
  for (const int64_t given : security.supplemental_groups()) {
    ASSIGN_OR_RETURN(const uint32_t gid, CheckId(given, "supplemental group"));
    user.groups.push_back(gid);
  }
  if (security.supplemental_groups_policy() == v1::Merge && !entry.name.empty()) {
    const std::vector<uint32_t> of_image = GroupsOf(group, entry.name);
    user.groups.insert(user.groups.end(), of_image.begin(), of_image.end());
  }
  RemoveRepeated(user.groups);
  if (user.groups.size() > kMaxGroups) {
    return absl::InvalidArgumentError(
        absl::StrCat(user.groups.size(), " groups are over the limit of ", kMaxGroups));
  }
  return user;
}

absl::StatusOr<std::vector<uint32_t>> FindGroups(const std::vector<std::string>& names,
                                                 const RootFileReader& read_file) {
  std::vector<uint32_t> found;
  if (names.empty()) {
    return found;
  }
  ASSIGN_OR_RETURN(const std::string group, ReadUserFile(read_file, "/etc/group"));
  for (const std::string& name : names) {
    if (name.empty()) {
      return absl::InvalidArgumentError("the name of a supplementary group is empty");
    }
    ASSIGN_OR_RETURN(found.emplace_back(), FindGroup(group, name));
  }
  return found;
}

}  // namespace berth::runtime
