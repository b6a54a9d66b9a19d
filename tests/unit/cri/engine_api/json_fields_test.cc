// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/json_fields.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::IsOkAndHolds;
using test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;

absl::StatusOr<Json> Read(const std::string& body) {
  FakeExchange exchange("POST", "/x", body);
  return ReadJsonBody(exchange);
}

TEST(JsonFields, ABodyIsAnObjectOrNothing) {
  EXPECT_THAT(Read(R"({"a":1})"), IsOkAndHolds(Json({{"a", 1}})));
  EXPECT_THAT(Read(""), IsOkAndHolds(Json::object()));
  for (const char* bad : {"[]", "1", "null", "{", "{} {}"}) {
    EXPECT_THAT(Read(bad), StatusIs(kInvalid, HasSubstr("invalid JSON"))) << bad;
  }
}

TEST(JsonFields, HaveTheirTypesOrAreAbsent) {
  const Json object = {{"s", "x"},     {"b", true},         {"i", 3},
                       {"n", nullptr}, {"o", {{"k", "v"}}}, {"a", Json::array({"y"})}};
  JsonFields fields(object);
  EXPECT_EQ(fields.Text("s"), "x");
  EXPECT_TRUE(fields.Flag("b"));
  EXPECT_EQ(fields.Integer("i"), 3);
  EXPECT_EQ(fields.Object("o"), Json({{"k", "v"}}));
  EXPECT_THAT(fields.TextMap("o"), ElementsAre(Pair("k", "v")));
  EXPECT_THAT(fields.Keys("o"), ElementsAre("k"));
  EXPECT_THAT(fields.Texts("a"), ElementsAre("y"));
  EXPECT_THAT(fields.TextOrTexts("a"), ElementsAre("y"));
  EXPECT_THAT(fields.TextOrTexts("s"), ElementsAre("x"));
  for (const char* absent : {"n", "none"}) {
    EXPECT_EQ(fields.Text(absent), "");
    EXPECT_FALSE(fields.Flag(absent));
    EXPECT_FALSE(fields.OptionalFlag(absent).has_value());
    EXPECT_FALSE(fields.OptionalInteger(absent).has_value());
    EXPECT_EQ(fields.Object(absent), Json::object());
    EXPECT_EQ(fields.Array(absent), Json::array());
    EXPECT_THAT(fields.Texts(absent), IsEmpty());
  }
  EXPECT_THAT(fields.status(), IsOk());
}

TEST(JsonFields, TheFirstWrongTypeIsNamed) {
  const Json object = {{"x", Json::array({Json::object()})}, {"m", {{"k", 1}}}};
  const std::vector<void (*)(JsonFields&)> wrong = {
      [](JsonFields& f) { f.Text("x"); },    [](JsonFields& f) { f.Flag("x"); },
      [](JsonFields& f) { f.Integer("x"); }, [](JsonFields& f) { f.Object("x"); },
      [](JsonFields& f) { f.Texts("x"); },   [](JsonFields& f) { f.TextOrTexts("x"); }};
  for (const auto& read : wrong) {
    JsonFields fields(object, "HostConfig");
    read(fields);
    fields.TextMap("m");
    EXPECT_THAT(fields.status(), StatusIs(kInvalid, HasSubstr("HostConfig.x must be")));
  }
  JsonFields map(object);
  EXPECT_THAT(map.TextMap("m"), IsEmpty());
  EXPECT_THAT(map.status(), StatusIs(kInvalid, HasSubstr("m must be")));
  const Json list = Json::array();
  EXPECT_THAT(JsonFields(list, "Mounts").status(), StatusIs(kInvalid, HasSubstr("Mounts must be")));
}

}  // namespace
}  // namespace berth::cri
