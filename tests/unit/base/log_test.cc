// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "tests/support/status_matchers.h"

namespace berth {
namespace {

std::string Text(absl::string_view message, LogFields fields) {
  return FormatLogLine(LogFormat::kText, "T", LogLevel::kInfo, message, fields);
}

TEST(Log, WritesKeysAndValues) {
  EXPECT_EQ(Text("pod started", {{"pod", "4f2"}, {"took", "12ms"}}),
            "time=T level=info msg=\"pod started\" pod=4f2 took=12ms");
}

TEST(Log, QuotesWhatCouldForgeAFieldOrALine) {
  EXPECT_EQ(Text("m", {{"a", "x\nlevel=error"}}), "time=T level=info msg=m a=\"x\\nlevel=error\"");
  EXPECT_EQ(Text("m", {{"a", "x=1"}}), "time=T level=info msg=m a=\"x=1\"");
  EXPECT_EQ(Text("m", {{"a", "say \"hi\""}}), "time=T level=info msg=m a=\"say \\\"hi\\\"\"");
  EXPECT_EQ(Text("m", {{"a", ""}}), "time=T level=info msg=m a=\"\"");
}

TEST(Log, ReplacesBytesThatAreNoText) {
  EXPECT_EQ(Text("m", {{"a", "\xff\x1b"}}).find('\xff'), std::string::npos);
  EXPECT_EQ(Text("m", {{"a", "\x1b[31m"}}).find('\x1b'), std::string::npos);
}

TEST(Log, CutsLongValues) {
  EXPECT_LT(Text("m", {{"a", std::string(1 << 20, 'x')}}).size(), 5000u);
}

TEST(Log, WritesOneJsonObject) {
  const std::string line =
      FormatLogLine(LogFormat::kJson, "T", LogLevel::kWarning, "a\nb", {{"pod", "\"4\""}});
  ASSERT_OK_AND_ASSIGN(Json json, ParseJson(line, 1 << 16));
  EXPECT_EQ(JsonString(json, "level"), "warn");
  EXPECT_EQ(JsonString(json, "msg"), "a\nb");
  EXPECT_EQ(JsonString(json, "pod"), "\"4\"");
  EXPECT_EQ(line.find('\n'), std::string::npos);
}

TEST(Log, ParsesLevels) {
  EXPECT_EQ(ParseLogLevel("debug"), LogLevel::kDebug);
  EXPECT_EQ(ParseLogLevel("warn"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("loud"), std::nullopt);
}

TEST(Log, DropsWhatIsBelowTheLevel) {
  SetLogLevel(LogLevel::kError);
  ::testing::internal::CaptureStderr();
  LogWarning("dropped");
  LogError("kept");
  SetLogLevel(LogLevel::kInfo);
  const std::string written = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(written.find("dropped"), std::string::npos);
  EXPECT_NE(written.find("level=error msg=kept\n"), std::string::npos);
}

}  // namespace
}  // namespace berth
