// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_teardown.h"

#include <errno.h>
#include <fcntl.h>

#include <string>
#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"

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
constexpr absl::Duration kPublishedPatience = absl::Seconds(5);  // a start waits for it
constexpr char kIptables[] = "/usr/sbin/iptables";
constexpr char kIp6tables[] = "/usr/sbin/ip6tables";
constexpr char kStage2[] = "CNI-ISOLATION-STAGE-2";
constexpr char kPublished[] = "Berth: published ports are for all networks";
// As the plugin firewall writes it.
constexpr char kComment[] = "CNI firewall plugin rules (ingressPolicy: same-bridge)";

// What the program says; Internal when it refuses.
absl::StatusOr<std::string> Iptables(const Call& call, const char* program,
                                     const std::vector<std::string>& arguments) {
  Command command;
  command.arguments = {program, "-w"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"};
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(call.Within(kPatience), command));
  if (result.exit_code != 0) {
    return absl::InternalError(absl::StrCat(program, " ", arguments.front(), ": ", result.err));
  }
  return std::move(result.out);
}

// Puts a rule first in its chain (-I) or deletes it (-D).
absl::Status ChangeRule(const Call& call, const char* program, const char* change,
                        std::vector<std::string> rule, const char* comment) {
  rule.insert(rule.begin(), change);
  rule.insert(rule.end(), {"-m", "comment", "--comment", comment});
  return Iptables(call, program, rule).status();
}

// It is gone also where the program, the chain or the rule is missing.
void DeleteRule(const Call& call, const char* program, const std::vector<std::string>& rule,
                const char* comment) {
  ChangeRule(call, program, "-D", rule, comment).IgnoreError();
}

void DeleteIsolation(const Call& call, const std::string& bridge) {
  for (const char* program : {kIptables, kIp6tables}) {
    DeleteRule(call, program,
               {"CNI-ISOLATION-STAGE-1", "-i", bridge, "!", "-o", bridge, "-j", kStage2}, kComment);
    DeleteRule(call, program, {kStage2, "-o", bridge, "-j", "DROP"}, kComment);
  }
}

// The plugin puts a network's rule before all others when the network gets its first container.
absl::Status PutPublishedFirst(const Call& call, const char* program) {
  ASSIGN_OR_RETURN(const std::string first, Iptables(call, program, {"-S", kStage2, "1"}));
  if (absl::StrContains(first, kPublished)) {
    return absl::OkStatus();
  }
  const std::vector<std::string> rule = {kStage2, "-m", "conntrack", "--ctstate",
                                         "DNAT",  "-j", "RETURN"};
  DeleteRule(call, program, rule, kPublished);
  // However late: the rule of before has gone.
  return ChangeRule(Call::WithTimeout(kPublishedPatience), program, "-I", rule, kPublished);
}

absl::Status ForbidForwarding(const std::string& path) {
  return ToStatus(sys::WriteControlFile(AT_FDCWD, path.c_str(), "0", 1), "write ", path);
}

}  // namespace

absl::Status LetPublishedThrough(bool with_ipv6) {
  static absl::Mutex mutex(absl::kConstInit);               // two at once would put two rules
  const Call call = Call::WithTimeout(kPublishedPatience);  // of who waits for the mutex, too
  absl::MutexLock lock(&mutex);
  RETURN_IF_ERROR(call.Check());
  RETURN_IF_ERROR(PutPublishedFirst(call, kIptables));
  return with_ipv6 ? PutPublishedFirst(call, kIp6tables) : absl::OkStatus();
}

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
