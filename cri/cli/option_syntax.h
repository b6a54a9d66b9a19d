// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"

// The small languages of options. Errors are InvalidArgument and show the right form.
namespace berth::cli {

namespace v1 = ::runtime::v1;

// "[[IP:]HOST:]CONTAINER[/PROTOCOL]", each a port or as many of them as the other:
// "8000-8002:80-82". Without the host's port that is 0: any.
absl::StatusOr<std::vector<v1::PortMapping>> ParsePorts(absl::string_view text);

// The lines of a file for --env-file or --label-file that are neither empty nor comments, each as
// for -e or -l. One without a name, or with a blank in it, is told in docker's words.
absl::StatusOr<std::vector<std::string>> ParseLineFile(absl::string_view text);

// Each "NAME=VALUE" of -e. NAME alone has the value that `environment` knows, and is left out where
// there is none, as docker does.
absl::StatusOr<std::vector<std::string>> ResolveEnvironment(
    const std::vector<std::string>& given,
    const std::function<std::optional<std::string>(const std::string&)>& environment);

// "HOST:CONTAINER[:OPTION,...]"; options ro, rw, rprivate, rslave, rshared, z, Z.
absl::StatusOr<v1::Mount> ParseVolume(absl::string_view text, absl::string_view working_directory);

}  // namespace berth::cli
