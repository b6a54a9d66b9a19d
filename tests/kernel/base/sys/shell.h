// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/clock.h"
#include "base/sys/file.h"
#include "base/sys/process.h"

namespace berth::sys {

// Runs `sh -c script` with descriptor `fd` as number 7, and descriptor 0 to 2 as ours.
inline ErrnoOr<Process> Shell(const std::string& script, int fd) {
  ErrnoOr<Fd> shell = OpenAt(AT_FDCWD, "/bin/sh", O_PATH);
  EXPECT_TRUE(shell.ok());
  char* arguments[] = {const_cast<char*>("sh"), const_cast<char*>("-c"),
                       const_cast<char*>(script.c_str()), nullptr};
  char* environment[] = {const_cast<char*>("PATH=/bin:/usr/bin"), nullptr};
  const FdMapping map[] = {{fd, 7}};
  return SpawnProcess({shell->get(), arguments, environment, map});
}

inline int64_t Soon() {
  return MonotonicTime() + 10 * kSecond;
}

}  // namespace berth::sys
