// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// RUN --mount=… (Dockerfile reference, "RUN --mount"). Pure.
namespace berth::imageservice {

struct RunMount {
  enum class Type { kBind, kCache, kTmpfs, kSecret, kSsh };
  enum class Sharing { kShared, kPrivate, kLocked };  // of a cache

  Type type = Type::kBind;
  // A stage or an image; empty for the build's context, of a cache for nothing.
  std::string from;
  std::string source;  // below it
  std::string target;
  std::string id;  // of a cache, a secret or an agent
  bool read_only = true;
  bool required = false;  // of a secret or an agent
  int64_t size = 0;       // of a tmpfs, bytes; 0: no limit of its own
  Sharing sharing = Sharing::kShared;
  std::optional<std::string> environment;  // of a secret: the variable that holds it
  std::optional<uint32_t> mode;            // of a cache, a secret or an agent, as the two below
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
};

using Expand = absl::FunctionRef<absl::StatusOr<std::string>(absl::string_view word)>;

// The value of --mount, with the variables in its values expanded. InvalidArgument, in Docker's
// words, for keys and values that it has not, or not for its type.
absl::StatusOr<RunMount> ParseRunMount(absl::string_view text, Expand expand);

// All of it, so that mounts that differ in anything differ in this.
std::string RunMountKey(const RunMount& mount);

// What can be said before the variables are known.
absl::Status CheckRunMount(absl::string_view text);

}  // namespace berth::imageservice
