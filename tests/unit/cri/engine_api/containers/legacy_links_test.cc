// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/containers/legacy_links.h"

#include "gmock/gmock.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(LegacyLinks, AreReadInAllTheirForms) {
  const auto links = LegacyLinksOf({{"Links", {"db:store", "cache", "/db:/web/again"}}});
  ASSERT_THAT(links, SizeIs(3));
  EXPECT_EQ(links[0].name + " " + links[0].alias, "db store");
  EXPECT_EQ(links[1].name + " " + links[1].alias, "cache cache");
  EXPECT_EQ(links[2].name + " " + links[2].alias, "db again");
}

TEST(LegacyLinks, AreOfTheDefaultNetworkOnly) {
  for (const char* mode : {"", "default", "bridge"}) {
    EXPECT_THAT(LegacyLinksOf({{"NetworkMode", mode}, {"Links", {"db"}}}), SizeIs(1)) << mode;
  }
  EXPECT_THAT(LegacyLinksOf({{"NetworkMode", "mine"}, {"Links", {"db"}}}), IsEmpty());
  EXPECT_THAT(LegacyLinksOf({{"NetworkMode", "bridge"}}), IsEmpty());
  EXPECT_THAT(LegacyLinksOf({{"Links", nullptr}}), IsEmpty());
}

TEST(LegacyLinks, TellNamesPortsAndEnvironment) {
  EngineContainerRecord other;
  other.id = "0123456789abcdef";
  other.name = "db";
  other.config = {{"ExposedPorts", {{"53/udp", Json::object()}, {"5432/tcp", Json::object()}}},
                  {"Env", {"PATH=/bin", "HOME=/", "VERSION=15", "odd"}}};
  ContainerSpec spec;
  spec.environment = {"OWN=1"};
  AddLegacyLink("web", {"db", "my-db"}, other, "10.0.0.2", spec);
  EXPECT_THAT(spec.extra_hosts,
              ElementsAre("my-db=10.0.0.2", "0123456789ab=10.0.0.2", "db=10.0.0.2"));
  EXPECT_THAT(
      spec.environment,
      ElementsAre("MY_DB_PORT=tcp://10.0.0.2:5432", "MY_DB_PORT_5432_TCP=tcp://10.0.0.2:5432",
                  "MY_DB_PORT_5432_TCP_ADDR=10.0.0.2", "MY_DB_PORT_5432_TCP_PORT=5432",
                  "MY_DB_PORT_5432_TCP_PROTO=tcp", "MY_DB_PORT_53_UDP=udp://10.0.0.2:53",
                  "MY_DB_PORT_53_UDP_ADDR=10.0.0.2", "MY_DB_PORT_53_UDP_PORT=53",
                  "MY_DB_PORT_53_UDP_PROTO=udp", "MY_DB_NAME=/web/my-db", "MY_DB_ENV_VERSION=15",
                  "OWN=1"));
  AddLegacyLink("web", {"db", "db"}, other, "10.0.0.2", spec);
  EXPECT_THAT(spec.extra_hosts, SizeIs(3)) << "each name once";
}

}  // namespace
}  // namespace berth::cri
