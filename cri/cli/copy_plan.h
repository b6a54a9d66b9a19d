// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// Where `cp` puts things: the rules of cp(1), as docker has them. Pure.
namespace berth::cli {

// "web:/etc/hosts" is a path in a container, "./a:b", "/a:b" and "a" are of the host.
struct CopyPath {
  std::string container;  // empty: the host
  std::string path;
};
CopyPath ParseCopyPath(absl::string_view word);

struct CopySource {
  std::string path;  // as it was written; "dir/." means what is in the directory
  bool is_directory = false;
};

struct CopyTarget {
  std::string path;  // as it was written; a slash at the end asks for a directory
  bool exists = false;
  bool is_directory = false;
};

struct CopyPlan {
  std::string directory;            // that is there and takes it
  std::optional<std::string> name;  // in it; unset: what is in the source goes right into it
};

// FailedPrecondition, in docker's words, for a directory onto a file and for a file into what is no
// directory.
absl::StatusOr<CopyPlan> PlanCopy(const CopySource& source, const CopyTarget& target);

}  // namespace berth::cli
