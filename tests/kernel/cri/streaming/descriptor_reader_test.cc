// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/descriptor_reader.h"

#include "tests/kernel/cri/streaming/loop_under_test.h"

namespace berth::cri {
namespace {

class DescriptorReaderTest : public LoopTest {
 protected:
  void Open() {
    reader->Open(
        std::move(pipe.reader), [this](absl::string_view bytes) { got += std::string(bytes); },
        [this](const ErrorCode& error) { end = error; });
  }

  sys::Pipe pipe = NewPipe();
  const std::shared_ptr<DescriptorReader> reader = std::make_shared<DescriptorReader>(loop);
  std::string got;
  std::optional<ErrorCode> end;
};

TEST_F(DescriptorReaderTest, ReadsOnceForEachCall) {
  Open();
  ASSERT_EQ(write(pipe.writer.get(), "one", 3), 3);
  reader->ReadMore();
  EXPECT_TRUE(RunUntil([&] { return got == "one"; }));
  ASSERT_EQ(write(pipe.writer.get(), "two", 3), 3);
  RunReady();
  EXPECT_EQ(got, "one");
  reader->ReadMore();
  EXPECT_TRUE(RunUntil([&] { return got == "onetwo"; }));
}

TEST_F(DescriptorReaderTest, TellsTheEndOnce) {
  Open();
  pipe.writer = sys::Fd();
  reader->ReadMore();
  EXPECT_TRUE(RunUntil([&] { return end.has_value(); }));
  EXPECT_EQ(*end, asio::error::eof);
  EXPECT_FALSE(reader->open());
  end.reset();
  reader->ReadMore();
  RunReady();
  EXPECT_FALSE(end.has_value());
}

TEST_F(DescriptorReaderTest, TellsNothingAfterClose) {
  Open();
  reader->ReadMore();
  ASSERT_EQ(write(pipe.writer.get(), "one", 3), 3);
  reader->Close();
  RunReady();
  EXPECT_EQ(got, "");
  EXPECT_FALSE(end.has_value());
}

}  // namespace
}  // namespace berth::cri
