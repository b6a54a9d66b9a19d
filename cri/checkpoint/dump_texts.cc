// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/dump_texts.h"

#include "absl/strings/str_cat.h"

#include "base/digest.h"
#include "base/json.h"
#include "base/path.h"
#include "base/time_text.h"
#include "runtime/spec/environment.h"

namespace berth::cri {
namespace {

constexpr char kSpecDumpVersion[] = "1.0.2";       // of the specification that spec.dump follows
constexpr char kNever[] = "0001-01-01T00:00:00Z";  // Go's zero
constexpr int kPodOptionsVersion = 1;

Json ProcessOf(const runtime::ContainerSnapshot& container) {
  const v1::ContainerConfig& config = container.config;
  return {{"args", runtime::ChooseArguments(config, container.image)},
          {"cwd", config.working_dir().empty() ? "/" : config.working_dir()},
          {"terminal", config.tty()},
          {"user",
           {{"uid", container.uid}, {"gid", container.gid}, {"additionalGids", container.groups}}}};
}

}  // namespace

std::string CommandDigest(const v1::ContainerConfig& config) {
  v1::ContainerConfig parts;
  *parts.mutable_command() = config.command();
  *parts.mutable_args() = config.args();
  parts.set_working_dir(config.working_dir());
  return Digest::OfBytes(parts.SerializeAsString()).str();
}

std::string EnvironmentDigest(const v1::ContainerConfig& config) {
  std::map<std::string, std::string> variables;
  for (const v1::KeyValue& variable : config.envs()) {
    variables[variable.key()] = variable.value();
  }
  v1::ContainerConfig parts;
  for (const auto& [name, value] : variables) {
    v1::KeyValue& variable = *parts.add_envs();
    variable.set_key(name);
    variable.set_value(value);
  }
  return Digest::OfBytes(parts.SerializeAsString()).str();
}

std::string ConfigDump(const runtime::ContainerSnapshot& container, absl::Time at) {
  return FormatJson({{"id", container.id},
                     {"name", container.config.metadata().name()},
                     {"rootfsImage", container.config.image().image()},
                     {"rootfsImageName", container.image.reference},
                     {"rootfsImageRef", container.image.id},
                     {"runtime", "berth"},
                     {kCommandDigest, CommandDigest(container.config)},
                     {kEnvironmentDigest, EnvironmentDigest(container.config)},
                     {"createdTime", TimeText(container.created_at)},
                     {"checkpointedTime", TimeText(at)},
                     {"restoredTime", kNever},
                     {"restored", false}});
}

std::string SpecDump(const runtime::PodSnapshot& pod, const runtime::ContainerSnapshot& container) {
  const v1::PodSandboxMetadata& metadata = pod.config.metadata();
  // As containerd names them: checkpointctl takes who names no engine for it.
  const Json annotations = {
      {"io.kubernetes.cri.container-type", "container"},
      {"io.kubernetes.cri.container-name", container.config.metadata().name()},
      {"io.kubernetes.cri.image-name", container.image.reference},
      {"io.kubernetes.cri.sandbox-id", pod.id},
      {"io.kubernetes.cri.sandbox-name", metadata.name()},
      {"io.kubernetes.cri.sandbox-namespace", metadata.namespace_()},
      {"io.kubernetes.cri.sandbox-uid", metadata.uid()}};
  Json mounts = Json::array();
  for (const v1::Mount& mount : container.config.mounts()) {
    mounts.push_back({{"destination", mount.container_path()},
                      {"source", mount.host_path()},
                      {"type", "bind"},
                      {"options", {mount.readonly() ? "ro" : "rw"}}});
  }
  return FormatJson({{"ociVersion", kSpecDumpVersion},
                     {"hostname", pod.config.hostname()},
                     {"process", ProcessOf(container)},
                     {"mounts", std::move(mounts)},
                     {"annotations", annotations}});
}

std::string DeletedFiles(const std::vector<std::string>& deleted) {
  Json paths = Json::array();
  for (const std::string& path : deleted) {
    paths.push_back(absl::StrCat("/", path));
  }
  return FormatJson(paths);
}

std::string PodOptions(const std::map<std::string, std::string>& archives) {
  return FormatJson({{"version", kPodOptionsVersion}, {"containers", archives}});
}

absl::StatusOr<std::map<std::string, std::string>> ParsePodOptions(absl::string_view text) {
  const absl::Status bad = absl::DataLossError("pod.options has a bad form or version");
  const absl::StatusOr<Json> json = ParseJson(text, kMaxPodOptions);
  if (!json.ok() || JsonInteger(*json, "version") != kPodOptionsVersion) {
    return bad;
  }
  std::map<std::string, std::string> archives;
  for (const auto& [name, file] : JsonObject(*json, "containers").items()) {
    if (!file.is_string()) {
      return bad;
    }
    archives[name] = file.get<std::string>();
    if (HasNul(archives[name]) || archives[name].find('/') != std::string::npos) {
      return bad;
    }
  }
  return archives;
}

}  // namespace berth::cri
