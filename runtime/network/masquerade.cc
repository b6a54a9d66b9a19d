// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/masquerade.h"

#include <algorithm>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

#include "base/command.h"
#include "base/json.h"
#include "runtime/network/cni_result.h"
#include <openssl/sha.h>

namespace berth::runtime {
namespace {

constexpr char kIptables[] = "/usr/sbin/iptables";
constexpr char kIp6tables[] = "/usr/sbin/ip6tables";
constexpr size_t kChainLength = 28;

bool Masquerades(const PluginConfig& plugin) {
  const auto wish = plugin.object.find("ipMasq");
  return plugin.type == "bridge" && wish != plugin.object.end() && *wish == Json(true) &&
         JsonString(plugin.object, "ipMasqBackend").value_or("iptables") == "iptables";
}

bool Masquerades(const NetworkConfig& network) {
  return std::any_of(network.plugins.begin(), network.plugins.end(),
                     [](const PluginConfig& plugin) { return Masquerades(plugin); });
}

// As the plugins name it.
std::string ChainOf(const Attachment& attachment) {
  const std::string key = attachment.network + attachment.pod_id;
  std::string hash(SHA512_DIGEST_LENGTH, '\0');
  SHA512(reinterpret_cast<const unsigned char*>(key.data()), key.size(),
         reinterpret_cast<unsigned char*>(hash.data()));
  return absl::StrCat("CNI-", absl::BytesToHexString(hash)).substr(0, kChainLength);
}

std::string CommentOf(const Attachment& attachment) {
  return absl::StrCat("name: \"", attachment.network, "\" id: \"", attachment.pod_id, "\"");
}

}  // namespace

std::vector<std::vector<std::string>> MasqueradeRemoval(const NetworkConfig& network,
                                                        const Attachment& attachment) {
  std::vector<std::vector<std::string>> commands;
  if (!attachment.result.has_value() || !Masquerades(network)) {
    return commands;
  }
  const absl::StatusOr<CniResult> result = ParseCniResult(*attachment.result, network.version);
  if (!result.ok()) {
    return commands;
  }
  const std::vector<CniAddress> addresses = AddressEntriesOf(*result, attachment.interface);
  const std::string chain = ChainOf(attachment);
  for (const bool ipv4 : {true, false}) {
    const std::string program = ipv4 ? kIptables : kIp6tables;
    const size_t before = commands.size();
    for (const CniAddress& each : addresses) {
      if (each.is_ipv4 == ipv4) {
        const std::string address = each.address.substr(0, each.address.find('/'));
        commands.push_back({program, "-w", "-t", "nat", "-D", "POSTROUTING", "-s", address, "-j",
                            chain, "-m", "comment", "--comment", CommentOf(attachment)});
      }
    }
    if (commands.size() > before) {
      commands.push_back({program, "-w", "-t", "nat", "-F", chain});
      commands.push_back({program, "-w", "-t", "nat", "-X", chain});
    }
  }
  return commands;
}

void RemoveMasquerade(const Call& call, const NetworkConfig& network,
                      const Attachment& attachment) {
  std::string failed;
  for (std::vector<std::string>& arguments : MasqueradeRemoval(network, attachment)) {
    if (arguments.front() == failed) {
      continue;
    }
    Command command;
    command.arguments = std::move(arguments);
    command.environment = {kHostPath};
    const absl::StatusOr<CommandResult> result = RunCommand(call, command);
    if (!result.ok() || result->exit_code != 0) {
      failed = command.arguments.front();
    }
  }
}

}  // namespace berth::runtime
