// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_request.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/memory_size.h"
#include "base/path.h"
#include "base/status.h"
#include "cri/cli/engine_syntax.h"
#include "cri/cli/network_request.h"
#include "cri/cli/option_syntax.h"
#include "cri/cli/quantity.h"

namespace berth::cli {
namespace {

absl::Status Invalid(absl::string_view option, absl::string_view value, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(option, " ", value, ": ", problem));
}

bool IsNamed(const std::string& volume) {  // or one without a name
  return volume.find(':') == std::string::npos || (volume.front() != '/' && volume.front() != '.');
}

bool HasAnyPort(const std::string& published) {
  const absl::StatusOr<std::vector<v1::PortMapping>> ports = ParsePorts(published);
  return ports.ok() && ports->front().host_port() == 0;
}

std::string HealthOption(const HealthOptions& health) {
  const std::pair<const char*, bool> given[] = {
      {"--health-cmd", !health.command.empty()},
      {"--health-interval", !health.interval.empty()},
      {"--health-timeout", !health.timeout.empty()},
      {"--health-start-period", !health.start_period.empty()},
      {"--health-start-interval", !health.start_interval.empty()},
      {"--health-retries", health.retries.has_value()},
      {"--no-healthcheck", health.none}};
  const auto found = std::find_if(std::begin(given), std::end(given),
                                  [](const auto& each) { return each.second; });
  return found == std::end(given) ? "" : found->first;
}

absl::StatusOr<berth::Json> EnvironmentOf(const RunOptions& options,
                                          const RunSurroundings& surroundings) {
  berth::Json variables = berth::Json::array();
  for (const std::string& text : options.environment) {
    if (text.empty() || text.front() == '=') {
      return Invalid("-e", text, "write NAME=VALUE, or NAME to pass this shell's value on");
    }
    if (absl::StrContains(text, '=')) {
      variables.push_back(text);
    } else if (const auto value = surroundings.environment(text); value.has_value()) {
      variables.push_back(absl::StrCat(text, "=", *value));
    }
  }
  return variables;
}

absl::Status SetHealth(const HealthOptions& options, berth::Json& body) {
  if (options.none) {
    body["Healthcheck"]["Test"] = {"NONE"};
    return absl::OkStatus();
  }
  if (HealthOption(options).empty()) {
    return absl::OkStatus();
  }
  berth::Json& health = body["Healthcheck"];
  health = berth::Json::object();
  if (!options.command.empty()) {
    health["Test"] = {"CMD-SHELL", options.command};
  }
  const std::tuple<const char*, const char*, const std::string&> times[] = {
      {"Interval", "--health-interval", options.interval},
      {"Timeout", "--health-timeout", options.timeout},
      {"StartPeriod", "--health-start-period", options.start_period},
      {"StartInterval", "--health-start-interval", options.start_interval}};
  for (const auto& [field, option, text] : times) {
    if (!text.empty()) {
      ASSIGN_OR_RETURN(health[field], ParseNanoseconds(option, text));
    }
  }
  if (options.retries.has_value()) {
    health["Retries"] = *options.retries;
  }
  return absl::OkStatus();
}

absl::Status SetMounts(const RunOptions& options, const RunSurroundings& surroundings,
                       berth::Json& body) {
  berth::Json& host = body["HostConfig"];
  for (const std::string& volume : options.volumes) {
    if (volume.find(':') == std::string::npos) {
      body["Volumes"][volume] = berth::Json::object();
    } else if (volume.front() == '.') {
      const size_t colon = volume.find(':');
      const std::string source =
          CleanPath(JoinPath(surroundings.working_directory, volume.substr(0, colon)));
      host["Binds"].push_back(absl::StrCat(source, volume.substr(colon)));
    } else {
      host["Binds"].push_back(volume);
    }
  }
  for (const std::string& text : options.engine.mounts) {
    ASSIGN_OR_RETURN(berth::Json mount, ParseMount(text, surroundings.working_directory));
    host["Mounts"].push_back(std::move(mount));
  }
  for (const std::string& text : options.engine.tmpfs) {
    const std::pair<std::string, std::string> parts = absl::StrSplit(text, absl::MaxSplits(':', 1));
    host["Tmpfs"][parts.first] = parts.second;
  }
  for (const std::string& text : options.engine.volumes_from) {
    host["VolumesFrom"].push_back(text);
  }
  return absl::OkStatus();
}

std::string ProtocolOf(const v1::PortMapping& port) {
  return port.protocol() == v1::UDP ? "udp" : port.protocol() == v1::SCTP ? "sctp" : "tcp";
}

absl::Status SetPorts(const RunOptions& options, berth::Json& body) {
  for (const std::string& text : options.ports) {
    ASSIGN_OR_RETURN(const std::vector<v1::PortMapping> ports, ParsePorts(text));
    for (const v1::PortMapping& port : ports) {
      const std::string inside = absl::StrCat(port.container_port(), "/", ProtocolOf(port));
      const std::string outside = port.host_port() == 0 ? "" : absl::StrCat(port.host_port());
      body["ExposedPorts"][inside] = berth::Json::object();
      body["HostConfig"]["PortBindings"][inside].push_back(
          {{"HostIp", port.host_ip()}, {"HostPort", outside}});
    }
  }
  for (const std::string& text : options.engine.exposed) {
    const bool has_protocol = absl::StrContains(text, '/');
    body["ExposedPorts"][has_protocol ? text : absl::StrCat(text, "/tcp")] = berth::Json::object();
  }
  body["HostConfig"]["PublishAllPorts"] = options.engine.publish_all;
  return absl::OkStatus();
}

void SetNetwork(const RunOptions& options, berth::Json& body) {
  const EngineOptions& engine = options.engine;
  body["HostConfig"]["NetworkMode"] = options.network;
  berth::Json endpoint =
      EndpointRequestOf({.aliases = engine.network_aliases, .ip = engine.ip, .ip6 = engine.ip6});
  if (!endpoint.empty()) {
    body["NetworkingConfig"]["EndpointsConfig"][options.network] = std::move(endpoint);
  }
}

absl::Status SetResources(const RunOptions& options, berth::Json& host) {
  const EngineOptions& engine = options.engine;
  const std::pair<const char*, const std::string&> sizes[] = {
      {"Memory", options.memory}, {"MemorySwap", engine.memory_swap}, {"ShmSize", engine.shm_size}};
  for (const auto& [field, text] : sizes) {
    if (text == "-1" && &text == &engine.memory_swap) {
      host[field] = -1;  // without a limit
    } else if (!text.empty()) {
      ASSIGN_OR_RETURN(host[field], ParseMemorySize(text));
    }
  }
  if (!options.cpus.empty()) {
    constexpr int64_t kNanosecondsPerMicrosecond = 1'000'000'000 / kCpuPeriod;
    ASSIGN_OR_RETURN(const int64_t quota, ParseCpuQuota(options.cpus));
    host["NanoCpus"] = quota * kNanosecondsPerMicrosecond;
  }
  const std::pair<const char*, const std::optional<int64_t>&> numbers[] = {
      {"CpuShares", engine.cpu_shares},
      {"PidsLimit", engine.pids_limit},
      {"OomScoreAdj", engine.oom_score_adj}};
  for (const auto& [field, number] : numbers) {
    if (number.has_value()) {
      host[field] = *number;
    }
  }
  const std::pair<const char*, const std::string&> words[] = {{"CpusetCpus", engine.cpuset_cpus},
                                                              {"CpusetMems", engine.cpuset_mems}};
  for (const auto& [field, text] : words) {
    if (!text.empty()) {
      host[field] = text;
    }
  }
  if (!engine.restart.empty()) {
    ASSIGN_OR_RETURN(host["RestartPolicy"], ParseRestart(engine.restart));
  }
  for (const std::string& text : engine.ulimits) {
    ASSIGN_OR_RETURN(berth::Json limit, ParseUlimit(text));
    host["Ulimits"].push_back(std::move(limit));
  }
  return absl::OkStatus();
}

absl::Status SetDevices(const EngineOptions& engine, berth::Json& host) {
  berth::Json cdi = berth::Json::array();
  for (const std::string& text : engine.devices) {
    if (!absl::StartsWith(text, "/") && absl::StrContains(text, '=')) {  // vendor.com/class=name
      cdi.push_back(text);
    } else {
      host["Devices"].push_back(ParseDevice(text));
    }
  }
  if (!cdi.empty()) {
    host["DeviceRequests"].push_back({{"Driver", "cdi"}, {"DeviceIDs", std::move(cdi)}});
  }
  for (const std::string& text : engine.gpus) {
    ASSIGN_OR_RETURN(berth::Json request, ParseGpus(text));
    host["DeviceRequests"].push_back(std::move(request));
  }
  return absl::OkStatus();
}

void SetSecurity(const RunOptions& options, berth::Json& host) {
  const EngineOptions& engine = options.engine;
  host["Privileged"] = options.privileged;
  host["ReadonlyRootfs"] = options.read_only;
  host["CapAdd"] = options.add_capabilities;
  host["CapDrop"] = options.drop_capabilities;
  host["SecurityOpt"] = engine.security_options;
  host["GroupAdd"] = engine.groups;
  host["PidMode"] = engine.pid;
  host["IpcMode"] = engine.ipc;
  host["UTSMode"] = engine.uts;
  host["UsernsMode"] = engine.userns;
  host["CgroupnsMode"] = engine.cgroupns;
  host["Init"] = engine.init;
}

absl::Status SetHost(const RunOptions& options, berth::Json& host) {
  const EngineOptions& engine = options.engine;
  host["Dns"] = options.dns_servers;
  host["DnsSearch"] = options.dns_searches;
  host["ExtraHosts"] = engine.hosts;
  host["Links"] = engine.links;
  host["Runtime"] = engine.runtime;
  host["AutoRemove"] = options.remove;
  ASSIGN_OR_RETURN(host["Sysctls"], ParsePairs("--sysctl", engine.sysctls));
  ASSIGN_OR_RETURN(host["LogConfig"]["Config"], ParsePairs("--log-opt", engine.log_options));
  host["LogConfig"]["Type"] = engine.log_driver;
  if (engine.log_driver.empty() && engine.log_options.empty()) {  // as of pods: kMaxLog
    host["LogConfig"]["Config"] = {{"max-size", absl::StrCat(kMaxLog)}, {"max-file", "2"}};
  }
  SetSecurity(options, host);
  RETURN_IF_ERROR(SetDevices(engine, host));
  return SetResources(options, host);
}

void SetProcess(const RunOptions& options, berth::Json& body) {
  const EngineOptions& engine = options.engine;
  const bool attached = !options.detach;
  body["Image"] = options.image;
  body["User"] = options.user;
  body["WorkingDir"] = options.working_directory;
  body["Hostname"] = options.hostname;
  body["Domainname"] = engine.domain_name;
  body["Tty"] = options.terminal;
  body["OpenStdin"] = options.interactive;
  body["StdinOnce"] = options.interactive && attached;
  body["AttachStdin"] = options.interactive && attached;
  body["AttachStdout"] = attached;
  body["AttachStderr"] = attached;
  if (!options.command.empty()) {
    body["Cmd"] = options.command;
  }
  if (options.entrypoint.has_value()) {
    body["Entrypoint"] = {*options.entrypoint};
  }
  if (!engine.stop_signal.empty()) {
    body["StopSignal"] = engine.stop_signal;
  }
  if (engine.stop_timeout.has_value()) {
    body["StopTimeout"] = *engine.stop_timeout;
  }
}

}  // namespace

