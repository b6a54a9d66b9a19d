// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/spec/container_image.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr size_t kMaxUserFile = 1 << 20;  // of /etc/passwd and /etc/group
inline constexpr size_t kMaxGroups = 65536;      // NGROUPS_MAX

struct ResolvedUser {
  uint32_t uid = 0;
  uint32_t gid = 0;
  std::vector<uint32_t> groups;  // the primary one first, then the others, each once
  std::string home;              // from /etc/passwd; empty when the user is not in it
};

// Who a container runs as: the request's user and groups, else the image's `user` ("uid[:gid]",
// "name[:group]", "" is root). A decimal string is always a number, never a name. Names are looked
// up in the image's own /etc/passwd and /etc/group. InvalidArgument for a group without a user,
// unknown names and numbers outside 0…kMaxId.
absl::StatusOr<ResolvedUser> PlanUser(const v1::LinuxContainerSecurityContext& security,
                                      absl::string_view image_user,
                                      const RootFileReader& read_file);

// The groups of these names in the image's /etc/group; a decimal string is a number.
// InvalidArgument for one that is not there.
absl::StatusOr<std::vector<uint32_t>> FindGroups(const std::vector<std::string>& names,
                                                 const RootFileReader& read_file);

}  // namespace berth::runtime
