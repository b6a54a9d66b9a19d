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

// An option whose value is a field of HostConfig's.
template <typename Value>
struct HostOption {
  const char* name;
  const char* field;
  Value EngineOptions::*value;
};

constexpr HostOption<std::string> kSizes[] = {
    {"--memory-swap", "MemorySwap", &EngineOptions::memory_swap},
    {"--memory-reservation", "MemoryReservation", &EngineOptions::memory_reservation},
    {"--shm-size", "ShmSize", &EngineOptions::shm_size}};

constexpr HostOption<std::optional<int64_t>> kNumbers[] = {
    {"--cpu-shares", "CpuShares", &EngineOptions::cpu_shares},
    {"--cpu-period", "CpuPeriod", &EngineOptions::cpu_period},
    {"--cpu-quota", "CpuQuota", &EngineOptions::cpu_quota},
    {"--pids-limit", "PidsLimit", &EngineOptions::pids_limit},
    {"--oom-score-adj", "OomScoreAdj", &EngineOptions::oom_score_adj},
    {"--memory-swappiness", "MemorySwappiness", &EngineOptions::memory_swappiness},
    {"--blkio-weight", "BlkioWeight", &EngineOptions::block_weight}};

constexpr HostOption<std::string> kWords[] = {
    {"--cpuset-cpus", "CpusetCpus", &EngineOptions::cpuset_cpus},
    {"--cpuset-mems", "CpusetMems", &EngineOptions::cpuset_mems},
    {"--cgroup-parent", "CgroupParent", &EngineOptions::cgroup_parent},
    {"--volume-driver", "VolumeDriver", &EngineOptions::volume_driver},
    {"--pid", "PidMode", &EngineOptions::pid},
    {"--ipc", "IpcMode", &EngineOptions::ipc},
    {"--uts", "UTSMode", &EngineOptions::uts},
    {"--userns", "UsernsMode", &EngineOptions::userns},
    {"--cgroupns", "CgroupnsMode", &EngineOptions::cgroupns},
    {"--runtime", "Runtime", &EngineOptions::runtime}};

constexpr HostOption<bool> kFlags[] = {
    {"--init", "Init", &EngineOptions::init},
    {"--publish-all", "PublishAllPorts", &EngineOptions::publish_all},
    {"--oom-kill-disable", "OomKillDisable", &EngineOptions::oom_kill_disable}};

constexpr HostOption<std::vector<std::string>> kLists[] = {
    {"--volumes-from", "VolumesFrom", &EngineOptions::volumes_from},
    {"--link", "Links", &EngineOptions::links},
    {"--add-host", "ExtraHosts", &EngineOptions::hosts},
    {"--group-add", "GroupAdd", &EngineOptions::groups},
    {"--security-opt", "SecurityOpt", &EngineOptions::security_options},
    {"--device-cgroup-rule", "DeviceCgroupRules", &EngineOptions::device_rules},
    {"--dns-option", "DnsOptions", &EngineOptions::dns_options}};

struct ParsedList {
  HostOption<std::vector<std::string>> option;
  absl::StatusOr<berth::Json> (*parse)(absl::string_view option, absl::string_view text);
};

constexpr ParsedList kParsedLists[] = {
    {{"--blkio-weight-device", "BlkioWeightDevice", &EngineOptions::block_device_weights},
     ParseDeviceWeight},
    {{"--device-read-bps", "BlkioDeviceReadBps", &EngineOptions::read_bytes}, ParseByteRate},
    {{"--device-write-bps", "BlkioDeviceWriteBps", &EngineOptions::write_bytes}, ParseByteRate},
    {{"--device-read-iops", "BlkioDeviceReadIOps", &EngineOptions::read_operations},
     ParseOperationRate},
    {{"--device-write-iops", "BlkioDeviceWriteIOps", &EngineOptions::write_operations},
     ParseOperationRate}};

bool IsGiven(bool flag) {
  return flag;
}

bool IsGiven(const std::optional<int64_t>& number) {
  return number.has_value();
}

template <typename Value>
bool IsGiven(const Value& value) {
  return !value.empty();
}

