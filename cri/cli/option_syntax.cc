// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/option_syntax.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/ip_address.h"
#include "base/path.h"
#include "base/random_id.h"
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

absl::StatusOr<v1::PortMapping> ParsePort(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  v1::PortMapping mapping;
  RETURN_IF_ERROR(SetProtocol(text, parts.second, mapping));
  const size_t colon = parts.first.rfind(':');
  const absl::string_view inside =
      colon == absl::string_view::npos ? "" : parts.first.substr(colon + 1);
  int32_t port = 0;
  if (!ParsePortNumber(inside, port)) {
    return Invalid("-p", text, "write [IP:]HOST-PORT:CONTAINER-PORT[/PROTOCOL]");
  }
  mapping.set_container_port(port);
  const auto [address, outside] = SplitAddress(parts.first.substr(0, colon));
  if (!ParsePortNumber(outside, port)) {
    return Invalid("-p", text, "the host's port is a number from 1 to 65535");
  }
  if (!address.empty() && !IsIpAddress(address)) {
    return Invalid("-p", text, absl::StrCat("\"", address, "\" is no IP address"));
  }
  mapping.set_host_port(port);
  mapping.set_host_ip(std::string(address));
  return mapping;
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
    return Invalid("-v", text,
                   "named volumes are not there yet; a path of the host begins with / or ./");
  }
  mount.set_container_path(parts[1]);
  if (parts.size() == 3) {
    for (absl::string_view option : absl::StrSplit(parts[2], ',')) {
      RETURN_IF_ERROR(ApplyVolumeOption(text, option, mount));
    }
  }
  return mount;
}

std::string RandomName() {
  constexpr const char* kAdjectives[] = {"amber", "brisk", "calm",  "clear", "deep",  "early",
                                         "fair",  "grand", "hardy", "keen",  "light", "mellow",
                                         "north", "quick", "quiet", "steady"};
  constexpr const char* kNouns[] = {"anchor", "beacon", "bollard", "buoy",   "cove",   "gull",
                                    "harbor", "heron",  "jetty",   "lagoon", "marina", "pier",
                                    "quay",   "reef",   "tide",    "wharf"};
  const std::string digits = RandomHex(4);
  const auto pick = [](char digit) {
    return static_cast<size_t>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  };
  return absl::StrCat(kAdjectives[pick(digits[0])], "-", kNouns[pick(digits[1])], "-",
                      digits.substr(2, 4));
}

}  // namespace berth::cli
