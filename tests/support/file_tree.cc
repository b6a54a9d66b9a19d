// SPDX-License-Identifier: Apache-2.0
#include "tests/support/file_tree.h"

#include <fcntl.h>

#include "base/file.h"
#include "base/path.h"
#include "base/sys/file.h"
#include "base/sys/inode.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

void MakeEntry(const std::string& path, const TreeEntry& entry) {
  switch (entry.kind) {
    case TreeEntry::Kind::kFile:
      EXPECT_THAT(WriteFileAtomically(path, entry.content, entry.mode), IsOk());
      return;
    case TreeEntry::Kind::kLink:
      EXPECT_THAT(sys::MakeSymlink(entry.content.c_str(), AT_FDCWD, path.c_str()), IsOk());
      return;
    case TreeEntry::Kind::kDirectory:
      EXPECT_THAT(EnsureDirectories(path, 0755), IsOk());
      MakeTree(path, entry.entries);
      EXPECT_THAT(sys::SetMode(AT_FDCWD, path.c_str(), entry.mode), IsOk());
      return;
  }
}

}  // namespace

void MakeTree(const std::string& directory, const std::vector<TreeEntry>& entries) {
  for (const TreeEntry& entry : entries) {
    MakeEntry(JoinPath(directory, entry.name), entry);
  }
}

}  // namespace berth::test
