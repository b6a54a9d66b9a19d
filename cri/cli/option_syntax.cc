// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/option_syntax.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/ip_address.h"
#include "base/path.h"
#include "base/status.h"

namespace berth::cli {
namespace {

absl::Status Invalid(absl::string_view option, absl::string_view value, absl::string_view problem) {
  return absl::InvalidArgumentError(absl::StrCat(option, " ", value, ": ", problem));
}

bool ParsePortNumber(absl::string_view text, int32_t& port) {
  constexpr int32_t kMaxPort = 65535;
  return absl::SimpleAtoi(text, &port) && port > 0 && port <= kMaxPort;
}

struct PortRange {
  int32_t first = 0;
  int32_t last = 0;
};

bool ParsePortRange(absl::string_view text, PortRange& range) {
  const std::pair<absl::string_view, absl::string_view> ends =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  if (!ParsePortNumber(ends.first, range.first)) {
    return false;
  }
  range.last = range.first;
  return !absl::StrContains(text, "-") ||
         (ParsePortNumber(ends.second, range.last) && range.first <= range.last);
}

absl::Status SetProtocol(absl::string_view text, absl::string_view protocol,
                         v1::PortMapping& mapping) {
  if (protocol.empty() || protocol == "tcp") {
    mapping.set_protocol(v1::TCP);
  } else if (protocol == "udp") {
    mapping.set_protocol(v1::UDP);
  } else if (protocol == "sctp") {
    mapping.set_protocol(v1::SCTP);
  } else {
    return Invalid("-p", text, "the protocol is tcp, udp or sctp");
  }
  return absl::OkStatus();
}

// "1.2.3.4:80" or "[::1]:80" or "80" into address and port; no address is "".
std::pair<absl::string_view, absl::string_view> SplitAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) {
    return {"", text};
  }
  absl::string_view address = text.substr(0, colon);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  return {address, text.substr(colon + 1)};
}

absl::Status ApplyVolumeOption(absl::string_view text, absl::string_view option, v1::Mount& mount) {
  if (option == "ro") {
    mount.set_readonly(true);
  } else if (option == "rslave" || option == "slave") {
    mount.set_propagation(v1::PROPAGATION_HOST_TO_CONTAINER);
  } else if (option == "rshared" || option == "shared") {
    mount.set_propagation(v1::PROPAGATION_BIDIRECTIONAL);
  } else if (option == "z" || option == "Z") {
    mount.set_selinux_relabel(true);
  } else if (option != "rw" && option != "rprivate" && option != "private") {
    return Invalid("-v", text, absl::StrCat("unknown option \"", option, "\""));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<v1::PortMapping>> ParsePorts(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  v1::PortMapping mapping;
  RETURN_IF_ERROR(SetProtocol(text, parts.second, mapping));
  const size_t colon = parts.first.rfind(':');
  const bool has_host = colon != absl::string_view::npos;
  PortRange inside;
  if (!ParsePortRange(has_host ? parts.first.substr(colon + 1) : parts.first, inside)) {
    return Invalid("-p", text, "write [[IP:]HOST-PORT:]CONTAINER-PORT[/PROTOCOL]");
  }
  const auto [address, outside_text] = SplitAddress(has_host ? parts.first.substr(0, colon) : "");
  PortRange outside;
  if (outside_text.empty()) {
    outside.last = inside.last - inside.first;  // any: they have no numbers yet
  } else if (!ParsePortRange(outside_text, outside)) {
    return Invalid("-p", text, "the host's port is a number from 1 to 65535");
  }
  if (!address.empty() && !IsIpAddress(address)) {
    return Invalid("-p", text, absl::StrCat("\"", address, "\" is no IP address"));
  }
  if (outside.last - outside.first != inside.last - inside.first) {
    return Invalid("-p", text, "both ranges must have as many ports");
  }
  mapping.set_host_ip(std::string(address));
  std::vector<v1::PortMapping> mappings;
  for (int32_t port = inside.first; port <= inside.last; ++port) {
    mapping.set_container_port(port);
    mapping.set_host_port(outside.first == 0 ? 0 : outside.first + (port - inside.first));
    mappings.push_back(mapping);
  }
  return mappings;
}

absl::StatusOr<std::vector<std::string>> ParseLineFile(absl::string_view text) {
  std::vector<std::string> variables;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view variable =
        absl::StripSuffix(absl::StripLeadingAsciiWhitespace(line), "\r");
    if (variable.empty() || variable.front() == '#') {
      continue;
    }
    const absl::string_view name = variable.substr(0, variable.find('='));
    if (name.empty()) {
      return absl::InvalidArgumentError(absl::StrCat("no variable name on line '", variable, "'"));
    }
    if (name.find_first_of(" \t") != absl::string_view::npos) {
      return absl::InvalidArgumentError(absl::StrCat("variable '", name, "' contains whitespaces"));
    }
    variables.emplace_back(variable);
  }
  return variables;
}

absl::StatusOr<std::vector<std::string>> ResolveEnvironment(
    const std::vector<std::string>& given,
    const std::function<std::optional<std::string>(const std::string&)>& environment) {
  std::vector<std::string> variables;
  for (const std::string& text : given) {
    if (text.empty() || text.front() == '=') {
      return Invalid("-e", text, "write NAME=VALUE, or NAME to pass this shell's value on");
    }
    if (absl::StrContains(text, '=')) {
      variables.push_back(text);
    } else if (const std::optional<std::string> value = environment(text); value.has_value()) {
      variables.push_back(absl::StrCat(text, "=", *value));
    }
  }
  return variables;
}

absl::StatusOr<v1::Mount> ParseVolume(absl::string_view text, absl::string_view working_directory) {
  const std::vector<std::string> parts = absl::StrSplit(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty()) {
    return Invalid("-v", text, "write HOST-PATH:CONTAINER-PATH[:ro]");
  }
  if (!IsAbsolutePath(parts[1])) {
    return Invalid("-v", text, "the path in the container must begin with /");
  }
  v1::Mount mount;
  if (IsAbsolutePath(parts[0])) {
    mount.set_host_path(CleanPath(parts[0]));
  } else if (parts[0] == "." || absl::StartsWith(parts[0], "./") ||
             absl::StartsWith(parts[0], "..")) {
    mount.set_host_path(CleanPath(JoinPath(working_directory, parts[0])));
  } else {
    return Invalid("-v", text, "a path of the host begins with / or ./");
  }
  mount.set_container_path(parts[1]);
  if (parts.size() == 3) {
    for (absl::string_view option : absl::StrSplit(parts[2], ',')) {
      RETURN_IF_ERROR(ApplyVolumeOption(text, option, mount));
    }
  }
  return mount;
}

}  // namespace berth::cli
