// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/network_isolation.h"

#include <errno.h>
#include <fcntl.h>

#include <utility>
#include <vector>

#include "absl/base/const_init.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"

#include "base/command.h"
#include "base/status.h"
#include "base/sys/bridge.h"
#include "base/sys/directory.h"
#include "base/sys/file.h"

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
absl::StatusOr<std::string> Run(const Call& call, std::vector<std::string> arguments,
                                std::string input = "") {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = {kHostPath};
  command.input = std::move(input);
  ASSIGN_OR_RETURN(CommandResult result, RunCommand(call.Within(kPatience), command));
  if (result.exit_code != 0) {
    return absl::InternalError(
        absl::StrCat(absl::StrJoin(command.arguments, " "), ": ", result.err));
  }
  return std::move(result.out);
}

// It is gone also where the program, the chain or the rule is missing.
void DeleteRule(const Call& call, const char* program, const std::vector<std::string>& rule) {
  std::vector<std::string> arguments = {program, "-w", "-D"};
  arguments.insert(arguments.end(), rule.begin(), rule.end());
  arguments.insert(arguments.end(), {"-m", "comment", "--comment", kComment});
  Run(call, std::move(arguments)).status().IgnoreError();
}

// What makes of the chain's rules, as `-S` lists them, those with ours before all others, once;
// nothing where it is so.
std::string PublishedFirst(absl::string_view listed) {
  std::string deletions;
  int rules = 0, ours = 0;
  bool is_first = false;
  for (absl::string_view line : absl::StrSplit(listed, '\n')) {
    if (!absl::ConsumePrefix(&line, "-A ")) {
      continue;  // the chain itself
    }
    ++rules;
    if (absl::StrContains(line, kPublished)) {
      ++ours;
      is_first = is_first || rules == 1;
      absl::StrAppend(&deletions, "-D ", line, "\n");
    }
  }
  return is_first && ours == 1
             ? ""
             : absl::StrCat("*filter\n", deletions, "-I ", kStage2,
                            " 1 -m conntrack --ctstate DNAT -m comment --comment \"", kPublished,
                            "\" -j RETURN\nCOMMIT\n");
}

// The plugin puts a network's rule before all others when the network gets its first container. In
// one transaction: at no moment is there none.
absl::Status PutPublishedFirst(const Call& call, const std::string& program) {
  ASSIGN_OR_RETURN(const std::string listed, Run(call, {program, "-w", "-S", kStage2}));
  std::string change = PublishedFirst(listed);
  return change.empty()
             ? absl::OkStatus()
             : Run(call, {program + "-restore", "-w", "--noflush"}, std::move(change)).status();
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

void ForgetIsolation(const Call& call, const std::string& bridge) {
  for (const char* program : {kIptables, kIp6tables}) {
    DeleteRule(call, program,
               {"CNI-ISOLATION-STAGE-1", "-i", bridge, "!", "-o", bridge, "-j", kStage2});
    DeleteRule(call, program, {kStage2, "-o", bridge, "-j", "DROP"});
  }
}

}  // namespace berth::cri
