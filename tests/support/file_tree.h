// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <string>
#include <utility>
#include <vector>

// Trees of files from one nested literal, to stand in for /sys/fs/cgroup, /proc, a root filesystem:
//
//   MakeTree(dir.path(), {
//       File("cpu.max", "max 100000\n"),
//       Dir("pod", {File("cgroup.procs", "1\n"), Link("current", "../cpu.max")}),
//   });
namespace berth::test {

struct TreeEntry {
  enum class Kind { kFile, kDirectory, kLink };
  Kind kind = Kind::kFile;
  std::string name;
  std::string content;  // of a file; the target of a link
  std::vector<TreeEntry> entries;
  mode_t mode = 0644;
};

inline TreeEntry File(std::string name, std::string content = "", mode_t mode = 0644) {
  return {TreeEntry::Kind::kFile, std::move(name), std::move(content), {}, mode};
}
inline TreeEntry Dir(std::string name, std::vector<TreeEntry> entries = {}, mode_t mode = 0755) {
  return {TreeEntry::Kind::kDirectory, std::move(name), "", std::move(entries), mode};
}
inline TreeEntry Link(std::string name, std::string target) {
  return {TreeEntry::Kind::kLink, std::move(name), std::move(target), {}, 0777};
}

// Makes or replaces the file. The mode is exact. What fails, fails the test.
void WriteFile(const std::string& path, const std::string& content, mode_t mode = 0644);

// Makes the entries inside `directory`, which exists; existing directories stay, files are
// replaced. Modes are exact. What cannot be made fails the test.
void MakeTree(const std::string& directory, const std::vector<TreeEntry>& entries);

}  // namespace berth::test
