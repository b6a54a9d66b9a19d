// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "base/call.h"
#include "base/json.h"
#include "cri/engine_api/containers/container_engine.h"
#include "imageservice/image_store.h"

namespace berth::cri {

struct CommitRequest {
  std::string container;
  std::string reference;  // empty: an image without a name
  std::string author;
  std::string comment;
  std::vector<std::string> changes;  // instructions of a Dockerfile
  Json config;                       // what of the container's Config is otherwise
  bool pauses = true;                // a container that runs
  bool is_snapshot = false;          // with the container's recipe (container_recipe.h)
  bool has_processes = false;        // a snapshot with the processes as well
};

// Makes an image of what a container has written and of its configuration (docker commit). NotFound
// for the container or its image, InvalidArgument for a name or a change that is none. Nothing is
// left after an error, and a container that was paused goes on. There is no recipe of a container
// of a pod: FailedPrecondition; and processes are those of a container that runs, is paused
// meanwhile and can be saved (docs/CHECKPOINT.md), else InvalidArgument or FailedPrecondition.
absl::StatusOr<imageservice::Image> CommitContainer(const Call& call, ContainerEngine& engine,
                                                    const EngineParts& parts,
                                                    const CommitRequest& request);

}  // namespace berth::cri
