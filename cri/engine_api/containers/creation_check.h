// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/container_spec.h"
#include "runtime/pod_runtime.h"

// What of a request this node, or the image, cannot give. Asked once, when the request is made: a
// container that is on record is not refused later, when the node has changed. Errors are in
// Docker's words; all but AbilitiesOf is pure.
namespace berth::cri {

struct NodeAbilities {
  int64_t cpus = 0;
  std::string cpu_list = "", memory_nodes = "";  // "0-3"; empty: not known
  std::vector<std::string> handlers;             // of pods
};

NodeAbilities AbilitiesOf(const runtime::PodRuntime& runtime);

// InvalidArgument, in Docker's words, for an unknown runtime or signal, more or other CPUs and
// memory nodes than there are, more mounts than CheckMountCount takes, an annotation without a key,
// and options of the root's storage, of which there are none.
absl::Status CheckCreation(const ContainerSpec& spec, const NodeAbilities& node);

// The part of it that an update can change, too.
absl::Status CheckResources(const ResourceSpec& resources, const NodeAbilities& node);

// InvalidArgument for more mounts than a container may have, with those of its image and those that
// it inherits.
absl::Status CheckMountCount(size_t count);

// Whether another container may share this one's IPC. InvalidArgument when it was not made for
// that.
absl::Status CheckSharesIpc(const EngineContainerRecord& other);

// What the runtime calls the handler that a request means; empty: our own.
std::string HandlerOf(const std::string& runtime);

}  // namespace berth::cri
