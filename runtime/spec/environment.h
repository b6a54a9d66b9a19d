// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "proto/runtime/v1/api.pb.h"
#include "runtime/spec/container_image.h"

namespace berth::runtime {

namespace v1 = ::runtime::v1;

inline constexpr char kDefaultPath[] =
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// What to run: the request's command and args; without a command the image's entrypoint, and
// without args as well the image's command. May be nothing.
std::vector<std::string> ChooseArguments(const v1::ContainerConfig& container,
                                         const ContainerImage& image);

// The same; InvalidArgument when nothing is left or a NUL byte is in it.
absl::StatusOr<std::vector<std::string>> PlanArguments(const v1::ContainerConfig& container,
                                                       const ContainerImage& image);

// KEY=value, each key once: PATH, TERM (with a terminal) and HOSTNAME, overridden by the image's,
// overridden by the request's; then HOME from the user's entry where nothing has set it. Entries of
// the image without "=" are dropped. InvalidArgument for a bad key or a NUL byte in the request.
absl::StatusOr<std::vector<std::string>> PlanEnvironment(const v1::ContainerConfig& container,
                                                         const ContainerImage& image,
                                                         absl::string_view hostname,
                                                         absl::string_view home);

// Clean and absolute: the request's, else the image's, else "/". A relative one starts at "/".
absl::StatusOr<std::string> PlanWorkingDirectory(const v1::ContainerConfig& container,
                                                 const ContainerImage& image);

}  // namespace berth::runtime
