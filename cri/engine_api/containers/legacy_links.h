// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

#include "base/json.h"
#include "cri/engine_api/containers/container_record.h"
#include "cri/engine_api/containers/container_spec.h"

// Links in the default network (docker run --link), where nobody has a name: lines of /etc/hosts
// and variables that tell of another container as it was at the start. Pure.
namespace berth::cri {

struct LegacyLink {
  std::string name;   // whose container it is
  std::string alias;  // what it is called by who links to it
};

// "db:alias", "db", or as inspect tells it, "/db:/web/alias". None where the container is in
// another network than the default one: there the name server knows them.
std::vector<LegacyLink> LegacyLinksOf(const Json& host_config);

// InvalidArgument for an alias that is no plain name (base/plain_name.h): it becomes part of lines.
absl::Status CheckAlias(const LegacyLink& link);

// Adds to the spec of the container called `name` what the link tells of `other`, which has that
// address in the default network. Variables of the container's own go before those.
void AddLegacyLink(const std::string& name, const LegacyLink& link,
                   const EngineContainerRecord& other, const std::string& address,
                   ContainerSpec& spec);

}  // namespace berth::cri
