// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "absl/strings/string_view.h"

#include "cri/engine_api/event_hub.h"
#include "imageservice/image_store.h"

// What happens to images, told as Docker tells it.
namespace berth::cri {

// Of what has happened in the store: "pull", "load", "tag", "untag", "delete".
void TellOfChange(EventHub& events, const imageservice::ImageChange& change);

// Of a full reference: "push".
void TellOfReference(EventHub& events, absl::string_view action, const std::string& reference);

// Of an image and one of its full names, or of its id for want of one: "save", "import".
void TellOfImage(EventHub& events, absl::string_view action, const std::string& id,
                 const std::string& name);

}  // namespace berth::cri
