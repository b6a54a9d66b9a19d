// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/container_output.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "gtest/gtest.h"

#include "tests/unit/cri/cli/fake_daemon.h"

namespace berth::cli {
namespace {

class ContainerOutputTest : public testing::Test {
 protected:
  ContainerOutputTest() {
    daemon_.log_path = (std::filesystem::path(directory_.path()) / "0.log").string();
    daemon_.AddPod("p1", "web", true);
    daemon_.AddContainer("c1", "p1", "web", v1::CONTAINER_EXITED);
  }
  void Append(const std::string& text) const {
    std::ofstream(daemon_.log_path, std::ios::app) << text;
  }
  ContainerOutput Open(const Client& client, const OutputChoice& choice = {}) {
    absl::StatusOr<ContainerOutput> output = ContainerOutput::Open(client, "c1", choice);
    EXPECT_TRUE(output.ok()) << output.status();
    return *std::move(output);
  }

  test::TempDir directory_;
  FakeDaemon daemon_;
};

TEST_F(ContainerOutputTest, KeepsTheStreamsApartAndJoinsPartialLines) {
  Append("t1 stdout P one \nt2 stderr F error\nt3 stdout F more\n");
  const Client client = daemon_.Connect();
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  EXPECT_TRUE(Open(client).Show().ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one more\n");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "error\n");
}

TEST_F(ContainerOutputTest, KeepsTheOrderWhereBothStreamsLeadToOnePlace) {
  Append("t1 stdout F o1\nt2 stderr F e1\nt3 stdout F o2\nt4 stderr F e2\n");
  const Client client = daemon_.Connect();
  testing::internal::CaptureStdout();
  const int kept = dup(STDERR_FILENO);
  dup2(STDOUT_FILENO, STDERR_FILENO);
  EXPECT_TRUE(Open(client).Show().ok());
  dup2(kept, STDERR_FILENO);
  close(kept);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "o1\ne1\no2\ne2\n");
}

TEST_F(ContainerOutputTest, BeginsEachLineWithItsTime) {
  Append("t1 stdout P one \nt2 stdout F more\nt3 stdout F two\n");
  const Client client = daemon_.Connect();
  testing::internal::CaptureStdout();
  EXPECT_TRUE(Open(client, {.timestamps = true}).Show().ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "t1 one more\nt3 two\n");
}

TEST_F(ContainerOutputTest, ShowsWhatWasSaidInASpan) {
  Append(
      "2024-05-01T10:00:00Z stdout F one\n2024-05-01T10:00:01Z stdout F two\n"
      "2024-05-01T10:00:02Z stdout F three\n");
  const Client client = daemon_.Connect();
  const absl::Time second = absl::FromUnixSeconds(1'714'557'601);
  testing::internal::CaptureStdout();
  EXPECT_TRUE(Open(client, {.span = {.since = second}}).Show().ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "two\nthree\n");
  testing::internal::CaptureStdout();
  EXPECT_TRUE(Open(client, {.span = {.until = second}}).Show().ok());
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one\ntwo\n");
}

TEST_F(ContainerOutputTest, FollowsUntilTheContainerHasEnded) {
  daemon_.SetState("c1", v1::CONTAINER_RUNNING);
  const Client client = daemon_.Connect();
  ContainerOutput output = Open(client);
  testing::internal::CaptureStdout();
  std::thread container([&] {
    Append("t1 stdout F last words\n");
    daemon_.SetState("c1", v1::CONTAINER_EXITED);
  });
  const absl::StatusOr<v1::ContainerStatus> status = output.FollowToEnd();
  container.join();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "last words\n");
  ASSERT_TRUE(status.ok()) << status.status();
  EXPECT_EQ(status->state(), v1::CONTAINER_EXITED);
}

TEST_F(ContainerOutputTest, FollowsNoFurtherThanItsSpan) {
  daemon_.SetState("c1", v1::CONTAINER_RUNNING);
  Append("2024-05-01T10:00:00Z stdout F one\n");
  const Client client = daemon_.Connect();
  ContainerOutput output = Open(client, {.span = {.until = absl::FromUnixSeconds(1'714'557'601)}});
  testing::internal::CaptureStdout();
  std::thread container([&] { Append("2024-05-01T10:00:02Z stdout F three\n"); });
  const absl::Status followed = output.Follow();
  container.join();
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "one\n");
  EXPECT_TRUE(followed.ok()) << followed;
}

TEST_F(ContainerOutputTest, SaysThatThereIsNoLog) {
  daemon_.log_path.clear();
  const Client client = daemon_.Connect();
  EXPECT_TRUE(absl::IsFailedPrecondition(ContainerOutput::Open(client, "c1").status()));
}

}  // namespace
}  // namespace berth::cli
