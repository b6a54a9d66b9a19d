// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/call.h"
#include "imageservice/image_store.h"

namespace berth::imageservice {

// How long a removal waits for those who begin to need the image. A mount or a restore that hangs
// is not the remover's to wait for.
inline constexpr absl::Duration kRemovalPatience = absl::Seconds(3);

// ImageStore::HoldToRemove, with FailedPrecondition when others still hold the image after
// `patience`: it is needed then.
absl::StatusOr<HeldImage> HoldUnneeded(ImageStore& images, const Call& call, absl::string_view name,
                                       absl::Duration patience = kRemovalPatience);

}  // namespace berth::imageservice
