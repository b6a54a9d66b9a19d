// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_teardown.h"

#include <errno.h>
#include <fcntl.h>

#include <vector>

#include "absl/strings/str_cat.h"

#include "base/command.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/bridge.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"
#include "base/sys/removal.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);
// As the plugin firewall writes it.
constexpr char kComment[] = "CNI firewall plugin rules (ingressPolicy: same-bridge)";

// `rule` is gone also where the program, the chain or the rule is missing.
void DeleteRule(const Call& call, const char* program, const std::vector<std::string>& rule) {
  Command command;
  command.arguments = {program, "-w", "-D"};
  command.arguments.insert(command.arguments.end(), rule.begin(), rule.end());
  command.arguments.insert(command.arguments.end(), {"-m", "comment", "--comment", kComment});
  command.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  (void)RunCommand(call.Within(kPatience), command).ok();
}

void DeleteIsolation(const Call& call, const std::string& bridge) {
  for (const char* program : {"/usr/sbin/iptables", "/usr/sbin/ip6tables"}) {
    DeleteRule(
        call, program,
        {"CNI-ISOLATION-STAGE-1", "-i", bridge, "!", "-o", bridge, "-j", "CNI-ISOLATION-STAGE-2"});
    DeleteRule(call, program, {"CNI-ISOLATION-STAGE-2", "-o", bridge, "-j", "DROP"});
  }
}

absl::Status ForbidForwarding(const std::string& path) {
  return ToStatus(sys::WriteControlFile(AT_FDCWD, path.c_str(), "0", 1), "write ", path);
}

}  // namespace

absl::Status CloseToOutside(const Network& network) {
  const std::string bridge = network.bridge();
  RETURN_IF_ERROR(ToStatus(sys::EnsureBridge(bridge.c_str()), "make the bridge ", bridge));
  RETURN_IF_ERROR(
      ForbidForwarding(absl::StrCat("/proc/sys/net/ipv4/conf/", bridge, "/forwarding")));
  return network.enable_ipv6
             ? ForbidForwarding(absl::StrCat("/proc/sys/net/ipv6/conf/", bridge, "/forwarding"))
             : absl::OkStatus();
}

absl::Status KeepApart(const Network& network) {
  const std::string ports = absl::StrCat("/sys/class/net/", network.bridge(), "/brif");
  ASSIGN_OR_RETURN(sys::DirectoryReader reader,
                   ToStatusOr(sys::DirectoryReader::Open(AT_FDCWD, ports.c_str()), "read ", ports));
  while (true) {
    ASSIGN_OR_RETURN(const dirent* const port, ToStatusOr(reader.Next(), "read ", ports));
    if (port == nullptr) {
      return absl::OkStatus();
    }
    const std::string path = absl::StrCat(ports, "/", port->d_name, "/isolated");
    const sys::Result written = sys::WriteControlFile(AT_FDCWD, path.c_str(), "1", 1);
    if (!written.ok() && written.error().code != ENOENT && written.error().code != ENODEV) {
      return ToStatus(written, "write ", path);  // else it has gone meanwhile
    }
  }
}

absl::Status TearDownNetwork(const Call& call, const Network& network,
                             const std::string& lease_directory) {
  if (!network.is_bridge()) {
    return absl::OkStatus();
  }
  const std::string bridge = network.bridge();
  if (bridge.size() <= kMaxBridgeName) {  // else no interface could ever have it
    DeleteIsolation(call, bridge);
    RETURN_IF_ERROR(ToStatus(sys::RemoveBridge(bridge.c_str()), "remove the bridge ", bridge));
  }
  const std::string leases = JoinPath(lease_directory, network.cni_name());
  return ToStatus(sys::RemoveTree(AT_FDCWD, leases.c_str()), "remove ", leases);
}

}  // namespace berth::cri
