// SPDX-License-Identifier: Apache-2.0
#include "absl/time/time.h"

#include "tests/unit/imageservice/build/instruction_under_test.h"

namespace berth::imageservice {
namespace {

using ::testing::ElementsAre;

TEST(ParseEnv, IsAListOrOnePair) {
  EXPECT_THAT(ParseAs<EnvInstruction>("ENV a=1 b=\"x y\" c=d\\ e").variables,
              ElementsAre(KeyValue{"a", "1"}, KeyValue{"b", "\"x y\""}, KeyValue{"c", "d\\ e"}));
  EXPECT_THAT(ParseAs<EnvInstruction>("ENV a  b c=d").variables,
              ElementsAre(KeyValue{"a", "b c=d"}));
}

TEST(ParseLabel, IsLikeEnv) {
  EXPECT_THAT(ParseAs<LabelInstruction>("LABEL \"a b\"=c").labels,
              ElementsAre(KeyValue{"\"a b\"", "c"}));
}

TEST(ParseCmd, IsACommandLine) {
  EXPECT_EQ(ParseAs<CmdInstruction>("CMD a b").command, (CommandLine{{"a b"}, true}));
  EXPECT_EQ(ParseAs<CmdInstruction>("CMD").command, CommandLine());
  EXPECT_EQ(ParseAs<EntrypointInstruction>("ENTRYPOINT [\"a\"]").command,
            (CommandLine{{"a"}, false}));
}

TEST(ParseMetadata, HasTheSimpleOnes) {
  EXPECT_EQ(ParseAs<MaintainerInstruction>("MAINTAINER A <a@b>").name, "A <a@b>");
  EXPECT_THAT(ParseAs<ExposeInstruction>("EXPOSE 90 80/udp").ports, ElementsAre("80/udp", "90"));
  EXPECT_EQ(ParseAs<UserInstruction>("USER a:b").user, "a:b");
  EXPECT_EQ(ParseAs<StopSignalInstruction>("STOPSIGNAL SIGINT").signal, "SIGINT");
  EXPECT_THAT(ParseAs<VolumeInstruction>("VOLUME /a /b").paths, ElementsAre("/a", "/b"));
  EXPECT_THAT(ParseAs<VolumeInstruction>("VOLUME [\"/a b \"]").paths, ElementsAre("/a b"));
}

TEST(ParseHealthCheck, HasATestAndItsTimes) {
  EXPECT_THAT(ParseAs<HealthCheckInstruction>("HEALTHCHECK NONE").test, ElementsAre("NONE"));
  const HealthCheckInstruction check = ParseAs<HealthCheckInstruction>(
      "HEALTHCHECK --interval=1m30s --timeout=3s --start-period=5s --start-interval=1s --retries=4 "
      "cmd curl x || exit 1");
  EXPECT_THAT(check.test, ElementsAre("CMD-SHELL", "curl x || exit 1"));
  EXPECT_EQ(check.interval, absl::Seconds(90));
  EXPECT_EQ(check.timeout, absl::Seconds(3));
  EXPECT_EQ(check.start_period, absl::Seconds(5));
  EXPECT_EQ(check.start_interval, absl::Seconds(1));
  EXPECT_EQ(check.retries, 4);
  EXPECT_THAT(ParseAs<HealthCheckInstruction>("HEALTHCHECK CMD [\"a\", \"b\"]").test,
              ElementsAre("CMD", "a", "b"));
}

TEST(ParseMetadata, RefusesTheRest) {
  ExpectRefusals({
      {"ENV", "ENV requires at least one argument"},
      {"ENV a", "ENV must have two arguments"},
      {"ENV a=b c", "Syntax error - can't find = in \"c\". Must be of the form: name=value"},
      {"ENV =b", "ENV names can not be blank"},
      {"LABEL a", "LABEL must have two arguments"},
      {"MAINTAINER", "MAINTAINER requires exactly one argument"},
      {"EXPOSE", "EXPOSE requires at least one argument"},
      {"USER", "USER requires exactly one argument"},
      {"STOPSIGNAL", "STOPSIGNAL requires exactly one argument"},
      {"VOLUME", "VOLUME requires at least one argument"},
      {"VOLUME [\"\"]", "VOLUME specified can not be an empty string"},
      {"CMD --x a", "unknown flag: --x"},
      {"ENTRYPOINT [1]", "when using JSON array syntax"},
      {"HEALTHCHECK", "HEALTHCHECK requires at least one argument"},
      {"HEALTHCHECK NONE x", "HEALTHCHECK NONE takes no arguments"},
      {"HEALTHCHECK CMD", "Missing command after HEALTHCHECK CMD"},
      {"HEALTHCHECK curl x", "Unknown type \"CURL\" in HEALTHCHECK (try CMD)"},
      {"HEALTHCHECK --interval=x CMD a", "--interval: invalid duration \"x\""},
      {"HEALTHCHECK --timeout=9999999h CMD a", "--timeout: invalid duration \"9999999h\""},
      {"HEALTHCHECK --start-period=-9999999h CMD a", "--start-period: invalid duration"},
      {"HEALTHCHECK --start-interval=inf CMD a", "--start-interval: invalid duration \"inf\""},
      {"HEALTHCHECK --interval=1us CMD a", "Interval \"interval\" cannot be less than 1ms"},
      {"HEALTHCHECK --retries=-1 CMD a", "--retries cannot be negative (-1)"},
      {"HEALTHCHECK --retries=x CMD a", "--retries: \"x\" is no number"},
  });
}

}  // namespace
}  // namespace berth::imageservice
