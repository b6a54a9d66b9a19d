// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/hosts_file.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(HostsFile, OfAllThereIs) {
  ASSERT_OK_AND_ASSIGN(HostsFile hosts, ParseHostsFile(R"(
server = "https://registry.example.com"
ca = "root.crt"

[host."https://z.example.com:5000"]
  capabilities = ["pull", "Resolve", "referrers"]
  ca = ["a.crt", "/b.crt"]
  client = [["c.cert", "c.key"], ["d.cert", "d.key"]]
  skip_verify = true
  override_path = true
  dial_timeout = "3s"
  send_credentials = true
  realms = ["auth.example.org"]
  [host."https://z.example.com:5000".header]
    X-One = "1"
    X-Two = ["2", "3"]

[host."http://a.example.com"]
  capabilities = ["push"]
  client = "both.pem"
)",
                                                       "f"));
  EXPECT_EQ(hosts.server.url, "https://registry.example.com");
  EXPECT_THAT(hosts.server.ca, ElementsAre("root.crt"));
  ASSERT_EQ(hosts.mirrors.size(), 2u);
  const HostEntry& z = hosts.mirrors[0];  // the file's order, not the alphabet's
  EXPECT_EQ(z.url, "https://z.example.com:5000");
  EXPECT_TRUE(z.can_pull && z.can_resolve && !z.can_push);
  EXPECT_THAT(z.ca, ElementsAre("a.crt", "/b.crt"));
  EXPECT_THAT(z.client, ElementsAre(Pair("c.cert", "c.key"), Pair("d.cert", "d.key")));
  EXPECT_EQ(z.skip_verify, true);
  EXPECT_TRUE(z.override_path);
  EXPECT_EQ(z.dial_timeout, absl::Seconds(3));
  EXPECT_TRUE(z.send_credentials);
  EXPECT_THAT(z.realms, ElementsAre("auth.example.org"));
  ASSERT_EQ(z.headers.size(), 3u);
  EXPECT_EQ(z.headers[0].name, "X-One");
  EXPECT_EQ(z.headers[2].value, "3");
  EXPECT_FALSE(hosts.mirrors[1].can_pull || hosts.mirrors[1].can_resolve);
  EXPECT_TRUE(hosts.mirrors[1].can_push);
  EXPECT_THAT(hosts.mirrors[1].client, ElementsAre(Pair("both.pem", "")));
}

TEST(HostsFile, KeysThatAreNotKnownAreTold) {
  ASSERT_OK_AND_ASSIGN(HostsFile hosts,
                       ParseHostsFile("server = \"https://a\"\nsrever = 1\n[host.\"https://b\"]\n"
                                      "capabilties = [\"pull\"]\nca = \"x\"\n",
                                      "f"));
  EXPECT_THAT(hosts.unknown, ::testing::UnorderedElementsAre("f:2: srever", "f:4: capabilties"));
}

TEST(HostsFile, EmptyMeansDefaults) {
  ASSERT_OK_AND_ASSIGN(HostsFile hosts, ParseHostsFile("# nothing\nunknown = [1, 2]\n", "f"));
  EXPECT_EQ(hosts.server.url, "");
  EXPECT_TRUE(hosts.server.can_pull && hosts.server.can_resolve && hosts.server.can_push);
  EXPECT_EQ(hosts.server.skip_verify, std::nullopt);
  EXPECT_THAT(hosts.mirrors, IsEmpty());
  ASSERT_OK_AND_ASSIGN(hosts, ParseHostsFile("[host.\"m\"]\ncapabilities = []\n", "f"));
  const HostEntry& mirror = hosts.mirrors[0];
  EXPECT_TRUE(mirror.can_pull && mirror.can_resolve && mirror.can_push);
}

TEST(HostsFile, ListOfCombinedClientFiles) {
  ASSERT_OK_AND_ASSIGN(HostsFile hosts, ParseHostsFile(R"(client = ["a.pem", "b.pem"])", "f"));
  EXPECT_THAT(hosts.server.client, ElementsAre(Pair("a.pem", ""), Pair("b.pem", "")));
}

TEST(HostsFile, ErrorsNameFileAndLine) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"server = ", "dir/f:1: "},
      {"\n\nserver = 1", "dir/f:3: \"server\" is not a string"},
      {"host = 1", "dir/f:1: \"host\""},
      {"\n[host]\n\"x\" = 1", "dir/f:3: host \"x\" is not a table"},
      {"capabilities = [\"fly\"]", "unknown capability \"fly\""},
      {"capabilities = [1]", "dir/f:1: "},
      {"capabilities = 1", "dir/f:1: "},
      {"ca = 1", "neither a string nor a list"},
      {"ca = [\"a\",\n 2]", "dir/f:2: "},
      {"client = [[\"a\", \"b\", \"c\"]]", "a certificate and a key"},
      {"client = [[\"a\"]]", "a certificate and a key"},
      {"client = 1", "dir/f:1: "},
      {"skip_verify = \"yes\"", "\"skip_verify\" is not true or false"},
      {"override_path = 1", "\"override_path\""},
      {"header = 1", "\"header\" is not a table"},
      {"[header]\nX = 1", "dir/f:2: "},
      {"[header]\n\"a b\" = \"1\"", "not a header"},
      {"[header]\nX = \"a\\r\\nY: z\"", "not a header"},
      {"dial_timeout = \"soon\"", "\"dial_timeout\""},
      {"dial_timeout = \"-1s\"", "\"dial_timeout\""},
      {"dial_timeout = 3", "\"dial_timeout\" is not a string"},
      {"x = 1\nx = 2", "dir/f:2: "},
      {"\n\u0161 = 1", "dir/f:2: "},
  };
  for (const auto& [text, message] : cases) {
    EXPECT_THAT(ParseHostsFile(text, "dir/f"),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(message)))
        << text;
  }
}

TEST(HostsFile, IsBounded) {
  EXPECT_FALSE(ParseHostsFile(std::string(kMaxHostsFile + 1, '\n'), "f").ok());
  EXPECT_FALSE(ParseHostsFile("x = " + std::string(100000, '['), "f").ok());
}

}  // namespace
}  // namespace berth::imageservice
