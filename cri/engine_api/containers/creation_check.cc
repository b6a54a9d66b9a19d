// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/creation_check.h"

#include <unistd.h>

#include <algorithm>
#include <bitset>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

#include "base/file.h"
#include "base/signal_name.h"
#include "base/status.h"
#include "cri/engine_api/networks/network.h"
#include "cri/validation.h"

namespace berth::cri {
namespace {

constexpr int64_t kNano = 1'000'000'000;
constexpr char kDockersOwnRuntime[] = "io.containerd.runc.v2";

constexpr char kOnlineCpus[] = "/sys/devices/system/cpu/online";
constexpr char kOnlineNodes[] = "/sys/devices/system/node/online";
constexpr size_t kMaxList = 64 << 10;  // bytes of one, of the node or of a request
constexpr int kNumbers = 1 << 13;      // of CPUs, as the kernel has them
constexpr size_t kMaxTold = 256;
using Numbers = std::bitset<kNumbers>;

// "0-2,7"; nothing for what is no such list, or too long.
std::optional<Numbers> NumbersIn(absl::string_view list) {
  if (list.size() > kMaxList) {
    return std::nullopt;
  }
  Numbers numbers;
  for (const absl::string_view part : absl::StrSplit(list, ',', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> range =
        absl::StrSplit(part, absl::MaxSplits('-', 1));
    int first = 0;
    if (!absl::SimpleAtoi(range.first, &first)) {
      return std::nullopt;
    }
    int last = first;
    if (absl::StrContains(part, '-') && !absl::SimpleAtoi(range.second, &last)) {
      return std::nullopt;
    }
    if (first < 0 || last < first || last >= kNumbers) {
      return std::nullopt;
    }
    const Numbers from_zero = ~Numbers() >> static_cast<size_t>(kNumbers - 1 - (last - first));
    numbers |= from_zero << static_cast<size_t>(first);
  }
  return numbers;
}

absl::Status CheckSet(absl::string_view what, absl::string_view option, const std::string& wanted,
                      const std::string& available) {
  const std::optional<Numbers> numbers = NumbersIn(wanted);
  if (!numbers.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("Invalid value ", wanted.substr(0, kMaxTold), " for cpuset ", option));
  }
  const Numbers there = NumbersIn(available).value_or(Numbers());
  return there.none() || (*numbers & ~there).none()
             ? absl::OkStatus()
             : absl::InvalidArgumentError(absl::StrCat("Requested ", what,
                                                       " are not available - requested ", wanted,
                                                       ", available: ", available));
}

std::string ReadList(const char* path) {
  return std::string(absl::StripAsciiWhitespace(ReadFile(path, kMaxList).value_or("")));
}

}  // namespace

NodeAbilities AbilitiesOf(const runtime::PodRuntime& runtime) {
  NodeAbilities node = {.cpus = sysconf(_SC_NPROCESSORS_ONLN),
                        .cpu_list = ReadList(kOnlineCpus),
                        .memory_nodes = ReadList(kOnlineNodes),
                        .handlers = {}};
  for (const runtime::HandlerFeatures& handler : runtime.Handlers()) {
    node.handlers.push_back(handler.name);
  }
  return node;
}

std::string HandlerOf(const std::string& runtime) {
  return runtime == kDockersOwnRuntime ? "" : runtime;
}

absl::Status CheckResources(const ResourceSpec& resources, const NodeAbilities& node) {
  if (resources.nano_cpus > node.cpus * kNano) {
    return absl::InvalidArgumentError(absl::StrCat("range of CPUs is from 0.01 to ", node.cpus,
                                                   ".00, as there are only ", node.cpus,
                                                   " CPUs available"));
  }
  RETURN_IF_ERROR(CheckSet("CPUs", "cpus", resources.cpuset_cpus, node.cpu_list));
  return CheckSet("memory nodes", "mems", resources.cpuset_mems, node.memory_nodes);
}

absl::Status CheckMountCount(size_t count) {
  constexpr size_t kMost = kMaxMounts;
  return count <= kMost ? absl::OkStatus()
                        : absl::InvalidArgumentError(absl::StrCat("a container has at most ", kMost,
                                                                  " mounts, not ", count));
}

absl::Status CheckCreation(const ContainerSpec& spec, const NodeAbilities& node) {
  const std::string handler = HandlerOf(spec.runtime);
  if (!handler.empty() &&
      std::find(node.handlers.begin(), node.handlers.end(), handler) == node.handlers.end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown or invalid runtime name: ", spec.runtime));
  }
  if (!spec.stop_signal.empty() && !ParseSignal(spec.stop_signal).ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("invalid signal: ", absl::CHexEscape(spec.stop_signal)));
  }
  RETURN_IF_ERROR(CheckMountCount(spec.mounts.size() + spec.volumes.size()));
  if (spec.annotations.count("") > 0) {
    return absl::InvalidArgumentError(
        "invalid Annotations: the empty string is not permitted as an annotation key");
  }
  if (!spec.storage_options.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("--storage-opt ", spec.storage_options.begin()->first,
                     " is not supported: a container's root has no limit of its own"));
  }
  return CheckResources(spec.resources, node);
}

absl::Status CheckSharesIpc(const EngineContainerRecord& other) {
  const std::string mode = JsonString(other.host_config, "IpcMode").value_or("");
  if (mode == "shareable" || mode == "host" || absl::StartsWith(mode, kOfContainer)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("container ", other.id,
                   ": non-shareable IPC (hint: use IpcMode:shareable for the donor container)"));
}

}  // namespace berth::cri
