// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/networks/name_table.h"

#include "gmock/gmock.h"

namespace berth::cri {
namespace {

using ::testing::ElementsAre;

IpAddress Ip(const char* text) {
  return *ParseIpAddress(text);
}

std::vector<std::string> Texts(const std::optional<std::vector<IpAddress>>& addresses) {
  std::vector<std::string> texts;
  for (const IpAddress& each : addresses.value_or(std::vector<IpAddress>())) {
    texts.push_back(each.str());
  }
  return texts;
}

TEST(NameTable, NamesAreOfTheNetworksOfTheAsker) {
  NameTable table;
  table.Put("front", "c1", {"web.front", {"Web", "www"}, {Ip("10.1.0.2")}, {}});
  table.Put("front", "c2", {"w2.front", {"w2", "www"}, {Ip("10.1.0.3")}, {}});
  table.Put("back", "c1", {"web.back", {"web"}, {Ip("10.2.0.2")}, {}});
  table.Put("back", "c3", {"db.back", {"db"}, {Ip("10.2.0.3")}, {}});
  EXPECT_THAT(Texts(table.Find("front", Ip("10.1.0.3"), "www")),
              ElementsAre("10.1.0.2", "10.1.0.3"));
  EXPECT_THAT(Texts(table.Find("front", Ip("10.1.0.3"), "web")), ElementsAre("10.1.0.2"));
  EXPECT_FALSE(table.Find("front", Ip("10.1.0.3"), "db").has_value());
  EXPECT_THAT(Texts(table.Find("front", Ip("10.1.0.2"), "db")), ElementsAre("10.2.0.3"));
  EXPECT_FALSE(table.Find("none", Ip("10.9.0.2"), "web").has_value());
  EXPECT_EQ(table.Owner("back", Ip("10.2.0.3"))->name, "db.back");
  EXPECT_FALSE(table.Owner("front", Ip("10.2.0.3")).has_value());
  // A link is a name for one container alone.
  table.Put("front", "c4", {"x.front", {"x"}, {Ip("10.1.0.4")}, {}, {{"DB", "Web"}}});
  EXPECT_THAT(Texts(table.Find("front", Ip("10.1.0.4"), "db")), ElementsAre("10.1.0.2"));
  EXPECT_FALSE(table.Find("front", Ip("10.1.0.3"), "db").has_value());
  table.Remove("front", "c1");
  table.Remove("front", "c1");
  EXPECT_THAT(Texts(table.Find("front", Ip("10.1.0.3"), "www")), ElementsAre("10.1.0.3"));
}

}  // namespace
}  // namespace berth::cri