// The first option of `table` that was given; empty: none.
template <typename Table>
std::string GivenOf(const EngineOptions& engine, const Table& table) {
  const auto found = std::find_if(std::begin(table), std::end(table), [&](const auto& option) {
    return IsGiven(engine.*option.value);
  });
  return found == std::end(table) ? "" : found->name;
}

std::string GivenHostOption(const EngineOptions& engine) {
  for (const std::string& name :
       {GivenOf(engine, kFlags), GivenOf(engine, kLists), GivenOf(engine, kWords),
        GivenOf(engine, kSizes), GivenOf(engine, kNumbers)}) {
    if (!name.empty()) {
      return name;
    }
  }
  const auto found =
      std::find_if(std::begin(kParsedLists), std::end(kParsedLists),
                   [&](const ParsedList& list) { return IsGiven(engine.*list.option.value); });
  return found == std::end(kParsedLists) ? "" : found->option.name;
}

template <typename Table>
void SetGiven(const EngineOptions& engine, const Table& table, berth::Json& host) {
  for (const auto& option : table) {
    if (IsGiven(engine.*option.value)) {
      host[option.field] = engine.*option.value;
    }
  }
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
  return absl::OkStatus();
}

// What `option` says of an address where the first --network says it, too.
absl::Status Merge(const char* option, const std::string& said, std::string& field) {
  if (!said.empty() && !field.empty()) {
    return absl::InvalidArgumentError(absl::StrCat("conflicting options: cannot specify both ",
                                                   option, " and that of --network"));
  }
  field = said.empty() ? field : said;
  return absl::OkStatus();
}

absl::Status SetNetwork(const RunOptions& options, berth::Json& body) {
  const EngineOptions& engine = options.engine;
  body["HostConfig"]["NetworkMode"] = options.network;
  EndpointOptions first = engine.endpoint;
  first.aliases.insert(first.aliases.end(), engine.network_aliases.begin(),
                       engine.network_aliases.end());
  RETURN_IF_ERROR(Merge("--ip", engine.ip, first.ip));
  RETURN_IF_ERROR(Merge("--ip6", engine.ip6, first.ip6));
  RETURN_IF_ERROR(Merge("--mac-address", engine.mac, first.mac));
  berth::Json endpoints = berth::Json::object();
  berth::Json endpoint = EndpointRequestOf(first);
  if (!endpoint.empty() || !engine.networks.empty()) {
    endpoints[options.network] = std::move(endpoint);
  }
  for (const NetworkChoice& more : engine.networks) {
    if (endpoints.contains(more.name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("network \"", more.name, "\" is specified multiple times"));
    }
    endpoints[more.name] = EndpointRequestOf(more.endpoint);
  }
  if (!endpoints.empty()) {
    body["NetworkingConfig"]["EndpointsConfig"] = std::move(endpoints);
  }
  return absl::OkStatus();
}

absl::Status SetSizes(const EngineOptions& engine, berth::Json& host) {
  for (const HostOption<std::string>& size : kSizes) {
    const std::string& text = engine.*size.value;
    if (text == "-1" && &text == &engine.memory_swap) {
      host[size.field] = -1;  // without a limit
    } else if (!text.empty()) {
      ASSIGN_OR_RETURN(host[size.field], ParseMemorySize(text));
    }
  }
  return absl::OkStatus();
}

absl::Status SetParsedLists(const EngineOptions& engine, berth::Json& host) {
  for (const auto& [option, parse] : kParsedLists) {
    for (const std::string& text : engine.*option.value) {
      ASSIGN_OR_RETURN(berth::Json member, parse(option.name, text));
      host[option.field].push_back(std::move(member));
    }
  }
  return absl::OkStatus();
}

// Nothing of what was not given, so that an update changes what it names.
absl::Status SetResources(const RunOptions& options, berth::Json& host) {
  const EngineOptions& engine = options.engine;
  if (!options.memory.empty()) {
    ASSIGN_OR_RETURN(host["Memory"], ParseMemorySize(options.memory));
  }
  RETURN_IF_ERROR(SetSizes(engine, host));
  if (!options.cpus.empty()) {
    constexpr int64_t kNanosecondsPerMicrosecond = 1'000'000'000 / kCpuPeriod;
    ASSIGN_OR_RETURN(const int64_t quota, ParseCpuQuota(options.cpus));
    host["NanoCpus"] = quota * kNanosecondsPerMicrosecond;
  }
  for (const HostOption<std::optional<int64_t>>& number : kNumbers) {
    if ((engine.*number.value).has_value()) {
      host[number.field] = *(engine.*number.value);
    }
  }
  SetGiven(engine, kWords, host);
  SetGiven(engine, kFlags, host);
  SetGiven(engine, kLists, host);
  RETURN_IF_ERROR(SetParsedLists(engine, host));
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
  host["Privileged"] = options.privileged;
  host["ReadonlyRootfs"] = options.read_only;
  host["CapAdd"] = options.add_capabilities;
  host["CapDrop"] = options.drop_capabilities;
}

