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

absl::StatusOr<Json> InspectImage(const Client& client, const std::string& name) {
  ASSIGN_OR_RETURN(const v1::ImageStatusResponse image, FindImage(client, name));
  return WithInfo(image);
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
                             const std::string& type) {
  if (type == "image") {
    return InspectImage(client, name);
  }
  const absl::StatusOr<AnyTarget> target = FindAny(session, inventory, name, KindOf(type));
  if (target.ok()) {
    const auto* of_pod = std::get_if<Target>(&*target);
    return of_pod != nullptr
               ? InspectTarget(client, *of_pod)
               : absl::StatusOr<Json>(Json(std::get<EngineContainer>(*target).details));
  }
  if (absl::IsNotFound(target.status()) && type.empty()) {
    absl::StatusOr<Json> image = InspectImage(client, name);
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
    absl::StatusOr<Json> json = Inspect(session, client, inventory, name, options.type);
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
