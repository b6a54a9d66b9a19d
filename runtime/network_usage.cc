// SPDX-License-Identifier: Apache-2.0
#include "runtime/network_usage.h"

#include <fcntl.h>

#include <optional>
#include <string>
#include <utility>
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
struct Column {
  size_t index;
  uint64_t InterfaceUsage::*figure;
};
constexpr Column kFigures[] = {
    {0, &InterfaceUsage::receive_bytes},    {1, &InterfaceUsage::receive_packets},
    {2, &InterfaceUsage::receive_errors},   {3, &InterfaceUsage::receive_dropped},
    {8, &InterfaceUsage::transmit_bytes},   {9, &InterfaceUsage::transmit_packets},
    {10, &InterfaceUsage::transmit_errors}, {11, &InterfaceUsage::transmit_dropped},
};

std::optional<InterfaceUsage> ParseFigures(absl::string_view text) {
  const std::vector<absl::string_view> columns =
      absl::StrSplit(text, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (columns.size() < kColumns) {
    return std::nullopt;
  }
  InterfaceUsage usage;
  for (const Column& column : kFigures) {
    if (!absl::SimpleAtoi(columns[column.index], &(usage.*column.figure))) {
      return std::nullopt;
    }
  }
  return usage;
}

void AddTo(PodNetworkUsage& sum, const InterfaceUsage& usage) {
  sum.receive_bytes += usage.receive_bytes;
  sum.receive_packets += usage.receive_packets;
  sum.transmit_bytes += usage.transmit_bytes;
  sum.transmit_packets += usage.transmit_packets;
}

}  // namespace

PodNetworkUsage ParseNetworkDevices(absl::string_view text) {
  PodNetworkUsage result;
  std::vector<InterfaceUsage>& interfaces = result.interfaces;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    const size_t colon = line.find(':');
    if (colon == absl::string_view::npos) {
      continue;
    }
    const absl::string_view name = absl::StripAsciiWhitespace(line.substr(0, colon));
    std::optional<InterfaceUsage> usage = ParseFigures(line.substr(colon + 1));
    if (usage.has_value() && name != "lo") {
      usage->name = std::string(name);
      interfaces.insert(name == kPodInterface ? interfaces.begin() : interfaces.end(),
                        *std::move(usage));
    }
  }
  if (!interfaces.empty() && interfaces.front().name == kPodInterface) {
    AddTo(result, interfaces.front());
    return result;
  }
  for (const InterfaceUsage& usage : interfaces) {
    AddTo(result, usage);
  }
  return result;
}

absl::StatusOr<PodNetworkUsage> ReadNetworkUsage(const Pod& pod) {
  RETURN_IF_ERROR(pod.CheckReady());
  if (pod.host_network()) {
    return absl::FailedPreconditionError(
        absl::StrCat("pod sandbox ", pod.id(), " is on the host's network"));
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
