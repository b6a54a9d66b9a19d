// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/history_words.h"

#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

TEST(HistoryWords, AreThoseThatReadersKnow) {
  EXPECT_EQ(RunWords({}, {"/bin/sh", "-c", "echo a"}), "RUN /bin/sh -c echo a # buildkit");
  EXPECT_EQ(RunWords({"A=1", "B="}, {"x"}), "RUN |2 A=1 B= x # buildkit");
  EXPECT_EQ(WorkdirWords("/a"), "WORKDIR /a");
  EXPECT_EQ(ListWords("CMD", {"a", "b \"c\"\n"}), R"(CMD ["a" "b \"c\"\n"])");
  HealthCheckInstruction check;
  check.test = {"NONE"};
  check.interval = absl::Seconds(90);
  check.timeout = absl::Hours(1) + absl::Milliseconds(500);
  EXPECT_EQ(HealthCheckWords(check),
            "HEALTHCHECK {Test:[NONE] Interval:1m30s Timeout:1h0m0.5s StartPeriod:0s "
            "StartInterval:0s Retries:0}");
}

TEST(HistoryWords, SayWhatWasCopied) {
  CopyInstruction copy;
  copy.sources = {"a", "b"};
  copy.destination = "/c/";
  EXPECT_EQ(CopyWords(copy), "COPY a b /c/ # buildkit");
  copy.is_add = copy.link = true;
  copy.chown = "1:2";
  copy.chmod = "755";
  copy.sources.clear();
  copy.files.push_back({"EOF", "text"});
  EXPECT_EQ(CopyWords(copy), "ADD --chown=1:2 --chmod=755 <<EOF /c/ # buildkit");
  copy.is_add = false;
  copy.parents = true;
  EXPECT_EQ(CopyWords(copy), "COPY --parents --chown=1:2 --chmod=755 <<EOF /c/ # buildkit");
}

}  // namespace
}  // namespace berth::imageservice
