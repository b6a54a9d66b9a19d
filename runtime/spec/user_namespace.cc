// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/user_namespace.h"

#include <algorithm>
#include <limits>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/repeated_field.h"

#include "base/status.h"

namespace berth::runtime {
namespace {

using Mappings = google::protobuf::RepeatedPtrField<v1::IDMapping>;

// The kernel has no id of this number.
constexpr uint64_t kNoId = std::numeric_limits<uint32_t>::max();

absl::Status Invalid(absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat("user namespace configuration: ", problem));
}

absl::StatusOr<IdRange> RangeOf(const Mappings& mappings, absl::string_view field) {
  if (mappings.size() != 1) {
    return Invalid(absl::StrCat(field, " must have one mapping, not ", mappings.size()));
  }
  const v1::IDMapping& mapping = mappings[0];
  if (mapping.container_id() != 0) {
    return Invalid(absl::StrCat(field, " must map the container's id 0"));
  }
  if (mapping.length() == 0) {
    return Invalid(absl::StrCat(field, " maps no ids"));
  }
  if (uint64_t{mapping.host_id()} + mapping.length() > kNoId) {
    return Invalid(absl::StrCat(field, " ends beyond the last id"));
  }
  return IdRange{mapping.host_id(), mapping.length()};
}

bool IsSame(const IdRange& a, const IdRange& b) {
  return a.first == b.first && a.count == b.count;
}

absl::StatusOr<IdRange> RangeOf(const v1::UserNamespace& options) {
  switch (options.mode()) {
    case v1::NODE:
      if (!options.uids().empty() || !options.gids().empty()) {
        return Invalid("mode NODE has no mappings");
      }
      return IdRange{};
    case v1::POD:
      break;
    default:
      return Invalid("mode must be POD or NODE");
  }
  ASSIGN_OR_RETURN(const IdRange users, RangeOf(options.uids(), "uids"));
  ASSIGN_OR_RETURN(const IdRange groups, RangeOf(options.gids(), "gids"));
  if (!IsSame(users, groups)) {
    return Invalid("uids and gids must be the same");
  }
  return users;
}

absl::StatusOr<IdRange> RangeOf(const v1::NamespaceOption& options) {
  return options.has_userns_options() ? RangeOf(options.userns_options()) : IdRange{};
}

// What is the host's belongs to the host's users.
absl::Status CheckOwnNamespaces(const v1::NamespaceOption& options) {
  if (options.network() == v1::NODE || options.ipc() == v1::NODE || options.pid() == v1::NODE) {
    return Invalid("the host's network, IPC or processes are not for a pod with users of its own");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<IdRange> PlanUserNamespace(const v1::NamespaceOption& pod, const HostFacts& facts) {
  ASSIGN_OR_RETURN(const IdRange ids, RangeOf(pod));
  if (ids.count == 0) {
    return ids;
  }
  RETURN_IF_ERROR(CheckOwnNamespaces(pod));
  if (!facts.user_namespaces) {
    return absl::FailedPreconditionError(
        "this node has no user namespaces for pods: it lacks them or overlays of id-mapped layers");
  }
  return ids;
}

absl::StatusOr<IdRange> PlanUserNamespace(const v1::NamespaceOption& pod,
                                          const v1::NamespaceOption& container,
                                          const HostFacts& facts) {
  ASSIGN_OR_RETURN(const IdRange ids, PlanUserNamespace(pod, facts));
  ASSIGN_OR_RETURN(const IdRange own, RangeOf(container));
  if (!IsSame(ids, own)) {
    return Invalid("a container must have that of its pod");
  }
  if (ids.count > 0) {
    RETURN_IF_ERROR(CheckOwnNamespaces(container));
  }
  return ids;
}

absl::Status CheckIdsAreMapped(const ProcessPlan& process, const IdRange& ids) {
  if (ids.count == 0) {
    return absl::OkStatus();
  }
  uint32_t highest = std::max(process.uid, process.gid);
  for (const uint32_t group : process.groups) {
    highest = std::max(highest, group);
  }
  if (highest >= ids.count) {
    return absl::InvalidArgumentError(absl::StrCat("user or group ", highest, " is not among the ",
                                                   ids.count, " ids of the pod's user namespace"));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> PlanMappedIds(const v1::Mount& mount, const IdRange& ids) {
  if (mount.uidmappings().empty() && mount.gidmappings().empty()) {
    return false;
  }
  const auto invalid = [&mount](absl::string_view problem) {
    return absl::InvalidArgumentError(
        absl::StrCat("mount ", absl::CHexEscape(mount.container_path()), ": ", problem));
  };
  if (ids.count == 0) {
    return invalid("mapped ids need a pod with a user namespace");
  }
  const absl::StatusOr<IdRange> users = RangeOf(mount.uidmappings(), "uidMappings");
  const absl::StatusOr<IdRange> groups = RangeOf(mount.gidmappings(), "gidMappings");
  if (!users.ok() || !groups.ok() || !IsSame(*users, ids) || !IsSame(*groups, ids)) {
    return invalid("uidMappings and gidMappings must be those of the pod's user namespace");
  }
  return true;
}

}  // namespace berth::runtime
