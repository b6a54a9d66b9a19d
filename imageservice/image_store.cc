// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_store.h"

#include <utility>

#include "base/status.h"

namespace berth::imageservice {

absl::StatusOr<HeldImage> ImageStore::HoldToUse(const Call& call, absl::string_view name) {
  return Hold(call, name, &KeyedHolds::Share);
}

absl::StatusOr<HeldImage> ImageStore::HoldToRemove(const Call& call, absl::string_view name) {
  return Hold(call, name, &KeyedHolds::Acquire);
}

absl::StatusOr<HeldImage> ImageStore::Hold(const Call& call, absl::string_view name,
                                           Acquire acquire) {
  ASSIGN_OR_RETURN(Image image, Find(name));
  while (true) {
    ASSIGN_OR_RETURN(KeyedHolds::Hold hold, (holds_.*acquire)(call, image.id));
    ASSIGN_OR_RETURN(Image still, Find(name));
    if (still.id == image.id) {
      return HeldImage{std::move(still), std::move(hold)};
    }
    image = std::move(still);  // the name is another's meanwhile
  }
}

}  // namespace berth::imageservice
