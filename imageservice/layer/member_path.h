// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The names of an archive's members. Pure.
namespace berth::imageservice {

inline constexpr size_t kMaxPathDepth = 256;

// The name relative to the layer's root without ".", empty components and slashes at the ends; ""
// is the root itself. DataLoss for a ".." component, for one that is too long for a filesystem,
// and for more than kMaxPathDepth components.
absl::StatusOr<std::string> CleanMemberPath(absl::string_view path);

// Of a clean path: "a/b/c" is "a/b" and "c", "a" is "" and "a".
absl::string_view MemberParent(absl::string_view path);
absl::string_view MemberName(absl::string_view path);

inline constexpr absl::string_view kWhiteoutPrefix = ".wh.";
inline constexpr absl::string_view kOpaqueName = ".wh..wh..opq";

enum class MarkerKind {
  kNone,      // a member like any other
  kWhiteout,  // .wh.NAME: NAME is gone
  kOpaque,    // .wh..wh..opq: the directory hides what is below it
  kIgnored,   // other files that AUFS kept for itself
};

struct Marker {
  MarkerKind kind = MarkerKind::kNone;
  std::string name;  // of a whiteout: what is gone
};

// What the clean path means as a whiteout. DataLoss when NAME is empty, "." or "..", or when a
// directory on the way has such a name.
absl::StatusOr<Marker> ParseMarker(absl::string_view path);

}  // namespace berth::imageservice
