// SPDX-License-Identifier: Apache-2.0
#include "runtime/cdi/object_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cdi {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json Object(absl::string_view text) {
  return ParseJson(text, 1 << 20).value();
}

TEST(ObjectReader, GivesMembersByType) {
  const Json json =
      Object(R"({"t":"x","n":7,"o":{"a":1},"l":["a",5],"g":[1,4294967295],"u":3,"z":null,"e":{}})");
  ObjectReader reader(json, "here");
  EXPECT_EQ(reader.String("t"), "x");
  EXPECT_EQ(reader.String("u"), "3");
  EXPECT_EQ(reader.Number("n"), 7u);
  EXPECT_THAT(reader.Strings("l"), ElementsAre("a", "5"));
  EXPECT_THAT(reader.Numbers("g"), ElementsAre(1, 4294967295u));
  ASSERT_NE(reader.Object("o"), nullptr);
  EXPECT_FALSE(reader.Has("z"));
  EXPECT_FALSE(reader.Has("e"));
  EXPECT_EQ(reader.String("absent"), "");
  EXPECT_EQ(reader.Number("absent"), std::nullopt);
  EXPECT_EQ(reader.Object("absent"), nullptr);
  EXPECT_THAT(reader.Array("absent"), IsEmpty());
  EXPECT_THAT(reader.Finish(), test::IsOk());
}

TEST(ObjectReader, NamesTheFirstThingThatIsWrong) {
  const Json json =
      Object(R"({"t":["x"],"n":-1,"m":4294967296,"o":[],"l":{},"s":[{}],"g":["x"],"more":1})");
  const auto problem = [&](auto read) {
    ObjectReader reader(json, "here");
    read(reader);
    return std::string(reader.Finish().message());
  };
  EXPECT_EQ(problem([](auto& reader) { reader.String("t"); }), "here: t is not a text");
  EXPECT_THAT(problem([](auto& reader) { reader.Number("n"); }), HasSubstr("n is not a number"));
  EXPECT_THAT(problem([](auto& reader) { reader.Number("m"); }), HasSubstr("m is not a number"));
  EXPECT_THAT(problem([](auto& reader) { reader.Object("o"); }), HasSubstr("o is not an object"));
  EXPECT_THAT(problem([](auto& reader) { reader.Array("l"); }), HasSubstr("l is not a list"));
  EXPECT_THAT(problem([](auto& reader) { reader.Strings("s"); }), HasSubstr("list of texts"));
  EXPECT_THAT(problem([](auto& reader) { reader.Numbers("g"); }), HasSubstr("list of numbers"));
  EXPECT_THAT(problem([](auto&) {}), HasSubstr("unknown field "));
  EXPECT_THAT(problem([](auto& reader) {
                reader.Refuse("first");
                reader.Refuse("second");
              }),
              HasSubstr("here: first"));
}

TEST(ObjectReader, RefusesWhatIsNoObject) {
  const Json json = Object("[1]");
  ObjectReader reader(json, "devices[3]");
  EXPECT_EQ(reader.String("name"), "");
  EXPECT_EQ(reader.Finish().message(), "devices[3]: is no object");
}

}  // namespace
}  // namespace berth::cdi
