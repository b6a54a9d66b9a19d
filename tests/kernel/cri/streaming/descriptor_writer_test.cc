// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/descriptor_writer.h"

#include "tests/kernel/cri/streaming/loop_under_test.h"

namespace berth::cri {
namespace {

class DescriptorWriterTest : public LoopTest {
 protected:
  // Reads what has arrived in the pipe.
  std::string Arrived() {
    std::string all(2 * kMaxPendingInput, '\0');
    const ssize_t n = read(pipe.reader.get(), all.data(), all.size());
    all.resize(n > 0 ? static_cast<size_t>(n) : 0);
    return all;
  }

  sys::Pipe pipe = NewPipe();
  int taken = 0;
  const std::shared_ptr<DescriptorWriter> writer =
      std::make_shared<DescriptorWriter>(loop, [this] { ++taken; });
};

TEST_F(DescriptorWriterTest, KeepsWhatComesBeforeItIsOpen) {
  writer->Push("early ");
  RunReady();
  writer->Open(std::move(pipe.writer));
  writer->Push("late");
  bool ended = false;
  writer->End([&] { ended = true; });
  EXPECT_TRUE(RunUntil([&] { return ended; }));
  EXPECT_EQ(Arrived(), "early late");
  EXPECT_EQ(read(pipe.reader.get(), &taken, 1), 0) << "the pipe is closed";
}

TEST_F(DescriptorWriterTest, IsFullWhileTheReaderIsSlow) {
  writer->Open(std::move(pipe.writer));
  size_t pushed = 0;
  for (; !writer->full(); pushed += 64 << 10) {
    writer->Push(std::string(64 << 10, 'x'));
    RunReady();
  }
  const int taken_before = taken;
  size_t arrived = 0;
  EXPECT_TRUE(RunUntil([&] {
    arrived += Arrived().size();
    return arrived == pushed;
  })) << arrived;
  EXPECT_TRUE(RunUntil([&] { return writer->pending() == 0; }));
  EXPECT_GT(taken, taken_before);
}

TEST_F(DescriptorWriterTest, DropsWhatNobodyReads) {
  pipe.reader = sys::Fd();
  writer->Open(std::move(pipe.writer));
  writer->Push("lost");
  RunReady();
  writer->Push("lost too");
  bool ended = false;
  writer->End([&] { ended = true; });
  EXPECT_TRUE(RunUntil([&] { return ended; }));
}

TEST_F(DescriptorWriterTest, DropsAllWithoutADescriptor) {
  writer->Push("lost");
  writer->Open(sys::Fd());
  bool ended = false;
  writer->End([&] { ended = true; });
  EXPECT_TRUE(ended);
}

TEST_F(DescriptorWriterTest, TellsNothingAfterClose) {
  writer->Push("lost");
  bool ended = false;
  writer->End([&] { ended = true; });
  writer->Close();
  RunReady();
  EXPECT_FALSE(ended);
}

}  // namespace
}  // namespace berth::cri
