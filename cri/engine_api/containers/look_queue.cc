// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/look_queue.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace berth::cri {

std::string FilesystemOf(const std::vector<MountEntry>& mounts, absl::string_view path) {
  const MountEntry* found = nullptr;
  for (const MountEntry& mount : mounts) {  // of several in one place the last is seen
    const bool is_root = mount.mount_point == "/";
    if (absl::StartsWith(path, is_root ? "/" : absl::StrCat(mount.mount_point, "/")) &&
        (found == nullptr || mount.mount_point.size() >= found->mount_point.size())) {
      found = &mount;
    }
  }
  return found == nullptr ? "unknown" : found->device;
}

bool LookQueue::Add(const LimitedLog& log, const std::string& filesystem) {
  looks_.emplace(log.id, Look{.log = log});
  Line& line = lines_[filesystem];
  line.waiting.push_back(log);
  if (line.threads == kThreadsOfOne) {
    return false;
  }
  ++line.threads;
  return true;
}

std::optional<LimitedLog> LookQueue::Take(const std::string& filesystem, absl::Time now) {
  const auto line = lines_.find(filesystem);
  if (line->second.waiting.empty()) {
    if (--line->second.threads == 0) {
      lines_.erase(line);
    }
    return std::nullopt;
  }
  LimitedLog log = std::move(line->second.waiting.front());
  line->second.waiting.pop_front();
  looks_.at(log.id).silent = now + kSilence;
  return log;
}

std::vector<LimitedLog> LookQueue::TakeSilent(absl::Time now) {
  std::vector<LimitedLog> silent;
  for (auto& [id, look] : looks_) {
    if (look.silent <= now) {
      look.silent = absl::InfiniteFuture();
      silent.push_back(look.log);
    }
  }
  return silent;
}

}  // namespace berth::cri