absl::Status SetHost(const RunOptions& options, berth::Json& host) {
  const EngineOptions& engine = options.engine;
  host["Dns"] = options.dns_servers;
  host["DnsSearch"] = options.dns_searches;
  host["AutoRemove"] = options.remove;
  ASSIGN_OR_RETURN(host["Annotations"], ParsePairs("--annotation", options.annotations));
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
  const ConnectedStreams attached = ConnectedOf(options);
  body["Image"] = options.image;
  body["User"] = options.user;
  body["WorkingDir"] = options.working_directory;
  body["Hostname"] = options.hostname;
  body["Domainname"] = engine.domain_name;
  body["Tty"] = options.terminal;
  body["OpenStdin"] = options.interactive;
  body["StdinOnce"] = options.interactive && attached.input;
  body["AttachStdin"] = attached.input;
  body["AttachStdout"] = attached.output;
  body["AttachStderr"] = attached.error;
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
      {"--network", !engine.networks.empty() || engine.endpoint != EndpointOptions()},
      {"-v", any(options.volumes, IsNamed)},
      {"-p", any(options.ports, HasAnyPort)},
      {"--restart", !engine.restart.empty()},
      {"--attach", !engine.attached.empty()},
      {"--sig-proxy", !engine.passes_signals},
      {"--mount", !engine.mounts.empty()},
      {"--tmpfs", !engine.tmpfs.empty()},
      {"--expose", !engine.exposed.empty()},
      {"--network-alias", !engine.network_aliases.empty()},
      {"--ip", !engine.ip.empty()},
      {"--ip6", !engine.ip6.empty()},
      {"--mac-address", !engine.mac.empty()},
      {"--device", !engine.devices.empty()},
      {"--gpus", !engine.gpus.empty()},
      {"--sysctl", !engine.sysctls.empty()},
      {"--ulimit", !engine.ulimits.empty()},
      {"--platform", !engine.platform.empty()},
      {"--domainname", !engine.domain_name.empty()},
      {"--log-driver", !engine.log_driver.empty()},
      {"--log-opt", !engine.log_options.empty()},
      {"--stop-signal", !engine.stop_signal.empty()},
      {"--stop-timeout", engine.stop_timeout.has_value()}};
  const auto found = std::find_if(std::begin(needs), std::end(needs),
                                  [](const auto& each) { return each.second; });
  if (found != std::end(needs)) {
    return found->first;
  }
  const std::string of_host = GivenHostOption(engine);
  return of_host.empty() ? HealthOption(engine.health) : of_host;
}

absl::StatusOr<berth::Json> ContainerRequestOf(const RunOptions& options,
                                               const RunSurroundings& surroundings) {
  berth::Json body = {{"HostConfig", berth::Json::object()}};
  SetProcess(options, body);
  ASSIGN_OR_RETURN(body["Env"], ResolveEnvironment(options.environment, surroundings.environment));
  ASSIGN_OR_RETURN(body["Labels"], ParsePairs("--label", options.labels));
  RETURN_IF_ERROR(SetHealth(options.engine.health, body));
  RETURN_IF_ERROR(SetMounts(options, surroundings, body));
  RETURN_IF_ERROR(SetPorts(options, body));
  RETURN_IF_ERROR(SetNetwork(options, body));
  RETURN_IF_ERROR(SetHost(options, body["HostConfig"]));
  return body;
}

absl::StatusOr<berth::Json> UpdateRequestOf(const RunOptions& options) {
  berth::Json body = berth::Json::object();
  RETURN_IF_ERROR(SetResources(options, body));
  return body;
}

}  // namespace berth::cli
