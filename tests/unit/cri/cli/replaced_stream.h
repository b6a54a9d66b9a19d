// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>

#include "gtest/gtest.h"

#include "base/sys/fd.h"
#include "base/sys/pipe.h"
#include "base/sys/terminal.h"

namespace berth::cli {

// While it lives, our stdin, stdout or stderr is another file.
class ReplacedStream {
 public:
  ReplacedStream(int stream, int file)
      : stream_(stream), before_(fcntl(stream, F_DUPFD_CLOEXEC, 3)) {
    EXPECT_EQ(dup2(file, stream), stream);
  }
  ~ReplacedStream() { dup2(before_.get(), stream_); }
  ReplacedStream(const ReplacedStream&) = delete;
  ReplacedStream& operator=(const ReplacedStream&) = delete;
  ReplacedStream(ReplacedStream&&) = delete;
  ReplacedStream& operator=(ReplacedStream&&) = delete;

 private:
  const int stream_;
  const sys::Fd before_;
};

// A pipe for a stream of ours.
class StreamPipe {
 public:
  int reader() const { return pipe_.reader.get(); }
  int writer() const { return pipe_.writer.get(); }
  void CloseWriter() { pipe_.writer = sys::Fd(); }

  // What has been written.
  std::string Read() const {
    std::string all(64 << 10, '\0');
    EXPECT_TRUE(sys::SetNonBlocking(reader()).ok());
    const ssize_t n = read(reader(), all.data(), all.size());
    all.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return all;
  }

 private:
  sys::Pipe pipe_ = *sys::MakePipe();
};

inline sys::Terminal NewTerminal(uint16_t rows, uint16_t columns) {
  sys::Terminal terminal;
  terminal.master = sys::Fd(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  char name[64] = {};
  EXPECT_EQ(ptsname_r(terminal.master.get(), name, sizeof(name)), 0);
  EXPECT_EQ(unlockpt(terminal.master.get()), 0);
  terminal.slave = sys::Fd(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
  EXPECT_TRUE(sys::SetWindowSize(terminal.master.get(), rows, columns).ok());
  return terminal;
}

}  // namespace berth::cli
