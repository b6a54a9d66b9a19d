// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/command_list.h"
#include "cri/cli/commands.h"
#include "cri/cli/doors.h"
#include "cri/cli/images.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct InspectOptions {
  std::vector<std::string> names;
  std::string format;
  std::string type;
  bool sizes = false;
};

// CRI counts nanoseconds, which JSON shows as text.
void ShowTimes(Json& status) {
  for (const char* name : {"createdAt", "startedAt", "finishedAt"}) {
    const auto time = status.find(name);
    int64_t nanoseconds = 0;
    if (time != status.end() && time->is_string() &&
        absl::SimpleAtoi(time->get<std::string>(), &nanoseconds)) {
      *time = Rfc3339(nanoseconds);
    }
  }
}

// The reply with each JSON text of its `info` as a member of its own, as crictl shows it.
template <typename Response>
Json WithInfo(const Response& response) {
  Json json = MessageJson(response);
  json.erase("info");
  if (const auto status = json.find("status"); status != json.end() && status->is_object()) {
    ShowTimes(*status);
  }
  for (const auto& [key, text] : response.info()) {
    Json value = Json::parse(text, nullptr, /*allow_exceptions=*/false);
    json[key] = value.is_discarded() ? Json(text) : std::move(value);
  }
  return json;
}

// As docker's clients see it; where nobody serves them, as CRI does.
absl::StatusOr<Json> InspectImage(const Session& session, const Client& client,
                                  const std::string& name) {
  const absl::StatusOr<EngineClient> engine = session.Engine();
  if (engine.ok()) {
    const absl::StatusOr<berth::Json> image =
        engine->AskJson({.target = EngineTarget({"/images", name, "json"})});
    if (!absl::IsUnavailable(image.status()) && !absl::IsNotFound(image.status())) {
      return image.ok() ? absl::StatusOr<Json>(Json(*image)) : image.status();
    }
  }
  ASSIGN_OR_RETURN(const v1::ImageStatusResponse image, FindImage(client, name));
  return WithInfo(image);
}

absl::StatusOr<Json> InspectEngineContainer(const Session& session,
                                            const EngineContainer& container, bool sizes) {
  if (!sizes) {
    return Json(container.details);
  }
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const berth::Json details,
                   engine.AskJson({.target = EngineTarget({"/containers", container.id, "json"},
                                                          {{"size", "1"}})}));
  return Json(details);
}

absl::StatusOr<Json> InspectTarget(const Client& client, const Target& target) {
  if (target.kind == TargetKind::kPod) {
    ASSIGN_OR_RETURN(const v1::PodSandboxStatusResponse pod, client.PodStatus(target.id));
    return WithInfo(pod);
  }
  ASSIGN_OR_RETURN(const v1::ContainerStatusResponse container, client.ContainerStatus(target.id));
  return WithInfo(container);
}

absl::StatusOr<Json> Inspect(const Session& session, const Client& client,
                             const Inventory& inventory, const std::string& name,
                             const InspectOptions& options) {
  if (options.type == "image") {
    return InspectImage(session, client, name);
  }
  const absl::StatusOr<AnyTarget> target = FindAny(session, inventory, name, KindOf(options.type));
  if (target.ok()) {
    const auto* of_pod = std::get_if<Target>(&*target);
    return of_pod != nullptr
               ? InspectTarget(client, *of_pod)
               : InspectEngineContainer(session, std::get<EngineContainer>(*target), options.sizes);
  }
  if (absl::IsNotFound(target.status()) && options.type.empty()) {
    absl::StatusOr<Json> image = InspectImage(session, client, name);
    return absl::IsNotFound(image.status())
               ? absl::NotFoundError(absl::StrCat("No such container, pod or image: ", name))
               : image;
  }
  return target.status();
}

absl::StatusOr<int> RunInspect(const Session& session, const InspectOptions& options) {
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Inventory inventory, client.List());
  Json found = Json::array();
  int code = 0;
  for (const std::string& name : options.names) {
    absl::StatusOr<Json> json = Inspect(session, client, inventory, name, options);
    if (json.ok()) {
      found.push_back(*std::move(json));
    } else {
      PrintError(json.status());
      code = kExitFailure;
    }
  }
  ASSIGN_OR_RETURN(const std::string text, FormatInspected(found, options.format));
  Print(text);
  return code;
}

void Define(Verb& verb, const std::string& only) {
  verb.set_description("Show all that is known, as a JSON array");
  auto options = std::make_shared<InspectOptions>();
  options->type = only;
  verb.Add("NAME", options->names, only.empty() ? "containers, pods or images" : "names or ids",
           {.required = true});
  verb.Add("-f,--format", options->format, "json, or '{{.status.state}}' for each",
           {.type = "json|TEMPLATE"});
  if (only != "image") {
    verb.AddFlag("-s,--size", options->sizes,
                 "also what has been written, of containers of docker's clients");
  }
  if (only.empty()) {
    AddType(verb, options->type, {"container", "pod", "image"});
  }
  verb.set_action([options](const Session& session) { return RunInspect(session, *options); });
}

}  // namespace

void DefineInspect(Verb& verb) {
  Define(verb, "");
}

void DefineContainerInspect(Verb& verb) {
  Define(verb, "container");
}

void DefineImageInspect(Verb& verb) {
  Define(verb, "image");
}

}  // namespace berth::cli
