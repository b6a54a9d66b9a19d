// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/text_template.h"

#include "gtest/gtest.h"

namespace berth::cli {
namespace {

std::string Expanded(absl::string_view text, const Json& value) {
  const absl::StatusOr<TextTemplate> parsed = TextTemplate::Parse(text);
  if (!parsed.ok()) {
    return std::string(parsed.status().message());
  }
  const absl::StatusOr<std::string> expanded = parsed->Expand(value);
  return expanded.ok() ? *expanded : std::string(expanded.status().message());
}

TEST(TextTemplate, ExpandsFields) {
  const Json value = {{"ID", "abc"}, {"State", {{"Pid", 7}}}};
  EXPECT_EQ(Expanded("id={{.ID}}\\t{{ .State.Pid }}\\n", value), "id=abc\t7\n");
  EXPECT_EQ(Expanded("{{json .ID}} {{json .}}", value), R"("abc" {"ID":"abc","State":{"Pid":7}})");
  EXPECT_EQ(Expanded("plain", value), "plain");
  EXPECT_EQ(Expanded("", value), "");
}

TEST(TextTemplate, SaysWhatItDoesNotKnow) {
  EXPECT_EQ(Expanded("{{.No}}", Json::object()), "--format: there is no field .No");
  EXPECT_EQ(Expanded("{{.A.B}}", {{"A", "text"}}), "--format: there is no field .B");
  EXPECT_EQ(Expanded("{{.ID", {{"ID", "abc"}}), "--format: nothing closes {{.ID");
}

class FormatTableTest : public testing::Test {
 protected:
  FormatTableTest() {
    table_.Add({"1234", "web", "1%", "2 / 3", "Up"}, {{"tier", "db"}});
    table_.Add({"5678", "longer", "0%", "0 / 3", "Exited"});
  }
  std::string Formatted(absl::string_view format) const {
    const absl::StatusOr<std::string> text = FormatTable(table_, format);
    return text.ok() ? *text : std::string(text.status().message());
  }

  Table table_{Columns{
      {"CONTAINER ID", "ID"}, {"NAMES"}, {"CPU %", "CPUPerc"}, {"MEM USAGE / LIMIT"}, {"STATUS"}}};
};

TEST_F(FormatTableTest, HasALineARow) {
  EXPECT_EQ(Formatted("{{.ID}} {{.Names}} {{.CPUPerc}} {{.MemUsage}} {{.Status}}"),
            "1234 web 1% 2 / 3 Up\n5678 longer 0% 0 / 3 Exited\n");
}

TEST_F(FormatTableTest, PutsColumnsUnderTheirHeaders) {
  EXPECT_EQ(Formatted("table {{.Names}}\\t{{.ID}}"),
            "NAMES     CONTAINER ID\nweb       1234\nlonger    5678\n");
  EXPECT_EQ(Formatted("table"), table_.str());
}

TEST_F(FormatTableTest, AsksNothingOfHeadersThatAreNotShown) {
  EXPECT_EQ(Formatted("{{index (split .Names \"e\") 1}}"), "b\nr\n");
  EXPECT_EQ(Formatted("table {{index (split .Names \"e\") 1}}").substr(0, 8), "--format");
}

TEST_F(FormatTableTest, LeavesHeadersAsTheyAre) {
  EXPECT_EQ(Formatted("table {{json .Names}}\\t{{truncate .ID 2}}\\t{{.Label \"tier\"}}"),
            "NAMES      CONTAINER ID   tier\n\"web\"      12             db\n"
            "\"longer\"   56             \n");
}

TEST_F(FormatTableTest, KnowsLabels) {
  EXPECT_EQ(Formatted("{{.Names}}{{.Label \"tier\"}}"), "webdb\nlonger\n");
  EXPECT_EQ(Formatted("{{.Names \"tier\"}}").substr(0, 8), "--format");
}

TEST_F(FormatTableTest, ShowsFieldsInTheOrderOfTheirNames) {
  EXPECT_EQ(Formatted("{{json .}}").substr(0, 36), R"({"CPUPerc":"1%","ID":"1234","MemUsag)");
}

TEST_F(FormatTableTest, IsEmptyWithoutRows) {
  EXPECT_EQ(FormatTable(Table(Columns{{"NAMES"}}), "{{.Names}}").value_or("an error"), "");
  EXPECT_EQ(Formatted("{{.Mounts}}"), "--format: there is no field .Mounts");
}

}  // namespace
}  // namespace berth::cli
