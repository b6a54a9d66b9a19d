// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/image_draft.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/path.h"
#include "base/signal_name.h"
#include "base/status.h"
#include "imageservice/build/metadata_values.h"
#include "imageservice/image/config.h"
#include "imageservice/image/platform.h"

namespace berth::imageservice {
namespace {

constexpr char kDefaultPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

absl::string_view NameOf(absl::string_view variable) {
  return variable.substr(0, variable.find('='));
}

bool IsOf(const Json& variable, absl::string_view name) {
  absl::string_view text = variable.get_ref<const std::string&>();
  return absl::ConsumePrefix(&text, name) && (text.empty() || text[0] == '=');
}

int64_t Nanoseconds(absl::Duration duration) {
  return absl::ToInt64Nanoseconds(duration);
}

}  // namespace

ImageDraft ImageDraft::Scratch(absl::string_view platform) {
  const std::vector<std::string> parts = absl::StrSplit(platform, '/');
  Json document = {{"architecture", parts.size() > 1 ? parts[1] : ""},
                   {"os", parts[0]},
                   {"config", {{"Env", {absl::StrCat("PATH=", kDefaultPath)}}}}};
  if (parts.size() > 2) {
    document["variant"] = parts[2];
  }
  return ImageDraft(std::move(document));
}

absl::StatusOr<ImageDraft> ImageDraft::On(absl::string_view config) {
  ASSIGN_OR_RETURN(Json document, ParseJson(config, kMaxConfigSize));
  if (!document.is_object()) {
    return absl::InvalidArgumentError("the base image's configuration is no object");
  }
  for (const char* key : {"rootfs", "container", "container_config", "id", "parent"}) {
    document.erase(key);  // of the base alone
  }
  if (!document["config"].is_object()) {
    document["config"] = Json::object();
  }
  return ImageDraft(std::move(document));
}

const Json& ImageDraft::Variables() const {
  return JsonArray(JsonObject(document_, "config"), "Env");
}

uint64_t ImageDraft::KeyOf(absl::string_view name) const {
  const Json& variables = Variables();
  uint64_t key = absl::HashOf(name);
  for (auto found = places_.find(key);
       found != places_.end() && !IsOf(variables[found->second.any()], name);
       found = places_.find(key)) {
    ++key;  // another name has the same hash
  }
  return key;
}

void ImageDraft::Index() const {
  if (std::exchange(is_indexed_, true)) {
    return;
  }
  const Json& variables = Variables();
  for (uint32_t i = 0; i < variables.size(); ++i) {
    if (!variables[i].is_string()) {
      continue;
    }
    const std::string& variable = variables[i].get_ref<const std::string&>();
    const absl::string_view name = NameOf(variable);
    Places& places = places_[KeyOf(name)];
    places.first = std::min(places.first, i);
    if (name.size() < variable.size()) {
      places.with_value = std::min(places.with_value, i);
    }
  }
}

std::string ImageDraft::Text(absl::string_view key) const {
  return JsonString(JsonObject(document_, "config"), key).value_or("");
}

std::vector<std::string> ImageDraft::Texts(absl::string_view key) const {
  std::vector<std::string> texts;
  for (const Json& each : JsonArray(JsonObject(document_, "config"), key)) {
    if (each.is_string()) {
      texts.push_back(each.get<std::string>());
    }
  }
  return texts;
}

Json& ImageDraft::List(absl::string_view key) {
  Json& list = config()[std::string(key)];
  if (!list.is_array()) {
    list = Json::array();
  }
  return list;
}

std::string ImageDraft::working_directory() const {
  const std::string path = Text("WorkingDir");
  return path.empty() ? "/" : path;
}

std::vector<std::string> ImageDraft::shell() const {
  std::vector<std::string> words = Texts("Shell");
  return words.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : words;
}

std::string ImageDraft::created() const {
  return JsonString(document_, "created").value_or("");
}

void ImageDraft::BeginStage() {
  has_own_command_ = false;
  config().erase("OnBuild");
}

std::optional<std::string> ImageDraft::Variable(absl::string_view name) const {
  Index();
  const auto found = places_.find(KeyOf(name));
  if (found == places_.end() || found->second.with_value == Places::kNowhere) {
    return std::nullopt;
  }
  const Json& variable = Variables()[found->second.with_value];
  return variable.get_ref<const std::string&>().substr(name.size() + 1);
}

void ImageDraft::SetVariable(const std::string& name, const std::string& value) {
  Json& variables = List("Env");
  Index();
  const auto found = places_.find(KeyOf(name));
  const auto end = static_cast<uint32_t>(variables.size());
  const uint32_t place = found == places_.end() ? end : std::min(found->second.first, end);
  if (place == end) {
    variables.push_back("");
  }
  variables[place] = absl::StrCat(name, "=", value);
  places_[KeyOf(name)].first = place;
  Places& shown = places_[KeyOf(NameOf(name))];  // of "A=B" it is a value of A
  shown.with_value = std::min(shown.with_value, place);
}

void ImageDraft::SetLabel(const std::string& name, const std::string& value) {
  Json& labels = config()["Labels"];
  if (!labels.is_object()) {
    labels = Json::object();
  }
  labels[name] = value;
}

void ImageDraft::SetMaintainer(const std::string& name) {
  document_["author"] = name;
}

void ImageDraft::SetCommand(const CommandLine& command) {
  config()["Cmd"] = ArgumentsOf(command, shell());
  has_own_command_ = true;
  config().erase("ArgsEscaped");
}

void ImageDraft::SetEntrypoint(const CommandLine& command) {
  config()["Entrypoint"] = ArgumentsOf(command, shell());
  if (!has_own_command_) {
    config().erase("Cmd");
  }
}

void ImageDraft::SetShell(const std::vector<std::string>& words) {
  config()["Shell"] = words;
}

void ImageDraft::SetUser(const std::string& user) {
  config()["User"] = user;
}

std::string ImageDraft::SetWorkingDirectory(const std::string& path) {
  const std::string full =
      CleanPath(IsAbsolutePath(path) ? path : JoinPath(working_directory(), path));
  config()["WorkingDir"] = full;
  return full;
}

void ImageDraft::AddVolume(const std::string& path) {
  Json& volumes = config()["Volumes"];
  if (!volumes.is_object()) {
    volumes = Json::object();
  }
  volumes[path] = Json::object();
}

absl::StatusOr<std::vector<std::string>> ImageDraft::AddPorts(const std::string& ports) {
  ASSIGN_OR_RETURN(std::vector<std::string> all, ExpandPorts(ports));
  Json& exposed = config()["ExposedPorts"];
  if (!exposed.is_object()) {
    exposed = Json::object();
  }
  for (const std::string& each : all) {
    exposed[each] = Json::object();
  }
  return all;
}

absl::Status ImageDraft::SetStopSignal(const std::string& signal) {
  RETURN_IF_ERROR(ParseSignal(signal).status());
  config()["StopSignal"] = signal;
  return absl::OkStatus();
}

void ImageDraft::SetHealthCheck(const HealthCheckInstruction& check) {
  Json health = {{"Test", check.test}};
  const auto set = [&](const char* key, absl::Duration value) {
    if (value != absl::ZeroDuration()) {
      health[key] = Nanoseconds(value);
    }
  };
  set("Interval", check.interval);
  set("Timeout", check.timeout);
  set("StartPeriod", check.start_period);
  set("StartInterval", check.start_interval);
  if (check.retries != 0) {
    health["Retries"] = check.retries;
  }
  config()["Healthcheck"] = std::move(health);
}

void ImageDraft::AddTrigger(const std::string& trigger) {
  List("OnBuild").push_back(trigger);
}

absl::Status ImageDraft::AddHistory(const std::string& by, const std::string& created,
                                    bool has_layer) {
  history_bytes_ += by.size();
  if (history_bytes_ > kMaxConfigSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("the image's history has more than ", kMaxConfigSize, " bytes"));
  }
  Json& history = document_["history"];
  if (!history.is_array()) {
    history = Json::array();
  }
  Json entry = {{"created", created}, {"created_by", by}, {"comment", "buildkit.dockerfile.v0"}};
  if (!has_layer) {
    entry["empty_layer"] = true;
  }
  history.push_back(std::move(entry));
  document_["created"] = created;
  return absl::OkStatus();
}

std::string ImageDraft::Format() const {
  return FormatJson(document_);
}

std::vector<std::string> ArgumentsOf(const CommandLine& command,
                                     const std::vector<std::string>& shell) {
  if (!command.shell) {
    return command.words;
  }
  std::vector<std::string> words = shell;
  words.insert(words.end(), command.words.begin(), command.words.end());
  return words;
}

}  // namespace berth::imageservice
