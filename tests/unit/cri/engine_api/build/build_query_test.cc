// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/build/build_query.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "imageservice/build/build_limits.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

absl::StatusOr<BuildQuery> Read(const std::string& query) {
  EngineRequest request;
  EXPECT_THAT(ParseTarget("/build?" + query, request), IsOk());
  return ReadBuildQuery(request);
}

absl::StatusOr<BuildQuery> ReadWith(const std::string& header) {
  EngineRequest request;
  EXPECT_THAT(ParseTarget("/build", request), IsOk());
  request.headers = {{kBuildHeader, header}};
  return ReadBuildQuery(request);
}

TEST(BuildQuery, ReadsWhatTheClientSends) {
  const absl::StatusOr<BuildQuery> query = Read(
      "t=a&t=b:1&dockerfile=x/../Df&target=s&buildargs=%7B%22A%22%3A%221%22%2C%22B%22%3Anull%7D"
      "&labels=%7B%22l%22%3A%22v%22%7D&nocache=1&pull=true&q=1&memory=1000&cpusetcpus=0-1"
      "&extrahosts=h%3A1.2.3.4&networkmode=none&shmsize=64&platform=linux%2Farm64");
  ASSERT_THAT(query, IsOk());
  EXPECT_TRUE(query->quiet);
  const imageservice::BuildRequest& build = query->request;
  EXPECT_THAT(build.names, ElementsAre("a", "b:1"));
  EXPECT_EQ(build.dockerfile, "Df");
  EXPECT_EQ(build.target, "s");
  EXPECT_THAT(build.arguments, ElementsAre(Pair("A", "1")));
  EXPECT_THAT(build.labels, ElementsAre(Pair("l", "v")));
  EXPECT_TRUE(build.no_cache);
  EXPECT_TRUE(build.pull);
  EXPECT_EQ(build.network, "none");
  EXPECT_EQ(build.platform, "linux/arm64");
  EXPECT_THAT(build.hosts, ElementsAre(Pair("h", "1.2.3.4")));
  EXPECT_EQ(build.limits.memory, 1000);
  EXPECT_EQ(build.limits.cpus, "0-1");
  EXPECT_EQ(build.limits.shm_size, 64);
}

TEST(BuildQuery, HasDefaults) {
  const absl::StatusOr<BuildQuery> query = Read("remote=&buildargs=null&networkmode=bridge");
  ASSERT_THAT(query, IsOk());
  EXPECT_EQ(query->request.dockerfile, "Dockerfile");
  EXPECT_EQ(query->request.remote, "");
  EXPECT_EQ(query->request.network, "default");
  EXPECT_FALSE(query->quiet);
}

