// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/image_store.h"
#include "imageservice/registry/registry_client.h"

namespace berth::imageservice {

// What the tag or digest means: its manifest or index and, of a manifest, the configuration are
// fetched. What is no image of ours has no platforms. Malformed documents are DataLoss.
absl::StatusOr<RemoteImage> DescribeRemote(const Call& call, RegistryClient& registry,
                                           absl::string_view tag_or_digest);

}  // namespace berth::imageservice
