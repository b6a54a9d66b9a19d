// SPDX-License-Identifier: Apache-2.0
#include "runtime/record_fields.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(RecordFields, ListsComeBackAsTheyWere) {
  EXPECT_THAT(ParseStrings(FormatStrings({})), test::IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(ParseStrings(FormatStrings({"a", "", "\"\\n", "ü"})),
              test::IsOkAndHolds(ElementsAre("a", "", "\"\\n", "ü")));
  EXPECT_THAT(ParseIds(FormatIds({0, 4294967295u})),
              test::IsOkAndHolds(ElementsAre(0u, 4294967295u)));
}

TEST(RecordFields, BytesThatAreNoTextDoNotCrash) {
  EXPECT_THAT(ParseStrings(FormatStrings({"\xff\xfe"})), test::IsOk());
}

TEST(RecordFields, ExtrasOfAPodComeBack) {
  PodExtras extras;
  extras.owner = PodOwner::kEngine;
  extras.hosts = {"10.0.0.1\tdb"};
  extras.shm_size = 1 << 20;
  extras.isolated = true;
  extras.networks = {{"{}", "eth0"}, {"[]", "eth1"}};
  extras.network_of = "abc";
  extras.ipc_of = "def";
  extras.host_uts = true;
  extras.own_uts = true;
  extras.domain_name = "example.org";
  const absl::StatusOr<PodExtras> read = ParseExtras(FormatExtras(extras));
  ASSERT_THAT(read, test::IsOk());
  EXPECT_EQ(read->owner, PodOwner::kEngine);
  EXPECT_EQ(read->hosts, extras.hosts);
  EXPECT_EQ(read->shm_size, extras.shm_size);
  EXPECT_TRUE(read->isolated);
  EXPECT_EQ(read->networks, extras.networks);
  EXPECT_EQ(read->network_of, "abc");
  EXPECT_EQ(read->ipc_of, "def");
  EXPECT_TRUE(read->host_uts);
  EXPECT_TRUE(read->own_uts);
  EXPECT_EQ(read->domain_name, "example.org");
  EXPECT_EQ(ParseExtras("{}")->owner, PodOwner::kCri);  // from before there were others
  for (const char* bad : {"", R"({"owner": 7})", R"({"owner": "x"})"}) {
    EXPECT_EQ(ParseExtras(bad).status().code(), absl::StatusCode::kDataLoss) << bad;
  }
}

TEST(RecordFields, AnImageComesBackAsItWas) {
  ContainerImage image;
  image.id = "sha256:1";
  image.reference = "busybox";
  image.repo_digest = "busybox@sha256:2";
  image.entrypoint = {"/init", "-x"};
  image.command = {"run"};
  image.environment = {"A=b"};
  image.working_directory = "/w";
  image.user = "1:2";
  image.stop_signal = "SIGINT";
  image.volumes = {"/data"};
  const absl::StatusOr<ContainerImage> read = ParseImage(FormatImage(image));
  ASSERT_THAT(read, test::IsOk());
  EXPECT_EQ(read->id, image.id);
  EXPECT_EQ(read->reference, image.reference);
  EXPECT_EQ(read->repo_digest, image.repo_digest);
  EXPECT_EQ(read->entrypoint, image.entrypoint);
  EXPECT_EQ(read->command, image.command);
  EXPECT_EQ(read->environment, image.environment);
  EXPECT_EQ(read->working_directory, image.working_directory);
  EXPECT_EQ(read->user, image.user);
  EXPECT_EQ(read->stop_signal, image.stop_signal);
  EXPECT_EQ(read->volumes, image.volumes);
}

TEST(RecordFields, AnotherTextIsDataLoss) {
  EXPECT_THAT(ParseStrings("x"), test::StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseStrings("[1]"), test::StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseIds("[-1]"), test::StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseIds("[4294967296]"), test::StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ParseImage("{"), test::StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace berth::runtime
