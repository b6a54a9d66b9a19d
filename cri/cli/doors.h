// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/json.h"
#include "cri/cli/lookup.h"
#include "cri/cli/session.h"

// Containers come by two doors: CRI's, of `berth run` and the kubelet, and the Engine API's, of
// docker's clients. What a name means by the first comes first; whoever asks for a container asks
// here.
namespace berth::cli {

// A container of docker's clients.
struct EngineContainer {
  std::string id;
  berth::Json details;  // as the Engine API inspects it

  bool has_terminal() const;
  bool has_input() const;
  bool removes_itself() const;
};

using AnyTarget = std::variant<Target, EngineContainer>;

// Errors as FindTarget's, also where nobody serves the Engine API.
absl::StatusOr<AnyTarget> FindAny(const Session& session, const Inventory& inventory,
                                  const std::string& name,
                                  std::optional<TargetKind> only = std::nullopt);

// A container, by what is there now.
absl::StatusOr<AnyTarget> FindContainer(const Session& session, const Client& client,
                                        const std::string& name);

// What the Engine API calls the container `name`, of either door.
absl::StatusOr<std::string> EngineName(const Session& session, const std::string& name);

// For a verb that CRI has nothing for. FailedPrecondition for one of CRI's, naming `verb`.
absl::StatusOr<EngineContainer> FindEngineContainer(const Session& session, const std::string& name,
                                                    absl::string_view verb);

// POST /containers/{id}/<action>, of which only success counts.
absl::Status PostToContainer(const Session& session, const std::string& id,
                             const std::string& action,
                             const std::vector<std::pair<std::string, std::string>>& query = {});

}  // namespace berth::cli
