// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/secret.h"

// Where secrets of builds are while a step sees them: files on a tmpfs, so that none reaches a
// disk.
namespace berth::imageservice {

// With what the paths of directories for secrets begin: in `state` where that is on a tmpfs, else
// in /dev/shm. Those that an earlier daemon of the same `root` left are gone. Empty when neither is
// on a tmpfs.
absl::StatusOr<std::string> OpenSecretPlace(const std::string& state, const std::string& root);

// A shell's script that sets the variable and those of `script` before, and executes its arguments.
// InvalidArgument for a name that is no variable's and a value that no variable can have. Pure.
absl::Status AddToScript(absl::string_view name, const Secret& value, std::string& script);
inline constexpr char kScriptStart[] = "#!/bin/sh\n";
inline constexpr char kScriptEnd[] = "exec \"$@\"\n";

}  // namespace berth::imageservice
