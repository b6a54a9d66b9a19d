// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/port_filter.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<PortFilter> Read(const std::string& text) {
  constexpr absl::string_view kKnown[] = {"publish", "expose"};
  return PortFilter::Read(*Filters::Parse(text, kKnown));
}

bool Takes(const std::string& text) {
  const Json ports =
      *ParseJson(R"([{"IP":"0.0.0.0","PrivatePort":80,"PublicPort":8080,"Type":"tcp"},
                                    {"PrivatePort":53,"Type":"udp"}])",
                 1000);
  return Read(text)->Takes(ports);
}

TEST(PortFilter, TakesPortsOfTheNodeAndOfContainers) {
  EXPECT_TRUE(Takes(R"({"publish":["8080"]})"));
  EXPECT_TRUE(Takes(R"({"publish":["8000-8080/TCP"]})"));
  EXPECT_FALSE(Takes(R"({"publish":["80"]})"));
  EXPECT_FALSE(Takes(R"({"publish":["8080/udp","8081-9000"]})"));
  EXPECT_TRUE(Takes(R"({"expose":["80/tcp"]})"));
  EXPECT_TRUE(Takes(R"({"expose":["1","53/udp"]})"));
  EXPECT_FALSE(Takes(R"({"expose":["53","8080"]})"));
  EXPECT_FALSE(Takes(R"({"publish":["0"]})"));  // what is not published has no port there
  EXPECT_TRUE(Takes(R"({"publish":["1"],"expose":["80"]})"));
}

TEST(PortFilter, WithoutOneEverythingIsTaken) {
  EXPECT_TRUE(Read("{}")->Takes(Json::array()));
  EXPECT_FALSE(Read(R"({"expose":["80"]})")->Takes(Json::array()));
}

TEST(PortFilter, RefusesWhatIsNoPort) {
  for (const char* text : {"x", "", "80-", "9-8", "70000", "127.0.0.1:80", "-1"}) {
    EXPECT_THAT(Read(absl::StrCat(R"({"publish":[")", text, R"("]})")),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid filter 'publish=")))
        << text;
  }
}

}  // namespace
}  // namespace berth::cri
