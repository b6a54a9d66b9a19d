// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/run_flags.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "cri/cli/option_syntax.h"

namespace berth::cli {
namespace {

constexpr size_t kMaxLineFile = 1 << 20;
constexpr size_t kMaxProfile = 1 << 20;

void AddProcessFlags(Verb& verb, RunWords& said) {
  RunOptions& options = said.options;
  verb.Add("-e,--env", options.environment, "a variable; NAME alone passes yours on",
           {.type = "NAME[=VALUE]"});
  verb.Add("--env-file", said.environment_files, "a file with a variable in each line",
           {.type = "FILE"});
  verb.Add("-w,--workdir", options.working_directory, "the command's directory", {.type = "PATH"});
  verb.Add("-u,--user", options.user, "by name or number, also with a group",
           {.type = "USER[:GROUP]"});
  verb.Add("--entrypoint", options.entrypoint, "instead of the image's", {.type = "PROGRAM"});
  verb.AddFlag("--privileged", options.privileged, "all capabilities and devices, no seccomp");
  verb.AddFlag("--read-only", options.read_only, "the image's files cannot be changed");
  verb.Add("--cap-add", options.add_capabilities, "NET_ADMIN for example, or ALL",
           {.type = "CAPABILITY"});
  verb.Add("--cap-drop", options.drop_capabilities, "one of the default ones, or ALL",
           {.type = "CAPABILITY"});
}

void AddPlaceFlags(Verb& verb, RunWords& said) {
  RunOptions& options = said.options;
  verb.Add("--name", options.name, "of the pod and its container; else one is chosen",
           {.type = "NAME"});
  verb.Add("--cidfile", options.id_file, "gets the container's id; must not be there",
           {.type = "FILE"});
  verb.Add("-p,--publish", options.ports, "a port of the host that leads to one inside",
           {.type = "[[IP:]HOST[-HOST]:]INSIDE[-INSIDE][/udp]"});
  verb.Add("-v,--volume", options.volumes, "a path of the host, or a volume, that is seen inside",
           {.type = "[HOST|VOLUME:]INSIDE[:ro]"});
  verb.Add("--network,--net", said.networks,
           "the pod's own (default), the host's, or some of `berth network`",
           {.type = "default|host|none|bridge|container:NAME|NETWORK|name=NETWORK,alias=NAME,..."});
  verb.Add("--dns", options.dns_servers, "a name server instead of the node's", {.type = "IP"});
  verb.Add("--dns-search", options.dns_searches, "a domain in which names are looked for",
           {.type = "DOMAIN"});
  verb.Add("-h,--hostname", options.hostname, "else the name", {.type = "NAME"});
  verb.Add("-l,--label", options.labels, "of the pod and its container", {.type = "KEY=VALUE"});
  verb.Add("--annotation", options.annotations, "for hooks, plugins and other runtimes",
           {.type = "KEY=VALUE"});
  verb.Add("--label-file", said.label_files, "a file with a label in each line", {.type = "FILE"});
}

void AddHealthFlags(Verb& verb, HealthOptions& health) {
  verb.Add("--health-cmd", health.command, "by which the container is found healthy",
           {.type = "COMMAND"});
  verb.Add("--health-interval", health.interval, "between two checks", {.type = "TIME"});
  verb.Add("--health-timeout", health.timeout, "that a check may take", {.type = "TIME"});
  verb.Add("--health-retries", health.retries, "failures in a row that make it unhealthy",
           {.type = "NUMBER", .check = IsNonNegative});
  verb.Add("--health-start-period", health.start_period, "in which failures do not count",
           {.type = "TIME"});
  verb.Add("--health-start-interval", health.start_interval, "between checks in that period",
           {.type = "TIME"});
  verb.AddFlag("--no-healthcheck", health.none, "not the image's check either");
}

void AddStorageFlags(Verb& verb, EngineOptions& engine) {
  verb.Add("--mount", engine.mounts, "as -v, in words",
           {.type = "type=TYPE,src=SOURCE,dst=PATH[,readonly]"});
  verb.Add("--tmpfs", engine.tmpfs, "a directory in memory", {.type = "PATH[:OPTIONS]"});
  verb.Add("--volumes-from", engine.volumes_from, "what another container has mounted",
           {.type = "CONTAINER[:ro]"});
  verb.Add("--volume-driver", engine.volume_driver, "of the volumes of -v", {.type = "DRIVER"});
  verb.Add("--shm-size", engine.shm_size, "of /dev/shm", {.type = "SIZE"});
  verb.Add("--device", engine.devices, "a device of the host, or one by CDI",
           {.type = "PATH[:INSIDE[:rwm]]|CDI"});
  verb.Add("--device-cgroup-rule", engine.device_rules, "devices that may be used, made or not",
           {.type = "'TYPE MAJOR:MINOR ACCESS'"});
  verb.Add("--gpus", engine.gpus, "GPUs of NVIDIA, by CDI", {.type = "all|NUMBER|device=ID[,ID]"});
}

void AddNetworkFlags(Verb& verb, EngineOptions& engine) {
  verb.AddFlag("-P,--publish-all", engine.publish_all, "each port that the image exposes");
  verb.Add("--expose", engine.exposed, "a port, for -P", {.type = "PORT[/udp]"});
  verb.Add("--network-alias,--net-alias", engine.network_aliases, "one more name in the network",
           {.type = "NAME"});
  verb.Add("--ip", engine.ip, "its address in the network", {.type = "IP"});
  verb.Add("--ip6", engine.ip6, "of IPv6", {.type = "IP"});
  verb.Add("--mac-address", engine.mac, "its own in the network", {.type = "MAC"});
  verb.Add("--dns-option,--dns-opt", engine.dns_options, "for resolv.conf", {.type = "OPTION"});
  verb.Add("--link", engine.links, "another container by this name", {.type = "CONTAINER[:NAME]"});
  verb.Add("--add-host", engine.hosts, "for /etc/hosts", {.type = "NAME:IP"});
  verb.Add("--domainname", engine.domain_name, "of NIS", {.type = "NAME"});
}

void AddNamespaceFlags(Verb& verb, EngineOptions& engine) {
  verb.Add("--pid", engine.pid, "whose processes it sees", {.type = "host|container:NAME"});
  verb.Add("--ipc", engine.ipc, "whose IPC it has",
           {.type = "private|shareable|host|none|container:NAME"});
  verb.Add("--uts", engine.uts, "whose hostname", {.type = "host"});
  verb.Add("--userns", engine.userns, "whose users", {.type = "host"});
  verb.Add("--cgroupns", engine.cgroupns, "which cgroups it sees", {.type = "private|host"});
  verb.Add("--security-opt", engine.security_options, "no-new-privileges, seccomp=FILE, ...",
           {.type = "OPTION"});
  verb.Add("--group-add", engine.groups, "one more group", {.type = "GROUP"});
  verb.Add("--sysctl", engine.sysctls, "of its namespaces", {.type = "NAME=VALUE"});
}

void AddBlockFlags(Verb& verb, EngineOptions& engine) {
  verb.Add("--blkio-weight-device", engine.block_device_weights, "its weight on a disk",
           {.type = "PATH:WEIGHT"});
  verb.Add("--device-read-bps", engine.read_bytes, "bytes that it reads a second, at most",
           {.type = "PATH:SIZE"});
  verb.Add("--device-write-bps", engine.write_bytes, "bytes that it writes a second, at most",
           {.type = "PATH:SIZE"});
  verb.Add("--device-read-iops", engine.read_operations, "reads a second, at most",
           {.type = "PATH:NUMBER"});
  verb.Add("--device-write-iops", engine.write_operations, "writes a second, at most",
           {.type = "PATH:NUMBER"});
}

void AddLifeFlags(Verb& verb, EngineOptions& engine) {
  verb.Add("--ulimit", engine.ulimits, "for example nofile=1024:2048",
           {.type = "NAME=SOFT[:HARD]"});
  verb.Add("--cgroup-parent", engine.cgroup_parent, "the cgroup that its own is in",
           {.type = "CGROUP"});
  verb.Add("--memory-swappiness", engine.memory_swappiness, "from 0 to 100, with cgroup v1",
           {.type = "NUMBER"});
  verb.AddFlag("--oom-kill-disable", engine.oom_kill_disable, "with cgroup v1");
  verb.Add("--oom-score-adj", engine.oom_score_adj, "from -1000 to 1000", {.type = "NUMBER"});
  verb.AddFlag("--init", engine.init, "a first process that reaps the others");
  verb.Add("--stop-signal", engine.stop_signal, "instead of the image's", {.type = "SIGNAL"});
  verb.Add("--stop-timeout", engine.stop_timeout, "before it is killed",
           {.type = "SECONDS", .check = IsNonNegative});
  verb.Add("--log-driver", engine.log_driver, "how its output is kept",
           {.type = "json-file|local|none"});
  verb.Add("--log-opt", engine.log_options, "for example max-size=10m", {.type = "KEY=VALUE"});
  verb.Add("--platform", engine.platform, "os/architecture, if not the daemon's",
           {.type = "PLATFORM"});
  verb.Add("--runtime", engine.runtime, "a handler of the node", {.type = "NAME"});
}

// A profile in a file goes with the request, as docker sends it.
absl::Status ReadProfiles(std::vector<std::string>& options) {
  for (std::string& option : options) {
    absl::string_view path = option;
    if (absl::ConsumePrefix(&path, "seccomp=") && path != "unconfined" && path != "builtin") {
      ASSIGN_OR_RETURN(const std::string profile, ReadFile(std::string(path), kMaxProfile));
      option = absl::StrCat("seccomp=", profile);
    }
  }
  return absl::OkStatus();
}

absl::Status ReadNetworks(const std::vector<std::string>& said, RunOptions& options) {
  for (size_t i = 0; i < said.size(); ++i) {
    ASSIGN_OR_RETURN(NetworkChoice choice, ParseNetworkChoice(said[i]));
    if (i > 0) {
      options.engine.networks.push_back(std::move(choice));
      continue;
    }
    options.network = choice.name;
    options.engine.endpoint = std::move(choice.endpoint);
  }
  return absl::OkStatus();
}

std::string IsStream(const std::string& text) {
  const std::string name = absl::AsciiStrToLower(text);
  return name == "stdin" || name == "stdout" || name == "stderr"
             ? ""
             : "valid streams are STDIN, STDOUT and STDERR";
}

// In docker's words.
absl::Status CheckTogether(const RunOptions& options) {
  if (options.detach && !options.engine.attached.empty()) {
    return absl::InvalidArgumentError(
        "conflicting options: cannot specify both --attach and --detach");
  }
  const std::string& restart = options.engine.restart;
  if (options.remove && !restart.empty() && restart != "no") {
    return absl::InvalidArgumentError(
        "conflicting options: cannot specify both --restart and --rm");
  }
  const std::string& directory = options.working_directory;
  return directory.empty() || IsAbsolutePath(directory)
             ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   absl::StrCat("the working directory '", directory,
                                "' is invalid, it needs to be an absolute path"));
}

}  // namespace

