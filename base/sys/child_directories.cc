// SPDX-License-Identifier: Apache-2.0
#include "base/sys/child_directories.h"

#include <dirent.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

namespace berth::sys {
namespace {

// What getdents64(2) fills in; libcs keep it to themselves.
struct Entry {
  uint64_t inode;
  int64_t offset;
  uint16_t size;
  uint8_t type;
  char name[1];
};

}  // namespace

ErrnoOr<const char*> ChildDirectories::Next() {
  while (true) {
    if (position_ == size_) {
      long size = syscall(SYS_getdents64, directory_, entries_, sizeof(entries_));
      if (size < 0) {
        return Errno::Last("getdents64");
      }
      if (size == 0) {
        return static_cast<const char*>(nullptr);
      }
      size_ = static_cast<size_t>(size);
      position_ = 0;
    }
    const auto* entry = reinterpret_cast<const Entry*>(entries_ + position_);
    position_ += entry->size;
    bool self_or_parent = strcmp(entry->name, ".") == 0 || strcmp(entry->name, "..") == 0;
    if (entry->type == DT_DIR && !self_or_parent) {
      return entry->name;
    }
  }
}

}  // namespace berth::sys
