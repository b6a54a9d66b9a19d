// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/stream_url.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

TEST(ParseStreamUrl, TakesTheDaemonsApart) {
  const struct {
    const char* url;
    StreamUrl parsed;
  } kCases[] = {
      {"http://127.0.0.1:8080/exec/abc", {"127.0.0.1", 8080, "/exec/abc"}},
      {"http://[::1]:65535/attach/abc?a=b:1", {"::1", 65535, "/attach/abc?a=b:1"}},
      {"http://10.0.0.1:1/", {"10.0.0.1", 1, "/"}},
  };
  for (const auto& test_case : kCases) {
    const absl::StatusOr<StreamUrl> parsed = ParseStreamUrl(test_case.url);
    ASSERT_THAT(parsed, test::IsOk()) << test_case.url;
    EXPECT_EQ(parsed->ip, test_case.parsed.ip);
    EXPECT_EQ(parsed->port, test_case.parsed.port);
    EXPECT_EQ(parsed->path, test_case.parsed.path);
  }
}

TEST(ParseStreamUrl, RefusesAnythingElse) {
  for (const char* url :
       {"", "127.0.0.1:80/exec", "https://127.0.0.1:80/exec", "http://127.0.0.1:80",
        "http://127.0.0.1/exec", "http://127.0.0.1:0/exec", "http://127.0.0.1:65536/exec",
        "http://127.0.0.1:x/exec", "http://[::1:80/exec", "http://::1]:80/exec",
        "http://::1:80/exec", "http://[127.0.0.1]:80/exec", "http://:80/exec",
        "http://localhost:80/exec"}) {
    EXPECT_THAT(ParseStreamUrl(url), test::StatusIs(absl::StatusCode::kInvalidArgument)) << url;
  }
}

}  // namespace
}  // namespace berth::cli
