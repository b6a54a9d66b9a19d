// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/config.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kDigest = absl::StrCat("sha256:", std::string(64, 'a'));

TEST(ImageConfig, ReadsWhatAContainerNeeds) {
  auto config = ParseConfig(absl::StrCat(
      R"({"architecture":"arm","os":"linux","variant":"v6","created":"2024-01-02T03:04:05Z",
          "rootfs":{"type":"layers","diff_ids":[")",
      kDigest, R"("]},"history":[{"created_by":7}],
      "config":{"Entrypoint":["/e"],"Cmd":["a","b"],"Env":["A=1"],"WorkingDir":"/w","User":"1:2",
                "StopSignal":"SIGINT","Volumes":{"/v":{},"/u":null},"Labels":{"x":1}}})"));
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->os, "linux");
  EXPECT_EQ(config->architecture, "arm");
  EXPECT_EQ(config->variant, "v6");
  EXPECT_EQ(config->created, "2024-01-02T03:04:05Z");
  ASSERT_EQ(config->diff_ids.size(), 1u);
  EXPECT_EQ(config->diff_ids[0].str(), kDigest);
  EXPECT_THAT(config->process.entrypoint, ElementsAre("/e"));
  EXPECT_THAT(config->process.command, ElementsAre("a", "b"));
  EXPECT_THAT(config->process.environment, ElementsAre("A=1"));
  EXPECT_EQ(config->process.working_directory, "/w");
  EXPECT_EQ(config->process.user, "1:2");
  EXPECT_EQ(config->process.stop_signal, "SIGINT");
  EXPECT_THAT(config->process.volumes, ElementsAre("/u", "/v"));
}

TEST(ImageConfig, NullsAndAbsenceAreEmpty) {
  for (const char* text :
       {"{}", R"({"config":null,"rootfs":null})",
        R"({"config":{"Env":null,"Cmd":null,"Entrypoint":null,"Volumes":null,"User":null}})"}) {
    SCOPED_TRACE(text);
    auto config = ParseConfig(text);
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_THAT(config->process.environment, IsEmpty());
    EXPECT_THAT(config->diff_ids, IsEmpty());
  }
}

TEST(ImageConfig, OldSingleStringsAreArguments) {
  auto config = ParseConfig(R"({"config":{"Cmd":"top","Entrypoint":"/e"}})");
  ASSERT_TRUE(config.ok());
  EXPECT_THAT(config->process.command, ElementsAre("top"));
  EXPECT_THAT(config->process.entrypoint, ElementsAre("/e"));
}

TEST(ImageConfig, RefusesWhatMeansNothing) {
  std::string many = "\"" + kDigest + "\"";
  for (size_t i = 0; i < kMaxLayers; ++i) {
    absl::StrAppend(&many, ",\"", kDigest, "\"");
  }
  const std::vector<std::string> cases = {
      "",
      "[]",
      "null",
      "\xff\xfe{}",
      R"({"architecture":1})",
      R"({"os":[]})",
      R"({"rootfs":"x"})",
      R"({"rootfs":{"type":"tree"}})",
      R"({"rootfs":{"diff_ids":["sha256:x"]}})",
      R"({"rootfs":{"diff_ids":{}}})",
      absl::StrCat(R"({"rootfs":{"diff_ids":[)", many, "]}}"),
      R"({"config":[1]})",
      R"({"config":{"Env":"A=1"}})",
      R"({"config":{"Env":[1]}})",
      R"({"config":{"Env":["A=\u0000"]}})",
      R"({"config":{"Cmd":"\u0000"}})",
      R"({"config":{"Volumes":["/v"]}})",
      R"({"config":{"Volumes":{"\u0000":{}}}})",
      R"({"config":{"User":0}})",
  };
  for (const std::string& text : cases) {
    SCOPED_TRACE(text.substr(0, 100));
    auto config = ParseConfig(text);
    EXPECT_EQ(config.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_THAT(config.status().message(), HasSubstr("image configuration: "));
  }
  EXPECT_FALSE(
      ParseConfig(absl::StrCat("{\"x\":\"", std::string(kMaxConfigSize, 'x'), "\"}")).ok());
}

}  // namespace
}  // namespace berth::imageservice
