// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/event_text.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

constexpr char kStart[] =
    R"({"Type":"container","Action":"start","Actor":{"ID":"c1","Attributes":)"
    R"({"image":"a","name":"web"}},"scope":"local","time":1714557600,)"
    R"("timeNano":1714557600000000001,"status":"start","id":"c1","from":"a"})";

TEST(EventLines, WaitsForWholeOnes) {
  EventLines lines;
  const std::string two = std::string(kStart) + "\n" + kStart + "\r\n";
  EXPECT_EQ(lines.Take(two.substr(0, 20)).value().size(), 0U);
  EXPECT_EQ(lines.Take(two.substr(20)).value().size(), 2U);
  EXPECT_FALSE(lines.Take("no event\n").ok());
  EXPECT_FALSE(EventLines().Take(std::string(kMaxEvent + 1, ' ')).ok());
}

TEST(EventText, IsDockersLine) {
  const Json event = EventLines().Take(std::string(kStart) + "\n").value().front();
  EXPECT_EQ(EventText(event, absl::UTCTimeZone()),
            "2024-05-01T10:00:00.000000001+00:00 container start c1 (image=a, name=web)");
  EXPECT_EQ(EventText(Json::object(), absl::UTCTimeZone()),
            "1970-01-01T00:00:00.000000000+00:00   ");
}

TEST(EventFields, AreDockers) {
  const Json event = EventLines().Take(std::string(kStart) + "\n").value().front();
  const Json fields = EventFields(event);
  EXPECT_EQ(fields["ID"], "c1");
  EXPECT_EQ(fields["Time"], 1714557600);
  EXPECT_EQ(fields["Actor"]["Attributes"]["name"], "web");
  EXPECT_FALSE(fields.contains("id"));
}

}  // namespace
}  // namespace berth::cli
