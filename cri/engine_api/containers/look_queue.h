// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

#include "base/mount_table.h"
#include "cri/engine_api/containers/container_engine.h"

namespace berth::cri {

// The filesystem that a path is on by the table of mounts, without asking the filesystem itself,
// which may not answer: "major:minor", or "unknown" where the table has no mount for it. Links are
// not followed. Pure.
std::string FilesystemOf(const std::vector<MountEntry>& mounts, absl::string_view path);

// The logs that are to be looked at, in a line for each filesystem, of which few threads serve any:
// so one that does not answer keeps those, and the others go on. A log is in here once, for as long
// as its look lasts. Times are those of SteadyNow(). Not thread-safe.
class LookQueue {
 public:
  static constexpr int kThreadsOfOne = 3;  // filesystem
  static constexpr absl::Duration kSilence = absl::Seconds(10);

  bool Has(const std::string& id) const { return looks_.count(id) != 0; }

  // Puts a log that it has not at the end of the line. Whether one thread more is to serve that.
  bool Add(const LimitedLog& log, const std::string& filesystem);

  // The next, which is looked at until End; nothing when the thread that asks has served the line.
  std::optional<LimitedLog> Take(const std::string& filesystem, absl::Time now);
  void End(const std::string& id) { looks_.erase(id); }

  // Those whose look has lasted longer than kSilence, each once.
  std::vector<LimitedLog> TakeSilent(absl::Time now);

 private:
  struct Line {
    std::deque<LimitedLog> waiting;
    int threads = 0;
  };
  struct Look {
    LimitedLog log;
    absl::Time silent = absl::InfiniteFuture();  // from when on it is told; of one that waits never
  };

  std::map<std::string, Line> lines_;  // by filesystem; without any that nobody serves
  std::map<std::string, Look> looks_;  // by the container's id
};

}  // namespace berth::cri