void AddBuildLimitFlags(Verb& verb, RunOptions& options) {
  EngineOptions& engine = options.engine;
  verb.Add("-m,--memory", options.memory, "at most so much, for example 512m", {.type = "SIZE"});
  verb.Add("--memory-swap", engine.memory_swap, "memory and swap; -1: no limit", {.type = "SIZE"});
  verb.Add("--cpu-period", engine.cpu_period, "in microseconds, of --cpu-quota",
           {.type = "NUMBER", .check = IsNonNegative});
  verb.Add("--cpu-quota", engine.cpu_quota, "microseconds of CPU in each period",
           {.type = "NUMBER"});
  verb.Add("-c,--cpu-shares", engine.cpu_shares, "its weight; 1024 is the usual",
           {.type = "NUMBER", .check = IsNonNegative});
  verb.Add("--cpuset-cpus", engine.cpuset_cpus, "only these, for example 0-2,4", {.type = "CPUS"});
  verb.Add("--cpuset-mems", engine.cpuset_mems, "only the memory of these nodes",
           {.type = "NODES"});
}

void AddLimitFlags(Verb& verb, RunOptions& options) {
  EngineOptions& engine = options.engine;
  AddBuildLimitFlags(verb, options);
  verb.Add("--cpus", options.cpus, "at most so many, for example 1.5", {.type = "NUMBER"});
  verb.Add("--memory-reservation", engine.memory_reservation, "kept when memory is short",
           {.type = "SIZE"});
  verb.Add("--pids-limit", engine.pids_limit, "at most so many processes", {.type = "NUMBER"});
  verb.Add("--blkio-weight", engine.block_weight, "its weight on disks, from 10 to 1000",
           {.type = "NUMBER", .check = IsNonNegative});
}

