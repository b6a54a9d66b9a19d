// SPDX-License-Identifier: Apache-2.0
#include "base/sys/directory.h"

#include <fcntl.h>

#include <cstring>

#include "base/sys/fd.h"
#include "base/sys/file.h"

namespace berth::sys {

ErrnoOr<DirectoryReader> DirectoryReader::Open(int dir, const char* path) {
  SYS_ASSIGN_OR_RETURN(Fd fd, OpenAt(dir, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  DIR* stream = fdopendir(fd.get());
  if (stream == nullptr) {
    return Errno::Last("fdopendir");
  }
  (void)fd.Release();  // the stream owns it now
  return DirectoryReader(stream);
}

DirectoryReader& DirectoryReader::operator=(DirectoryReader&& other) noexcept {
  std::swap(stream_, other.stream_);
  return *this;
}

DirectoryReader::~DirectoryReader() {
  if (stream_ != nullptr) {
    closedir(stream_);
  }
}

ErrnoOr<const dirent*> DirectoryReader::Next() {
  while (true) {
    errno = 0;
    const dirent* entry = readdir(stream_);  // NOLINT(concurrency-mt-unsafe) a stream of our own
    if (entry == nullptr && errno != 0) {
      return Errno::Last("readdir");
    }
    if (entry == nullptr || (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)) {
      return entry;
    }
  }
}

}  // namespace berth::sys