TEST(BuildQuery, RefusesWhatItCannotDo) {
  for (const char* bad :
       {"buildargs=x", "labels=[1]", "buildargs=%7B%22A%22%3A1%7D", "memory=x", "extrahosts=a",
        "extrahosts=a%3A1.2.3.4%0A6.6.6.6%20b", "extrahosts=a%20b%3A1.2.3.4", "extrahosts=a%3A1%0D",
        "shmsize=-1", "memory=-1", "memswap=-2", "cpushares=-1", "cpuperiod=-1", "cpuquota=-2",
        "ulimits=x", "ulimits=%5B%7B%22Name%22%3A%22none%22%7D%5D",
        "ulimits=%5B%7B%22Name%22%3A%22cpu%22%2C%22Soft%22%3A2%7D%5D"}) {
    EXPECT_THAT(Read(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  EXPECT_THAT(Read("squash=1"), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Read("squash=0&ulimits=null&securityopt=[]&cgroupparent="), IsOk());
  for (const char* other :
       {"version=2", "networkmode=mine", "cgroupparent=/x", "securityopt=%5B1%5D"}) {
    EXPECT_THAT(Read(other), StatusIs(absl::StatusCode::kUnimplemented)) << other;
  }
  const absl::StatusOr<BuildQuery> limited =
      Read("ulimits=%5B%7B%22Name%22%3A%22nofile%22%2C%22Soft%22%3A1%2C%22Hard%22%3A2%7D%5D");
  ASSERT_THAT(limited, IsOk());
  ASSERT_EQ(limited->request.limits.rlimits.size(), 1u);
  EXPECT_EQ(limited->request.limits.rlimits[0].hard, 2u);
  const absl::StatusOr<BuildQuery> unlimited = Read("memory=1&memswap=-1&cpuquota=-1");
  ASSERT_THAT(unlimited, IsOk());
  EXPECT_EQ(unlimited->request.limits.memory_swap, -1);
}

TEST(BuildQuery, StagesCanBeFollowed) {
  EngineRequest request;
  EXPECT_THAT(ParseTarget("/build", request), IsOk());
  EXPECT_FALSE(ReadBuildQuery(request)->tells_stages);
  request.headers = {{kProgressHeader, kProgressStages}};
  EXPECT_TRUE(ReadBuildQuery(request)->tells_stages);
  request.headers = {{kProgressHeader, "bars"}};
  EXPECT_THAT(ReadBuildQuery(request),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("bars")));
}

TEST(BuildQuery, SecretsAndAgentsComeInAHeader) {
  const absl::StatusOr<BuildQuery> query =
      ReadWith(R"({"secrets":{"one":"dGV4dA=="},"agents":{"default":"/s"}})");
  ASSERT_THAT(query, IsOk());
  EXPECT_EQ(query->request.secrets.at("one").Reveal(), "text");
  EXPECT_THAT(query->request.agents, ElementsAre(Pair("default", "/s")));
  const std::pair<const char*, const char*> kBad[] = {
      {"x", "not an object"},
      {"[]", "not an object"},
      {R"({"secrets":[]})", "secrets: not an object"},
      {R"({"agents":"x"})", "agents: not an object"},
      {R"({"secret":{}})", "it has no secret"},
      {R"({"secrets":{"one":1}})", "secret one"},
      {R"({"secrets":{"one":"%%"}})", "secret one"},
      {R"({"agents":{"a":"relative"}})", "agent a"},
  };
  for (const auto& [bad, why] : kBad) {
    EXPECT_THAT(ReadWith(bad), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why))) << bad;
  }
}

TEST(BuildQuery, SecretsTogetherHaveALimit) {
  const auto header = [](size_t first, size_t second) {
    return absl::StrCat(R"({"secrets":{"a":")", absl::Base64Escape(std::string(first, 'x')),
                        R"(","b":")", absl::Base64Escape(std::string(second, 'x')), R"("}})");
  };
  EXPECT_THAT(ReadWith(header(1, imageservice::kMaxSecrets - 1)), IsOk());
  EXPECT_THAT(ReadWith(header(1, imageservice::kMaxSecrets)),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("secret b: all together")));
}

absl::Status ReadOutputs(const std::string& json) {
  EngineRequest request;
  EXPECT_THAT(ParseTarget("/build", request), IsOk());
  request.query = {{"outputs", json}};
  return ReadBuildQuery(request).status();
}

TEST(BuildQuery, AnOutputIsTheDaemonsImage) {
  for (const char* image :
       {"null", "[]", R"([{"Type":"moby"}])", R"([{"Type":"image"}])",
        R"([{"Type":"moby","Attrs":{"type":"image"}}])", R"([{"Type":"moby","Attrs":null}])"}) {
    EXPECT_THAT(ReadOutputs(image), IsOk()) << image;
  }
  for (const char* bad : {"x", "{}", "[1]", R"([{}])", R"([{"Type":"moby"},{"Type":"moby"}])"}) {
    EXPECT_THAT(ReadOutputs(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
  for (const char* other :
       {R"([{"Type":"local","Attrs":{"dest":"x"}}])", R"([{"Type":"cacheonly"}])",
        R"([{"Type":"moby","Attrs":{"compression":"zstd"}}])"}) {
    EXPECT_THAT(ReadOutputs(other), StatusIs(absl::StatusCode::kUnimplemented)) << other;
  }
}

}  // namespace
}  // namespace berth::cri
