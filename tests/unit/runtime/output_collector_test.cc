// SPDX-License-Identifier: Apache-2.0
#include "runtime/output_collector.h"

#include <fcntl.h>
#include <unistd.h>

#include <thread>

#include "gtest/gtest.h"

#include "base/sys/file.h"

namespace berth::runtime {
namespace {

class OutputCollectorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    ASSERT_EQ(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    read_ = sys::Fd(ends[0]);
    write_ = sys::Fd(ends[1]);
  }

  OutputBudget budget_{2000};
  sys::Fd read_;
  sys::Fd write_;
};

TEST_F(OutputCollectorTest, GathersUntilTheEnd) {
  OutputCollector output(std::move(read_), 100, budget_);
  output.Drain();
  EXPECT_TRUE(output.open());
  ASSERT_EQ(write(write_.get(), "one", 3), 3);
  output.Drain();
  ASSERT_EQ(write(write_.get(), "two", 3), 3);
  write_ = sys::Fd();
  output.Drain();
  EXPECT_FALSE(output.open());
  EXPECT_EQ(output.Take(), "onetwo");
}

TEST_F(OutputCollectorTest, DropsWhatIsOverTheLimitButReadsIt) {
  OutputCollector output(std::move(read_), 1000, budget_);
  std::thread writer([this] {
    const std::string much(1 << 20, 'x');
    EXPECT_TRUE(sys::WriteAll(write_.get(), much.data(), much.size()).ok());
    write_ = sys::Fd();
  });
  while (output.open()) {
    output.Drain();
  }
  writer.join();
  EXPECT_EQ(output.Take(), std::string(1000, 'x'));
}

TEST_F(OutputCollectorTest, KeepsWhatTheBudgetHasAndGivesItBack) {
  {
    OutputCollector output(std::move(read_), 100, budget_);
    EXPECT_EQ(budget_.Take(1997), 1997u);
    ASSERT_EQ(write(write_.get(), "abcde", 5), 5);
    output.Drain();
    budget_.GiveBack(10);
    ASSERT_EQ(write(write_.get(), "fg", 2), 2);
    output.Drain();
    EXPECT_EQ(output.Take(), "abc");
    EXPECT_EQ(budget_.Take(100), 10u);
  }
  EXPECT_EQ(budget_.Take(100), 3u);
}

}  // namespace
}  // namespace berth::runtime
