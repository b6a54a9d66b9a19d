// SPDX-License-Identifier: Apache-2.0
#include "runtime/network_usage.h"

#include <fcntl.h>

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/file.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "runtime/network/attachment.h"

namespace berth::runtime {
namespace {

constexpr size_t kMaxDevices = 1 << 20;  // bytes; 128 an interface
// Columns behind the interface's name: eight of what was received, eight of what was sent.
constexpr size_t kColumns = 16;
constexpr size_t kReceiveBytes = 0;
constexpr size_t kReceivePackets = 1;
constexpr size_t kTransmitBytes = 8;
constexpr size_t kTransmitPackets = 9;

std::optional<PodNetworkUsage> ParseFigures(absl::string_view text) {
  const std::vector<absl::string_view> columns =
      absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  PodNetworkUsage usage;
  if (columns.size() >= kColumns &&
      absl::SimpleAtoi(columns[kReceiveBytes], &usage.receive_bytes) &&
      absl::SimpleAtoi(columns[kReceivePackets], &usage.receive_packets) &&
      absl::SimpleAtoi(columns[kTransmitBytes], &usage.transmit_bytes) &&
      absl::SimpleAtoi(columns[kTransmitPackets], &usage.transmit_packets)) {
    return usage;
  }
  return std::nullopt;
}

}  // namespace

PodNetworkUsage ParseNetworkDevices(absl::string_view text) {
  PodNetworkUsage sum;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) {
      continue;
    }
    const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, colon));
    const std::optional<PodNetworkUsage> usage = ParseFigures(line.substr(colon + 1));
    if (!usage.has_value() || name == "lo") {
      continue;
    }
    if (name == kPodInterface) {
      return *usage;
    }
    sum.receive_bytes += usage->receive_bytes;
    sum.receive_packets += usage->receive_packets;
    sum.transmit_bytes += usage->transmit_bytes;
    sum.transmit_packets += usage->transmit_packets;
  }
  return sum;
}

absl::StatusOr<PodNetworkUsage> ReadNetworkUsage(const Pod& pod) {
  if (pod.host_network() || !pod.ready()) {
    return absl::FailedPreconditionError(
        absl::StrCat("pod sandbox ", pod.id(),
                     pod.host_network() ? " is on the host's network" : " is not ready"));
  }
  // An open directory of /proc stays that of its process, also when the number is used again.
  const std::string path = absl::StrCat("/proc/", pod.state().shim_pid);
  ASSIGN_OR_RETURN(
      const sys::Fd process,
      ToStatusOr(sys::OpenAt(AT_FDCWD, path.c_str(), O_PATH | O_DIRECTORY), "open ", path));
  ASSIGN_OR_RETURN(const struct stat network,
                   ToStatusOr(sys::StatAt(process.get(), "ns/net", 0), "look at ", path));
  if (!pod.HoldsNetworkNamespace(network)) {
    return absl::FailedPreconditionError(
        absl::StrCat("the shim of pod sandbox ", pod.id(), " has died"));
  }
  ASSIGN_OR_RETURN(
      const sys::Fd devices,
      ToStatusOr(sys::OpenAt(process.get(), "net/dev", O_RDONLY), "open ", path, "/net/dev"));
  ASSIGN_OR_RETURN(const std::string text, ReadDescriptor(devices.get(), kMaxDevices));
  return ParseNetworkDevices(text);
}

}  // namespace berth::runtime