std::string NeedsEngine(const RunOptions& options) {
  const EngineOptions& engine = options.engine;
  const auto any = [](const std::vector<std::string>& all, const auto& is) {
    return std::any_of(all.begin(), all.end(), is);
  };
  const std::pair<const char*, bool> needs[] = {
      {"--network", options.network != "default" && options.network != "host"},
      {"-v", any(options.volumes, IsNamed)},
      {"-p", any(options.ports, HasAnyPort)},
      {"--restart", !engine.restart.empty()},
      {"--mount", !engine.mounts.empty()},
      {"--tmpfs", !engine.tmpfs.empty()},
      {"--volumes-from", !engine.volumes_from.empty()},
      {"--publish-all", engine.publish_all},
      {"--expose", !engine.exposed.empty()},
      {"--network-alias", !engine.network_aliases.empty()},
      {"--ip", !engine.ip.empty()},
      {"--ip6", !engine.ip6.empty()},
      {"--link", !engine.links.empty()},
      {"--add-host", !engine.hosts.empty()},
      {"--device", !engine.devices.empty()},
      {"--gpus", !engine.gpus.empty()},
      {"--group-add", !engine.groups.empty()},
      {"--security-opt", !engine.security_options.empty()},
      {"--sysctl", !engine.sysctls.empty()},
      {"--ulimit", !engine.ulimits.empty()},
      {"--pid", !engine.pid.empty()},
      {"--ipc", !engine.ipc.empty()},
      {"--uts", !engine.uts.empty()},
      {"--userns", !engine.userns.empty()},
      {"--cgroupns", !engine.cgroupns.empty()},
      {"--init", engine.init},
      {"--platform", !engine.platform.empty()},
      {"--runtime", !engine.runtime.empty()},
      {"--domainname", !engine.domain_name.empty()},
      {"--log-driver", !engine.log_driver.empty()},
      {"--log-opt", !engine.log_options.empty()},
      {"--stop-signal", !engine.stop_signal.empty()},
      {"--stop-timeout", engine.stop_timeout.has_value()},
      {"--shm-size", !engine.shm_size.empty()},
      {"--memory-swap", !engine.memory_swap.empty()},
      {"--cpu-shares", engine.cpu_shares.has_value()},
      {"--cpuset-cpus", !engine.cpuset_cpus.empty()},
      {"--cpuset-mems", !engine.cpuset_mems.empty()},
      {"--pids-limit", engine.pids_limit.has_value()},
      {"--oom-score-adj", engine.oom_score_adj.has_value()}};
  const auto found = std::find_if(std::begin(needs), std::end(needs),
                                  [](const auto& each) { return each.second; });
  return found == std::end(needs) ? HealthOption(engine.health) : found->first;
}

absl::StatusOr<berth::Json> ContainerRequestOf(const RunOptions& options,
                                               const RunSurroundings& surroundings) {
  berth::Json body = {{"HostConfig", berth::Json::object()}};
  SetProcess(options, body);
  ASSIGN_OR_RETURN(body["Env"], EnvironmentOf(options, surroundings));
  ASSIGN_OR_RETURN(body["Labels"], ParsePairs("--label", options.labels));
  RETURN_IF_ERROR(SetHealth(options.engine.health, body));
  RETURN_IF_ERROR(SetMounts(options, surroundings, body));
  RETURN_IF_ERROR(SetPorts(options, body));
  SetNetwork(options, body);
  RETURN_IF_ERROR(SetHost(options, body["HostConfig"]));
  return body;
}

absl::StatusOr<berth::Json> UpdateRequestOf(const RunOptions& options) {
  berth::Json body = berth::Json::object();
  RETURN_IF_ERROR(SetResources(options, body));
  return body;
}

}  // namespace berth::cli
