// SPDX-License-Identifier: Apache-2.0
#include "runtime/process_census.h"

#include <fcntl.h>

#include <algorithm>
#include <array>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/clock.h"
#include "base/sys/directory.h"
#include "base/sys/inode.h"
#include "runtime/cgroup/control_file.h"

namespace berth::runtime {
namespace {

void CountDescriptors(const std::string& directory, ProcessCounts& counts) {
  constexpr absl::string_view kSocket = "socket:";
  std::array<char, kSocket.size()> target;
  sys::ErrnoOr<sys::DirectoryReader> reader =
      sys::DirectoryReader::Open(AT_FDCWD, directory.c_str());
  while (reader.ok() && counts.descriptors < kMaxCountedDescriptors) {
    const sys::ErrnoOr<const dirent*> entry = reader->Next();
    if (!entry.ok() || *entry == nullptr) {
      break;
    }
    if ((*entry)->d_name[0] == '.') {
      continue;
    }
    ++counts.descriptors;
    const sys::ErrnoOr<size_t> length = sys::ReadSymlinkAt(reader->fd(), (*entry)->d_name, target);
    if (length.ok() && absl::string_view(target.data(), *length) == kSocket) {
      ++counts.sockets;
    }
  }
}

}  // namespace

ProcessCounts CountProcesses(const std::string& proc, std::vector<int> pids) {
  std::sort(pids.begin(), pids.end());
  pids.erase(std::unique(pids.begin(), pids.end()), pids.end());
  ProcessCounts counts;
  counts.processes = pids.size();
  pids.resize(std::min(pids.size(), kMaxCountedProcesses));
  for (int pid : pids) {
    CountDescriptors(absl::StrCat(proc, "/", pid, "/fd"), counts);
  }
  if (!pids.empty()) {
    counts.open_files_limit = ParseOpenFilesLimit(
        ReadControlFile(absl::StrCat(proc, "/", pids.front(), "/limits"), kMaxControlFile)
            .value_or(""));
  }
  return counts;
}

std::optional<uint64_t> ParseOpenFilesLimit(absl::string_view text) {
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    if (!absl::ConsumePrefix(&line, "Max open files")) {
      continue;
    }
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    uint64_t limit = 0;
    if (!words.empty() && absl::SimpleAtoi(words[0], &limit)) {
      return limit;
    }
  }
  return std::nullopt;
}

ProcessCounts ProcessCensus::Of(const std::string& id, absl::Time now,
                                absl::FunctionRef<ProcessCounts()> count) {
  {
    absl::MutexLock lock(&mutex_);
    Entry& entry = entries_[id];
    if (now < entry.good_until) {
      return entry.counts;
    }
    // Until this one is there, others get the last; the first of all may be taken twice.
    if (entry.good_until != absl::InfinitePast()) {
      entry.good_until = now + kShortestAge;
    }
  }
  const absl::Time start = SteadyNow();
  const ProcessCounts counts = count();
  const absl::Duration took = SteadyNow() - start;
  absl::MutexLock lock(&mutex_);
  entries_[id] = {counts, now + std::max(kShortestAge, kRest * took)};
  return counts;
}

void ProcessCensus::Forget(const std::string& id) {
  absl::MutexLock lock(&mutex_);
  entries_.erase(id);
}

}  // namespace berth::runtime