void AddRestartFlag(Verb& verb, RunOptions& options) {
  verb.Add("--restart", options.engine.restart, "when it has ended",
           {.type = "no|always|unless-stopped|on-failure[:RETRIES]"});
}

void AddRunFlags(Verb& verb, RunWords& said) {
  RunOptions& options = said.options;
  verb.TakeWords(said.words, "IMAGE [COMMAND [ARG...]]", {"IMAGE"});
  verb.AddFlag("-i,--interactive", options.interactive, "it has an input: ours, without -d");
  verb.AddFlag("-t,--tty", options.terminal, "it has a terminal: ours, without -d");
  verb.AddFlag("--rm", options.remove, "remove it when it has ended");
  verb.Add("-a,--attach", options.engine.attached, "only these of its streams",
           {.type = "stdin|stdout|stderr", .check = IsStream});
  verb.AddUsual("-q,--quiet", "no word of a pull; there is none anyhow");
  verb.AddUsual("--disable-content-trust", "no signatures of Notary are looked at");
  verb.Add("--pull", options.pull, "when to pull the image",
           {.shows_default = true, .one_of = {"always", "missing", "never"}});
  AddPlaceFlags(verb, said);
  AddProcessFlags(verb, said);
  AddHealthFlags(verb, options.engine.health);
  AddStorageFlags(verb, options.engine);
  AddNetworkFlags(verb, options.engine);
  AddNamespaceFlags(verb, options.engine);
  AddLimitFlags(verb, options);
  AddBlockFlags(verb, options.engine);
  AddRestartFlag(verb, options);
  AddLifeFlags(verb, options.engine);
}

absl::Status PrependLines(const std::vector<std::string>& paths, std::vector<std::string>& given) {
  std::vector<std::string> lines;
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxLineFile));
    const absl::StatusOr<std::vector<std::string>> more = ParseLineFile(text);
    RETURN_IF_ERROR(Annotate(more.status(), absl::StrCat("invalid env file (", path, ")")));
    lines.insert(lines.end(), more->begin(), more->end());
  }
  given.insert(given.begin(), lines.begin(), lines.end());
  return absl::OkStatus();
}

absl::StatusOr<RunOptions> ReadRunOptions(const RunWords& said) {
  RunOptions options = said.options;
  options.image = said.words.front();
  options.command.assign(said.words.begin() + 1, said.words.end());
  RETURN_IF_ERROR(CheckTogether(options));
  for (std::string& stream : options.engine.attached) {
    absl::AsciiStrToLower(&stream);
  }
  RETURN_IF_ERROR(ReadNetworks(said.networks, options));
  RETURN_IF_ERROR(PrependLines(said.environment_files, options.environment));
  RETURN_IF_ERROR(PrependLines(said.label_files, options.labels));
  RETURN_IF_ERROR(ReadProfiles(options.engine.security_options));
  return options;
}

}  // namespace berth::cli
