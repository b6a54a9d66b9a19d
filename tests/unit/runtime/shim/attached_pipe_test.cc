// SPDX-License-Identifier: Apache-2.0
#include "runtime/shim/attached_pipe.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <memory>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/pipe.h"

namespace berth::shim {
namespace {

struct Space {
  char bytes[kAttachSpace];
};

class AttachedPipeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    signal(SIGPIPE, SIG_IGN);
    sys::Pipe ends = *sys::MakePipe();
    ASSERT_TRUE(sys::SetNonBlocking(ends.writer.get()).ok());
    ASSERT_TRUE(sys::SetNonBlocking(ends.reader.get()).ok());
    capacity_ = static_cast<size_t>(fcntl(ends.reader.get(), F_GETPIPE_SZ));
    reader_ = std::move(ends.reader);
    pipe_.Open(std::move(ends.writer));
  }

  // What the pipe holds now.
  std::string Take() {
    std::string all(2 * capacity_, '\0');
    const ssize_t count = read(reader_.get(), all.data(), all.size());
    all.resize(count < 0 ? 0 : static_cast<size_t>(count));
    return all;
  }

  std::unique_ptr<Space> space_ = std::make_unique<Space>();
  AttachedPipe pipe_{space_->bytes};
  sys::Fd reader_;
  size_t capacity_ = 0;
};

TEST_F(AttachedPipeTest, PassesBytesOn) {
  pipe_.Give("one");
  pipe_.Give("two");
  EXPECT_FALSE(pipe_.waits());
  EXPECT_EQ(Take(), "onetwo");
}

TEST_F(AttachedPipeTest, WhatIsNotTakenWaitsInOrder) {
  const std::string full(capacity_, 'a');
  pipe_.Give(full);
  ASSERT_FALSE(pipe_.waits());
  const int64_t before = sys::MonotonicTime();
  pipe_.Give(std::string(kAttachSpace - 10, 'b'));
  ASSERT_TRUE(pipe_.waits());
  EXPECT_GE(pipe_.deadline(), before + kAttachStall);
  pipe_.End();
  EXPECT_FALSE(pipe_.finished());
  std::string all = Take();
  while (pipe_.waits()) {
    pipe_.Flush();
    all += Take();
  }
  EXPECT_EQ(all, full + std::string(kAttachSpace - 10, 'b'));
  EXPECT_TRUE(pipe_.finished());
}

TEST_F(AttachedPipeTest, SpaceIsUsedAgainWhileSomethingWaits) {
  const std::string full(capacity_, 'a');
  pipe_.Give(full);
  std::string expected = full;
  std::string all;
  for (char letter = 'b'; letter <= 'z'; ++letter) {
    pipe_.Give(std::string(kAttachSpace / 2, letter));
    expected += std::string(kAttachSpace / 2, letter);
    all += Take();
    pipe_.Flush();
    ASSERT_FALSE(pipe_.finished());
  }
  while (pipe_.waits()) {
    all += Take();
    pipe_.Flush();
  }
  EXPECT_EQ(all + Take(), expected);
}

TEST_F(AttachedPipeTest, MoreThanFitsCutsItOff) {
  pipe_.Give(std::string(capacity_, 'a'));
  pipe_.Give(std::string(kAttachSpace, 'b'));
  EXPECT_TRUE(pipe_.waits());
  pipe_.Give("c");
  EXPECT_FALSE(pipe_.waits());
  EXPECT_TRUE(pipe_.finished());
}

TEST_F(AttachedPipeTest, AReaderThatHasGoneIsTheEnd) {
  reader_ = sys::Fd();
  pipe_.Give("x");
  EXPECT_TRUE(pipe_.finished());
  pipe_.Close();
  EXPECT_FALSE(pipe_.is_open());
  pipe_.Give("y");
  EXPECT_FALSE(pipe_.waits());
}

}  // namespace
}  // namespace berth::shim
