// SPDX-License-Identifier: Apache-2.0
#include "runtime/spec/pod_planner.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/repeated_field.h"

#include "base/path.h"
#include "base/resolv_conf.h"
#include "base/status.h"
#include "runtime/spec/namespaces.h"
#include "runtime/spec/selinux.h"
#include "runtime/spec/sysctls.h"
#include "runtime/spec/user_namespace.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxHostname = 64;  // the kernel's __NEW_UTS_LEN

// As the kubelet writes it, which brings a file of its own.
constexpr char kHosts[] =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n";

// As Docker writes it: the kubelet has other addresses for the groups of IPv6.
constexpr char kDockersHosts[] =
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "ff00::\tip6-mcastprefix\n"
    "ff02::1\tip6-allnodes\n"
    "ff02::2\tip6-allrouters\n";

// One word of a file that the pod's programs parse.
bool IsWord(absl::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isspace(static_cast<unsigned char>(c)) ||
           absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

absl::Status CheckName(absl::string_view what, absl::string_view name) {
  if (name.size() > kMaxHostname) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " is longer than ", kMaxHostname, ": ", absl::CHexEscape(name)));
  }
  if (!IsWord(name) || name.find('/') != absl::string_view::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " \"", absl::CHexEscape(name),
                     "\" is no name: it may have no space, slash or control character"));
  }
  return absl::OkStatus();
}

absl::Status CheckWords(const google::protobuf::RepeatedPtrField<std::string>& words,
                        absl::string_view field) {
  for (const std::string& word : words) {
    if (!IsWord(word)) {
      return absl::InvalidArgumentError(
          absl::StrCat("dns_config.", field, ": \"", absl::CHexEscape(word), "\" is no word"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> FormatResolvConf(const v1::DNSConfig& dns) {
  RETURN_IF_ERROR(CheckWords(dns.searches(), "searches"));
  RETURN_IF_ERROR(CheckWords(dns.servers(), "servers"));
  RETURN_IF_ERROR(CheckWords(dns.options(), "options"));
  std::string text;
  if (!dns.searches().empty()) {
    absl::StrAppend(&text, "search ", absl::StrJoin(dns.searches(), " "), "\n");
  }
  for (const std::string& server : dns.servers()) {
    absl::StrAppend(&text, "nameserver ", server, "\n");
  }
  if (!dns.options().empty()) {
    absl::StrAppend(&text, "options ", absl::StrJoin(dns.options(), " "), "\n");
  }
  return text;
}

absl::StatusOr<std::string> CopyHostFile(HostFiles& host, const char* path,
                                         absl::string_view otherwise) {
  absl::StatusOr<std::string> text = host.ReadFile(path, kMaxHostFile);
  if (absl::IsNotFound(text.status())) {
    return std::string(otherwise);
  }
  return text;
}

bool HasServer(absl::string_view resolv_conf) {
  return !ParseResolvConf(resolv_conf).servers.empty();
}

// In a network of its own the node's loopback cannot be reached: what a resolver there asks itself,
// as systemd's says it, is asked instead; the node's own file where nothing else is left.
absl::StatusOr<std::string> NodesResolvConf(const PodInputs& inputs, bool host_network) {
  ASSIGN_OR_RETURN(std::string text, CopyHostFile(inputs.host, "/etc/resolv.conf", ""));
  const std::string reachable = WithoutLoopbackServers(text);
  if (host_network || HasServer(reachable) || !HasServer(text)) {
    return host_network ? text : reachable;
  }
  const std::string asked = WithoutLoopbackServers(
      CopyHostFile(inputs.host, "/run/systemd/resolve/resolv.conf", "").value_or(""));
  return HasServer(asked) ? asked : text;
}

absl::Status PlanPodFiles(const PodInputs& inputs, absl::string_view hostname,
                          PlannedPod& planned) {
  planned.hostname = absl::StrCat(hostname, "\n");
  planned.names = inputs.domain_name.empty()
                      ? std::string(hostname)
                      : absl::StrCat(hostname, ".", inputs.domain_name, " ", hostname);
  planned.hosts = inputs.dockers_hosts ? kDockersHosts : kHosts;
  if (planned.host_network) {
    ASSIGN_OR_RETURN(planned.hosts, CopyHostFile(inputs.host, "/etc/hosts", planned.hosts));
  }
  for (const std::string& line : inputs.extra_hosts) {
    absl::StrAppend(&planned.hosts, line, "\n");
  }
  if (inputs.config.has_dns_config()) {
    ASSIGN_OR_RETURN(planned.resolv_conf, FormatResolvConf(inputs.config.dns_config()));
  } else {
    ASSIGN_OR_RETURN(planned.resolv_conf, NodesResolvConf(inputs, planned.host_network));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PlannedPod> PlanPod(const PodInputs& inputs) {
  const v1::LinuxPodSandboxConfig& config = inputs.config.linux();
  const v1::NamespaceOption& namespaces = config.security_context().namespace_options();
  RETURN_IF_ERROR(CheckPodNamespaces(namespaces));
  const v1::LinuxSandboxSecurityContext& security = config.security_context();
  ASSIGN_OR_RETURN(const SelinuxLabels labels,
                   PlanSelinux(security.selinux_options(), security.privileged(), inputs.pod_id,
                               inputs.facts, inputs.host));

  PlannedPod planned;
  planned.host_network = namespaces.network() == v1::NODE;
  const bool host_ipc = namespaces.ipc() == v1::NODE;
  const std::string& hostname =
      inputs.config.hostname().empty() ? inputs.facts.hostname : inputs.config.hostname();
  RETURN_IF_ERROR(CheckName("hostname", hostname));
  if (!inputs.domain_name.empty()) {
    RETURN_IF_ERROR(CheckName("domain name", inputs.domain_name));
  }
  RETURN_IF_ERROR(PlanPodFiles(inputs, hostname, planned));

  PodPlan& plan = planned.plan;
  ASSIGN_OR_RETURN(plan.ids, PlanUserNamespace(namespaces, inputs.facts));
  plan.pod_id = inputs.pod_id;
  plan.directory = inputs.directory;
  plan.network_namespace = inputs.network_namespace;
  plan.new_network = !planned.host_network && plan.network_namespace.empty();
  plan.ipc_namespace = inputs.ipc_namespace;
  plan.shared_memory = inputs.shared_memory;
  plan.new_ipc = !host_ipc && plan.ipc_namespace.empty();
  plan.new_uts = !inputs.host_uts && (inputs.own_uts || !planned.host_network);
  plan.shared_pid = namespaces.pid() == v1::POD;
  plan.hostname = plan.new_uts ? hostname : "";
  plan.cgroup_directories = inputs.cgroup_directories;
  plan.selinux_label = labels.process;
  plan.mount_label = labels.mount;
  plan.shm_directory = host_ipc ? "" : JoinPath(inputs.directory, "shm");
  plan.shm_size = inputs.shm_size != 0 ? inputs.shm_size : plan.shm_size;
  const std::map<std::string, std::string> sysctls(config.sysctls().begin(),
                                                   config.sysctls().end());
  ASSIGN_OR_RETURN(plan.sysctls, PlanSysctls(sysctls, plan.new_network, plan.new_ipc));
  RETURN_IF_ERROR(MapSysctlIds(plan.ids, plan.sysctls));
  if (plan.new_uts && !inputs.domain_name.empty()) {
    plan.sysctls.push_back({"kernel/domainname", inputs.domain_name});
  }
  return planned;
}

}  // namespace berth::runtime
