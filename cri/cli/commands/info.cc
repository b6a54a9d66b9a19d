// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "base/version.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/output.h"
#include "cri/cli/quantity.h"
#include "cri/cli/text_template.h"

namespace berth::cli {
namespace {

struct Facts {
  v1::VersionResponse version;
  v1::StatusResponse status;
  Inventory inventory;
  v1::ListImagesResponse images;
  v1::ImageFsInfoResponse disk;
};

absl::StatusOr<Facts> Ask(const Client& client) {
  Facts facts;
  v1::StatusRequest verbose;
  verbose.set_verbose(true);
  ASSIGN_OR_RETURN(facts.version, client.Call(&Client::Runtime::Version, v1::VersionRequest(),
                                              "asking for the version"));
  ASSIGN_OR_RETURN(facts.status,
                   client.Call(&Client::Runtime::Status, verbose, "asking for the status"));
  ASSIGN_OR_RETURN(facts.inventory, client.List());
  ASSIGN_OR_RETURN(facts.images, client.Call(&Client::Images::ListImages, v1::ListImagesRequest(),
                                             "listing images"));
  ASSIGN_OR_RETURN(facts.disk, client.Call(&Client::Images::ImageFsInfo, v1::ImageFsInfoRequest(),
                                           "asking for the space used"));
  return facts;
}

size_t CountIn(const Inventory& inventory, v1::ContainerState state) {
  return static_cast<size_t>(
      std::count_if(inventory.containers.begin(), inventory.containers.end(),
                    [&](const v1::Container& container) { return container.state() == state; }));
}

size_t ReadyPods(const Inventory& inventory) {
  return static_cast<size_t>(
      std::count_if(inventory.pods.begin(), inventory.pods.end(),
                    [](const v1::PodSandbox& pod) { return pod.state() == v1::SANDBOX_READY; }));
}

Json ConfigIn(const v1::StatusResponse& status) {
  const auto config = status.info().find("config");
  if (config == status.info().end()) {
    return Json::object();
  }
  Json json = Json::parse(config->second, nullptr, /*allow_exceptions=*/false);
  return json.is_object() ? json : Json::object();
}

Json AsJson(const Facts& facts) {
  Json conditions = Json::array();
  for (const v1::RuntimeCondition& condition : facts.status.status().conditions()) {
    conditions.push_back(MessageJson(condition));
  }
  Json disk = Json::object();
  for (const v1::FilesystemUsage& usage : facts.disk.image_filesystems()) {
    disk = {{"mountpoint", usage.fs_id().mountpoint()},
            {"usedBytes", usage.used_bytes().value()},
            {"inodesUsed", usage.inodes_used().value()}};
  }
  return {{"version", MessageJson(facts.version)},
          {"conditions", conditions},
          {"pods", facts.inventory.pods.size()},
          {"podsReady", ReadyPods(facts.inventory)},
          {"containers", facts.inventory.containers.size()},
          {"containersRunning", CountIn(facts.inventory, v1::CONTAINER_RUNNING)},
          {"containersExited", CountIn(facts.inventory, v1::CONTAINER_EXITED)},
          {"images", facts.images.images_size()},
          {"disk", disk},
          {"config", ConfigIn(facts.status)}};
}

std::string AsText(const Facts& facts) {
  std::string text = absl::StrCat("Client:      berth ", kVersion, "\n",
                                  "Server:      ", facts.version.runtime_name(), " ",
                                  facts.version.runtime_version(), "\n");
  for (const v1::RuntimeCondition& condition : facts.status.status().conditions()) {
    absl::StrAppend(
        &text, condition.type(), ":",
        std::string(condition.type().size() < 12 ? 12 - condition.type().size() : 1, ' '),
        condition.status() ? "yes" : absl::StrCat("no: ", condition.message()), "\n");
  }
  absl::StrAppend(&text, "Pods:        ", facts.inventory.pods.size(), " (",
                  ReadyPods(facts.inventory), " ready)\n");
  absl::StrAppend(&text, "Containers:  ", facts.inventory.containers.size(), " (",
                  CountIn(facts.inventory, v1::CONTAINER_RUNNING), " running)\n");
  absl::StrAppend(&text, "Images:      ", facts.images.images_size(), "\n");
  for (const v1::FilesystemUsage& usage : facts.disk.image_filesystems()) {
    absl::StrAppend(&text, "Store:       ", usage.fs_id().mountpoint(), " (",
                    HumanSize(usage.used_bytes().value()), ")\n");
  }
  return text;
}

// Scripts write templates with docker's fields.
absl::StatusOr<int> RunInfoByTemplate(const Session& session, const std::string& format) {
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const berth::Json info, engine.AskJson({.target = EngineTarget({"/info"})}));
  ASSIGN_OR_RETURN(const std::string text, FormatInspected(Json::array({Json(info)}), format));
  Print(text);
  return 0;
}

absl::StatusOr<int> RunInfo(const Session& session, const std::string& format) {
  if (IsTemplate(format)) {
    return RunInfoByTemplate(session, format);
  }
  ASSIGN_OR_RETURN(const Client client, session.Connect());
  ASSIGN_OR_RETURN(const Facts facts, Ask(client));
  Print(format == "json" ? Pretty(AsJson(facts)) : AsText(facts));
  return 0;
}

}  // namespace

void DefineInfo(Verb& verb) {
  verb.set_description("Show the daemon's state and what it holds");
  auto format = std::make_shared<std::string>("table");
  AddWholeFormat(verb, *format);
  verb.set_action([format](const Session& session) { return RunInfo(session, *format); });
}

}  // namespace berth::cli
