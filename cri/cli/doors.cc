// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/doors.h"

#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/client.h"
#include "cri/cli/engine_calls.h"

namespace berth::cli {
namespace {

absl::StatusOr<EngineContainer> Inspect(const Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  EngineCall call;
  call.target = EngineTarget({"/containers", name, "json"});
  EngineContainer container;
  ASSIGN_OR_RETURN(container.details, engine.AskJson(call));
  container.id = JsonString(container.details, "Id").value_or(name);
  return container;
}

}  // namespace

bool EngineContainer::has_terminal() const {
  return JsonFlag(JsonObject(details, "Config"), "Tty");
}

bool EngineContainer::has_input() const {
  return JsonFlag(JsonObject(details, "Config"), "OpenStdin");
}

bool EngineContainer::removes_itself() const {
  return JsonFlag(JsonObject(details, "HostConfig"), "AutoRemove");
}

absl::StatusOr<AnyTarget> FindAny(const Session& session, const Inventory& inventory,
                                  const std::string& name, std::optional<TargetKind> only) {
  absl::StatusOr<Target> target = FindTarget(inventory, name, only);
  if (!absl::IsNotFound(target.status()) || only == TargetKind::kPod || name.empty()) {
    RETURN_IF_ERROR(target.status());
    return AnyTarget(*std::move(target));
  }
  absl::StatusOr<EngineContainer> container = Inspect(session, name);
  if (absl::IsNotFound(container.status()) || absl::IsUnavailable(container.status())) {
    return target.status();  // which says what may have been meant
  }
  RETURN_IF_ERROR(container.status());
  return AnyTarget(*std::move(container));
}

absl::StatusOr<AnyTarget> FindContainer(const Session& session, const Client& client,
                                        const std::string& name) {
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  return FindAny(session, inventory, name, TargetKind::kContainer);
}

absl::StatusOr<std::string> EngineName(const Session& session, const std::string& name) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const AnyTarget found, FindContainer(session, client, name));
  return std::visit([](const auto& each) { return each.id; }, found);
}

absl::StatusOr<EngineContainer> FindEngineContainer(const Session& session, const std::string& name,
                                                    absl::string_view verb) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(AnyTarget found, FindContainer(session, client, name));
  if (const auto* of_pod = std::get_if<Target>(&found); of_pod != nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat(of_pod->name, " is a container of a pod, which CRI cannot ", verb,
                     ": only containers of docker's clients can be"));
  }
  return std::get<EngineContainer>(std::move(found));
}

absl::Status PostToContainer(const Session& session, const std::string& id,
                             const std::string& action,
                             const std::vector<std::pair<std::string, std::string>>& query) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  return engine.Ask(PostCall(EngineTarget({"/containers", id, action}, query))).status();
}

}  // namespace berth::cli
