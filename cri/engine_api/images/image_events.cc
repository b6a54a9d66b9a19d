// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_events.h"

#include <utility>

#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

constexpr char kImage[] = "image";

}  // namespace

void TellOfReference(EventHub& events, absl::string_view action, const std::string& reference) {
  const std::string name = imageservice::FamiliarName(reference);
  const size_t end = name.find('@') != std::string::npos ? name.find('@') : name.rfind(':');
  events.Tell(kImage, action, name, {{"name", name.substr(0, end)}});
}

void TellOfImage(EventHub& events, absl::string_view action, const std::string& id,
                 const std::string& name) {
  events.Tell(kImage, action, id, {{"name", name.empty() ? id : imageservice::FamiliarName(name)}});
}

void TellOfRemovals(EventHub& events, const Json& done, const std::string& id) {
  std::vector<std::string> names;
  const auto untag = [&](const std::string& image) {
    for (const std::string& name : std::exchange(names, {})) {
      events.Tell(kImage, "untag", image, {{"name", name}});
    }
  };
  for (const Json& each : done) {
    if (auto name = JsonString(each, "Untagged"); name.has_value()) {
      names.push_back(*std::move(name));
    } else if (const auto image = JsonString(each, "Deleted"); image.has_value()) {
      untag(*image);
      events.Tell(kImage, "delete", *image, {{"name", *image}});
    }
  }
  untag(id);
}

}  // namespace berth::cri
