// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/build_output.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

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

}  // namespace
}  // namespace berth::cli
