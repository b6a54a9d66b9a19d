// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_events.h"

#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

constexpr char kImage[] = "image";

}  // namespace

void TellOfChange(EventHub& events, const imageservice::ImageChange& change) {
  switch (change.kind) {
    case imageservice::ImageChange::Kind::kPulled:
      return TellOfReference(events, "pull", change.name);
    case imageservice::ImageChange::Kind::kLoaded:
      return TellOfImage(events, "load", change.id, "");
    case imageservice::ImageChange::Kind::kTagged:
      return TellOfImage(events, "tag", change.id, change.name);
    case imageservice::ImageChange::Kind::kUntagged:
      return TellOfImage(events, "untag", change.id, change.name);
    case imageservice::ImageChange::Kind::kDeleted:
      return TellOfImage(events, "delete", change.id, "");
  }
}

void TellOfReference(EventHub& events, absl::string_view action, const std::string& reference) {
  const std::string name = imageservice::FamiliarName(reference);
  const size_t end = name.find('@') != std::string::npos ? name.find('@') : name.rfind(':');
  events.Tell(kImage, action, name, {{"name", name.substr(0, end)}});
}

void TellOfImage(EventHub& events, absl::string_view action, const std::string& id,
                 const std::string& name) {
  events.Tell(kImage, action, id, {{"name", name.empty() ? id : imageservice::FamiliarName(name)}});
}

}  // namespace berth::cri
