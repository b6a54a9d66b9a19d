// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cri/engine_api/event_hub.h"
#include "imageservice/image_store.h"

// What happens to images, told as Docker tells it.
namespace berth::cri {

// Of a full reference: "pull", "push".
void TellOfReference(EventHub& events, absl::string_view action, const std::string& reference);

// Of an image and one of its full names, or of its id for want of one: "tag", "save", "load".
void TellOfImage(EventHub& events, absl::string_view action, const std::string& id,
                 const std::string& name);

// Of what a removal or a prune answers with: [{"Untagged": …}, …, {"Deleted": …}]. Names that no
// deletion follows were those of `id`.
void TellOfRemovals(EventHub& events, const Json& done, const std::string& id);

}  // namespace berth::cri
