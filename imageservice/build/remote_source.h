// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// What ADD, or a build whose context is elsewhere, names by an address. Pure.
namespace berth::imageservice {

struct RemoteSource {
  enum class Kind { kFile, kRepository };

  Kind kind = Kind::kFile;
  std::string url;           // without a fragment
  std::string name;          // of the file: the path's last part
  std::string reference;     // of a repository: a branch, a tag or a commit
  std::string subdirectory;  // of a repository, relative; empty: all of it
  std::string agent;         // of one by ssh: the socket of the host that has its keys
};

inline constexpr char kUsualAgent[] = "default";

// Whether the word is an address at all: http:, https:, git:, ssh: or git@host:path.
bool IsRemote(absl::string_view word);

// A repository by git:, by ssh: or as user@host:path, or by http: or https: with a path that ends
// in .git, "#reference:directory" behind it; else a file. InvalidArgument for an address that is
// none or holds a password or, but for ssh, a user (it would end up in the history), a reference
// that git might take for something else, a directory that leads out, and for ssh without
// kUsualAgent in `agents`, which are those of the build (sockets by id).
absl::StatusOr<RemoteSource> ParseRemoteSource(
    absl::string_view word, const std::map<std::string, std::string>& agents = {});

}  // namespace berth::imageservice
