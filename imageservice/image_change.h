// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace berth::imageservice {

// What has happened to an image of the store, whoever asked for it.
struct ImageChange {
  enum class Kind {
    kPulled,    // under that name, which may have been here before
    kLoaded,    // from an archive, with whatever names; it may have been here before
    kTagged,    // it has that tag from now on; as with Docker, who had it before is not told of
    kUntagged,  // it has that name no more; of an image that is deleted all of them come first
    kDeleted,
  };

  Kind kind = Kind::kPulled;
  std::string id;
  std::string name;  // in full; of kLoaded and kDeleted empty
};

// Is told of changes in their order, on any thread. It must not block and ask the store nothing.
using ImageListener = std::function<void(const ImageChange&)>;

}  // namespace berth::imageservice
