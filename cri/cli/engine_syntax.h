// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"

// The small languages of options as the Engine API has what they say. Errors are InvalidArgument
// and show the right form. Pure.
namespace berth::cli {

// --mount "type=bind,src=/a,dst=/b,readonly", also of types volume and tmpfs: a member of Mounts.
// A source that begins with a dot is below `working_directory`.
absl::StatusOr<berth::Json> ParseMount(absl::string_view text, absl::string_view working_directory);

// --restart "no", "always", "unless-stopped", "on-failure[:RETRIES]": RestartPolicy.
absl::StatusOr<berth::Json> ParseRestart(absl::string_view text);

// --ulimit "nofile=1024[:2048]": a member of Ulimits.
absl::StatusOr<berth::Json> ParseUlimit(absl::string_view text);

// --device "/dev/a[:/dev/b[:rwm]]": a member of Devices.
berth::Json ParseDevice(absl::string_view text);

// "/dev/a:1m" of `option`: a member of BlkioDeviceReadBps and its like, of BlkioWeightDevice.
absl::StatusOr<berth::Json> ParseByteRate(absl::string_view option, absl::string_view text);
absl::StatusOr<berth::Json> ParseOperationRate(absl::string_view option, absl::string_view text);
absl::StatusOr<berth::Json> ParseDeviceWeight(absl::string_view option, absl::string_view text);

// --gpus "all", "2", "device=0,1": a member of DeviceRequests. Quotes around it, by which docker's
// fields keep their commas, are none of it.
absl::StatusOr<berth::Json> ParseGpus(absl::string_view text);

// Each "KEY=VALUE" of `option` as an object; KEY alone has an empty value.
absl::StatusOr<berth::Json> ParsePairs(absl::string_view option,
                                       const std::vector<std::string>& pairs);

// "1m30s" of `option` in nanoseconds.
absl::StatusOr<int64_t> ParseNanoseconds(absl::string_view option, absl::string_view text);

}  // namespace berth::cli
