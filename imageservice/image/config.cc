// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/config.h"

#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

#include "base/json.h"
#include "base/status.h"
#include "imageservice/image/strict_json.h"

namespace berth::imageservice {
namespace {

absl::StatusOr<std::vector<Digest>> ParseDiffIds(const Json& document) {
  ASSIGN_OR_RETURN(const Json* rootfs, ObjectMember(document, "rootfs"));
  ASSIGN_OR_RETURN(std::string type, StringMember(*rootfs, "type"));
  if (!type.empty() && type != "layers") {
    return absl::InvalidArgumentError("\"rootfs\" is not of the type \"layers\"");
  }
  ASSIGN_OR_RETURN(std::vector<std::string> texts, StringsMember(*rootfs, "diff_ids"));
  if (texts.size() > kMaxLayers) {
    return absl::InvalidArgumentError(
        absl::StrCat(texts.size(), " layers are more than the limit of ", kMaxLayers));
  }
  std::vector<Digest> diff_ids;
  for (const std::string& text : texts) {
    ASSIGN_OR_RETURN(Digest digest, Digest::Parse(text));
    diff_ids.push_back(std::move(digest));
  }
  return diff_ids;
}

// "Cmd" and "Entrypoint" were single strings once.
absl::StatusOr<std::vector<std::string>> Arguments(const Json& process, absl::string_view key) {
  if (std::optional<std::string> single = JsonString(process, key)) {
    ASSIGN_OR_RETURN(std::string text, StringMember(process, key));
    return std::vector<std::string>{std::move(text)};
  }
  return StringsMember(process, key);
}

absl::StatusOr<std::map<std::string, std::string>> ParseLabels(const Json& document) {
  ASSIGN_OR_RETURN(const Json* config, ObjectMember(document, "config"));
  ASSIGN_OR_RETURN(const Json* object, ObjectMember(*config, "Labels"));
  std::map<std::string, std::string> labels;
  for (const auto& item : object->items()) {
    if (const std::optional<std::string> value = JsonString(*object, item.key())) {
      labels[item.key()] = *value;  // others are dropped: they only describe
    }
  }
  return labels;
}

absl::StatusOr<ImageProcess> ParseProcess(const Json& document) {
  ASSIGN_OR_RETURN(const Json* config, ObjectMember(document, "config"));
  ImageProcess process;
  ASSIGN_OR_RETURN(process.entrypoint, Arguments(*config, "Entrypoint"));
  ASSIGN_OR_RETURN(process.command, Arguments(*config, "Cmd"));
  ASSIGN_OR_RETURN(process.environment, StringsMember(*config, "Env"));
  ASSIGN_OR_RETURN(process.working_directory, StringMember(*config, "WorkingDir"));
  ASSIGN_OR_RETURN(process.user, StringMember(*config, "User"));
  ASSIGN_OR_RETURN(process.stop_signal, StringMember(*config, "StopSignal"));
  ASSIGN_OR_RETURN(const Json* volumes, ObjectMember(*config, "Volumes"));
  for (const auto& item : volumes->items()) {
    if (item.key().find('\0') != std::string::npos) {
      return absl::InvalidArgumentError("\"Volumes\" holds a null byte");
    }
    process.volumes.push_back(item.key());
  }
  return process;
}

absl::StatusOr<ImageConfig> Parse(absl::string_view bytes) {
  ASSIGN_OR_RETURN(Json document, ParseJson(bytes, kMaxConfigSize));
  if (!document.is_object()) {
    return absl::InvalidArgumentError("not an object");
  }
  ImageConfig config;
  ASSIGN_OR_RETURN(config.os, StringMember(document, "os"));
  ASSIGN_OR_RETURN(config.architecture, StringMember(document, "architecture"));
  ASSIGN_OR_RETURN(config.variant, StringMember(document, "variant"));
  ASSIGN_OR_RETURN(config.created, StringMember(document, "created"));
  ASSIGN_OR_RETURN(config.diff_ids, ParseDiffIds(document));
  ASSIGN_OR_RETURN(config.labels, ParseLabels(document));
  ASSIGN_OR_RETURN(config.process, ParseProcess(document));
  return config;
}

}  // namespace

absl::StatusOr<ImageConfig> ParseConfig(absl::string_view bytes) {
  absl::StatusOr<ImageConfig> config = Parse(bytes);
  return config.ok() ? std::move(config) : Annotate(config.status(), "image configuration");
}

}  // namespace berth::imageservice
