// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "absl/status/statusor.h"

#include "cri/cli/engine_client.h"
#include "cri/cli/unpack_files.h"

namespace berth::cli {

// Unpacks an answer that is an archive while it comes, as UnpackFiles; also fails as the call does.
absl::StatusOr<uint64_t> ReceiveFiles(const EngineClient& engine, const EngineCall& call,
                                      const UnpackChoice& choice);

}  // namespace berth::cli
