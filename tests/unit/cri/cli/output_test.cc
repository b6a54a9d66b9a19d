// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/output.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

TEST(Table, AlignsColumnsAsDockerDoes) {
  Table table(Columns{{"ID"}, {"NAME"}, {"PORTS"}});
  table.Add({"12345678", "a", ""});
  table.Add({"2", "longer", "80/tcp"});
  EXPECT_EQ(table.str(),
            "ID         NAME      PORTS\n"
            "12345678   a         \n"
            "2          longer    80/tcp\n");
}

TEST(Table, KnowsItsFields) {
  const Table table(Columns{{"CREATED AT"}, {"MEM USAGE / LIMIT"}, {"CONTAINER ID", "ID"}});
  EXPECT_EQ(table.columns()[0].field, "CreatedAt");
  EXPECT_EQ(table.columns()[1].field, "MemUsage");
  EXPECT_EQ(table.columns()[2].field, "ID");
}

TEST(Table, HidesWhatOnlyTemplatesShow) {
  Table table(Columns{{"ID"}, {"LABELS", "", true}});
  table.Add({"1", "a=b"});
  EXPECT_EQ(table.str(), "ID\n1\n");
  EXPECT_EQ(table.rows().back().cells.back(), "a=b");
}

TEST(Table, CountsCharactersNotBytes) {
  Table table(Columns{{"A"}, {"B"}}, /*least_width=*/0);
  table.Add({"…", "x"});
  EXPECT_EQ(table.str(), "A   B\n…   x\n");
}

TEST(Table, EscapesControlCharacters) {
  Table table(Columns{{"NAME"}});
  table.Add({"evil\033[2J\n"});
  EXPECT_EQ(table.str(), "NAME\nevil\\x1b[2J\\x0a\n");
}

TEST(ShortId, IsTwelveDigitsWithoutTheAlgorithm) {
  EXPECT_EQ(ShortId("sha256:0123456789abcdef"), "0123456789ab");
  EXPECT_EQ(ShortId("0123456789abcdef"), "0123456789ab");
  EXPECT_EQ(ShortId("sha256:0123456789abcdef", true), "sha256:0123456789abcdef");
}

TEST(Ellipsis, CutsWhatIsTooLong) {
  EXPECT_EQ(Ellipsis("abc", 3), "abc");
  EXPECT_EQ(Ellipsis("abcd", 3), "ab…");
}

TEST(QuotedCommand, IsCutToTwentyCharacters) {
  EXPECT_EQ(QuotedCommand({"sh", "-c", "true"}), "\"sh -c true\"");
  EXPECT_EQ(QuotedCommand({"sleep", "1234567890123456789"}), "\"sleep 1234567890123…\"");
  EXPECT_EQ(QuotedCommand({"sleep", "1234567890123456789"}, true), "\"sleep 1234567890123456789\"");
}

TEST(StatusText, SpeaksAsDockerDoes) {
  const absl::Time now = absl::FromUnixSeconds(1000);
  v1::ContainerStatus status;
  EXPECT_EQ(StatusText(status, now), "Created");
  status.set_state(v1::CONTAINER_RUNNING);
  status.set_started_at(700LL * 1'000'000'000);
  EXPECT_EQ(StatusText(status, now), "Up 5 minutes");
  status.set_state(v1::CONTAINER_EXITED);
  status.set_finished_at(997LL * 1'000'000'000);
  status.set_exit_code(137);
  EXPECT_EQ(StatusText(status, now), "Exited (137) 3 seconds ago");
  status.set_state(v1::CONTAINER_UNKNOWN);
  EXPECT_EQ(StatusText(status, now), "Unknown");
}

TEST(PortText, SaysWhereTheHostListens) {
  v1::PortMapping port;
  port.set_container_port(80);
  EXPECT_EQ(PortText(port), "80/tcp");
  port.set_host_port(8080);
  EXPECT_EQ(PortText(port), "0.0.0.0:8080->80/tcp");
  port.set_host_ip("::1");
  port.set_protocol(v1::UDP);
  EXPECT_EQ(PortText(port), "[::1]:8080->80/udp");
}

TEST(MessageJson, NamesFieldsAsOtherClientsDoAndKeepsDefaults) {
  v1::ContainerStatus status;
  status.set_exit_code(0);
  const Json json = MessageJson(status);
  EXPECT_EQ(json["exitCode"], 0);
  EXPECT_EQ(json["state"], "CONTAINER_CREATED");
}

TEST(Pretty, ReplacesInvalidUtf8) {
  EXPECT_EQ(Pretty(Json("a\xff")), "\"a\xef\xbf\xbd\"\n");
}

}  // namespace
}  // namespace berth::cli
