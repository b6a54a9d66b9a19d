// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/reference.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::imageservice {
namespace {

using ::testing::HasSubstr;

const std::string kDigest = absl::StrCat("sha256:", std::string(64, 'a'));

struct Accepted {
  std::string text;
  std::string str;
  std::string host;
  std::string path;
  std::string asked;
};

TEST(ImageReference, NormalisesAsDockerUsersExpect) {
  const std::vector<Accepted> cases = {
      {"nginx", "docker.io/library/nginx:latest", "docker.io", "library/nginx", "latest"},
      {"nginx:1.27", "docker.io/library/nginx:1.27", "docker.io", "library/nginx", "1.27"},
      {"a/b", "docker.io/a/b:latest", "docker.io", "a/b", "latest"},
      {"docker.io/nginx", "docker.io/library/nginx:latest", "docker.io", "library/nginx", "latest"},
      {"index.docker.io/nginx", "docker.io/library/nginx:latest", "docker.io", "library/nginx",
       "latest"},
      {"index.docker.io/a/b:c", "docker.io/a/b:c", "docker.io", "a/b", "c"},
      {"localhost/a", "localhost/a:latest", "localhost", "a", "latest"},
      {"localhost:5000/a/b:t", "localhost:5000/a/b:t", "localhost:5000", "a/b", "t"},
      {"host:5000/a", "host:5000/a:latest", "host:5000", "a", "latest"},
      {"ghcr.io/x/y/z", "ghcr.io/x/y/z:latest", "ghcr.io", "x/y/z", "latest"},
      {"Upper/a", "Upper/a:latest", "Upper", "a", "latest"},
      {"[::1]:5000/a", "[::1]:5000/a:latest", "[::1]:5000", "a", "latest"},
      {"[fe80::1]/a", "[fe80::1]/a:latest", "[fe80::1]", "a", "latest"},
      {"a__b/c--d.e_f", "docker.io/a__b/c--d.e_f:latest", "docker.io", "a__b/c--d.e_f", "latest"},
      {"a---b", "docker.io/library/a---b:latest", "docker.io", "library/a---b", "latest"},
      {"a:_A.b-c", "docker.io/library/a:_A.b-c", "docker.io", "library/a", "_A.b-c"},
      {"a@" + kDigest, "docker.io/library/a@" + kDigest, "docker.io", "library/a", kDigest},
      {"a:t@" + kDigest, "docker.io/library/a:t@" + kDigest, "docker.io", "library/a", kDigest},
      {"host:1/a@" + kDigest, "host:1/a@" + kDigest, "host:1", "a", kDigest},
      {std::string(63, 'a'), absl::StrCat("docker.io/library/", std::string(63, 'a'), ":latest"),
       "docker.io", absl::StrCat("library/", std::string(63, 'a')), "latest"},
  };
  for (const Accepted& test : cases) {
    SCOPED_TRACE(test.text);
    auto reference = ImageReference::Parse(test.text);
    ASSERT_TRUE(reference.ok()) << reference.status();
    EXPECT_EQ(reference->str(), test.str);
    EXPECT_EQ(reference->host(), test.host);
    EXPECT_EQ(reference->path(), test.path);
    EXPECT_EQ(reference->tag_or_digest(), test.asked);
  }
}

TEST(ImageReference, ParsingItsOwnTextChangesNothing) {
  for (const std::string& text :
       {std::string("nginx"), "a:t@" + kDigest, "localhost:1/x@" + kDigest}) {
    auto first = ImageReference::Parse(text);
    ASSERT_TRUE(first.ok());
    auto second = ImageReference::Parse(first->str());
    ASSERT_TRUE(second.ok());
    EXPECT_EQ(first->str(), second->str());
  }
}

TEST(ImageReference, RefusesWhatIsOutsideTheGrammar) {
  const std::vector<std::string> cases = {
      "",
      " ",
      "nginx ",
      "Nginx",
      "a/B",
      "docker.io/A",
      "/a",
      "a/",
      "a//b",
      "a:",
      "a:.t",
      "a:-t",
      "a:" + std::string(129, 't'),
      "a:b:c",
      "-a",
      "a-",
      "a..b",
      "a___b",
      "a._b",
      "_a",
      "a/../b",
      "../a",
      "a\n",
      std::string("a\0b", 3),
      "a@",
      "a@sha256:abc",
      "a@" + kDigest + "0",
      "a@md5:d41d8cd98f00b204e9800998ecf8427e",
      "a@" + kDigest + "@" + kDigest,
      "@" + kDigest,
      ":tag",
      "host:/a",
      "host:x/a",
      "-host.io/a",
      "host..io/a",
      "ho_st.io/a",
      "[::1/a",
      "[::1]x/a",
      "[]/a",
      "http://host/a",
      "https://host/a:b",
      "user@host/a",
      "a?b",
      "a%2fb",
      std::string(64, 'a'),
      std::string(1025, 'a'),
      "host.io/" + std::string(256, 'a'),
      std::string(260, 'h') + ".io/a",
  };
  for (const std::string& text : cases) {
    SCOPED_TRACE(text);
    auto reference = ImageReference::Parse(text);
    EXPECT_EQ(reference.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(ImageReference, SaysWhatIsWrong) {
  EXPECT_THAT(ImageReference::Parse("Nginx").status().message(), HasSubstr("lower case"));
  EXPECT_THAT(ImageReference::Parse("a:!").status().message(), HasSubstr("tag"));
  EXPECT_THAT(ImageReference::Parse(std::string(64, '0')).status().message(), HasSubstr("an id"));
  EXPECT_THAT(ImageReference::Parse("a\nb").status().message(), HasSubstr("a\\nb"));
}

TEST(ImageReference, NamesItsParts) {
  auto reference = ImageReference::Parse("host.io/a/b:t@" + kDigest);
  ASSERT_TRUE(reference.ok());
  EXPECT_EQ(reference->repository(), "host.io/a/b");
  EXPECT_EQ(reference->tagged_name(), "host.io/a/b:t");
  EXPECT_EQ(reference->tag(), "t");
  ASSERT_TRUE(reference->digest().has_value());
  EXPECT_EQ(reference->WithDigest(*reference->digest()), "host.io/a/b@" + kDigest);
  EXPECT_EQ(reference->recorded_name(), "host.io/a/b@" + kDigest);
  EXPECT_EQ(ImageReference::Parse("host.io/a/b:t")->recorded_name(), "host.io/a/b:t");
}

TEST(ImageReference, HasNoTagWhenOnlyADigestWasGiven) {
  auto reference = ImageReference::Parse("a@" + kDigest);
  ASSERT_TRUE(reference.ok());
  EXPECT_EQ(reference->tag(), "");
  EXPECT_EQ(reference->tagged_name(), "");
}

TEST(FamiliarName, DropsWhatDockerDrops) {
  EXPECT_EQ(FamiliarName("docker.io/library/nginx:1"), "nginx:1");
  EXPECT_EQ(FamiliarName("docker.io/grafana/loki:2"), "grafana/loki:2");
  EXPECT_EQ(FamiliarName("quay.io/library/x:1"), "quay.io/library/x:1");
}

}  // namespace
}  // namespace berth::imageservice
