// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_output.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "gmock/gmock.h"

#include "cri/cli/session.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/fake_engine.h"

namespace berth::cli {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

TEST(BuildOutput, IsReadInAllItsForms) {
  const auto expect = [](const char* text, BuildOutput::Type type, const char* destination) {
    const absl::StatusOr<BuildOutput> output = ParseBuildOutput(text);
    ASSERT_THAT(output, IsOk()) << text;
    EXPECT_EQ(output->type, type) << text;
    EXPECT_EQ(output->destination, destination) << text;
  };
  expect("type=oci,dest=a.tar", BuildOutput::Type::kArchive, "a.tar");
  expect("dest=b.tar,type=docker", BuildOutput::Type::kArchive, "b.tar");
  expect("type=tar", BuildOutput::Type::kTar, "");
  expect("type=tar,dest=-", BuildOutput::Type::kTar, "");
  expect("type=local,dest=out=1", BuildOutput::Type::kLocal, "out=1");
  expect("type=image", BuildOutput::Type::kImage, "");
  expect("out", BuildOutput::Type::kLocal, "out");
  expect("-", BuildOutput::Type::kTar, "");
}

TEST(BuildOutput, SaysWhatItHasNot) {
  for (const char* bad : {"", "type=zip", "dest=x", "type=local", "type=tar,compression=zstd"}) {
    EXPECT_THAT(ParseBuildOutput(bad),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--output")))
        << bad;
  }
}

TEST(BuildOutput, LeavesNoContainerToAReaderThatHasGone) {
  const FakeDaemon daemon;
  FakeEngine engine(daemon.Address());
  engine.Answer("POST /containers/create", R"({"Id":"c1"})", "201 Created");
  engine.Answer("GET /containers/c1/export", "files");
  std::array<int, 2> ends = {};
  ASSERT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  const int ours = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
  ASSERT_GE(dup2(ends[1], STDOUT_FILENO), 0);
  close(ends[0]);
  close(ends[1]);
  const absl::Status written =
      WriteBuildOutput(Session(daemon.Address()).Engine().value(), "app",
                       {.type = BuildOutput::Type::kTar, .destination = ""});
  dup2(ours, STDOUT_FILENO);
  close(ours);
  EXPECT_FALSE(written.ok());
  EXPECT_EQ(engine.Calls().back(), "DELETE /containers/c1?force=1&v=1");
}

}  // namespace
}  // namespace berth::cli
