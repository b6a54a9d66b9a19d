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
      WriteFile(path, entry.content, entry.mode);
      return;
    case TreeEntry::Kind::kLink:
      EXPECT_THAT(sys::MakeSymlink(entry.content.c_str(), AT_FDCWD, path.c_str()), IsOk());
      return;
    case TreeEntry::Kind::kDirectory:
      EXPECT_THAT(EnsureDirectories(path, 0755), IsOk());
      MakeTree(path, entry.entries);
      EXPECT_THAT(sys::SetModeAt(AT_FDCWD, path.c_str(), entry.mode), IsOk());
      return;
  }
}

}  // namespace

void WriteFile(const std::string& path, const std::string& content, mode_t mode) {
  EXPECT_THAT(sys::RemoveFile(AT_FDCWD, path.c_str()), IsOk()) << path;
  sys::ErrnoOr<sys::Fd> file =
      sys::OpenAt(AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL, mode);
  ASSERT_THAT(file, IsOk()) << path;
  EXPECT_THAT(sys::WriteAll(file->get(), content.data(), content.size()), IsOk()) << path;
  EXPECT_THAT(sys::SetMode(file->get(), mode), IsOk()) << path;  // over the umask
}

void MakeTree(const std::string& directory, const std::vector<TreeEntry>& entries) {
  for (const TreeEntry& entry : entries) {
    MakeEntry(JoinPath(directory, entry.name), entry);
  }
}

}  // namespace berth::test
