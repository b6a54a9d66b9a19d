// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_source.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

TEST(RemoteSource, IsKnownByItsBeginning) {
  for (const char* word : {"http://h/x", "https://h/x", "git://h/x", "ssh://h/x", "git@h:x"}) {
    EXPECT_TRUE(IsRemote(word)) << word;
  }
  for (const char* word :
       {"x", "./http://h", "file:///etc/passwd", "ftp://h/x", "github.com/a/b"}) {
    EXPECT_FALSE(IsRemote(word)) << word;
  }
}

TEST(RemoteSource, AFileIsCalledAsInItsPath) {
  const auto name_of = [](const char* word) {
    const absl::StatusOr<RemoteSource> source = ParseRemoteSource(word);
    EXPECT_THAT(source, IsOk());
    EXPECT_EQ(source->kind, RemoteSource::Kind::kFile);
    return source->name;
  };
  EXPECT_EQ(name_of("http://h/a/b.tar.gz?x=/y#z"), "b.tar.gz");
  EXPECT_EQ(name_of("https://h:1/f"), "f");
  EXPECT_EQ(name_of("http://h/a/"), "__unnamed__");
  EXPECT_EQ(name_of("http://h"), "__unnamed__");
  EXPECT_EQ(name_of("http://h/a/.."), "__unnamed__");
}

TEST(RemoteSource, ARepositoryHasAReferenceAndADirectory) {
  absl::StatusOr<RemoteSource> source = ParseRemoteSource("https://h/a.git#v1.0:sub/./dir/");
  ASSERT_THAT(source, IsOk());
  EXPECT_EQ(source->kind, RemoteSource::Kind::kRepository);
  EXPECT_EQ(source->url, "https://h/a.git");
  EXPECT_EQ(source->reference, "v1.0");
  EXPECT_EQ(source->subdirectory, "sub/dir");
  source = ParseRemoteSource("git://h/a#:d");
  ASSERT_THAT(source, IsOk());
  EXPECT_EQ(source->reference, "HEAD");
  EXPECT_EQ(source->subdirectory, "d");
  EXPECT_EQ(ParseRemoteSource("https://h/a.git")->reference, "HEAD");
}

TEST(RemoteSource, NothingReachesGitThatIsNoReference) {
  for (const char* bad :
       {"https://h/a.git#--upload-pack=x", "https://h/a.git#-x", "https://h/a.git#a b",
        "https://h/a.git#+x:y", "https://h/a.git#a..b", "https://h/a.git#x:../y",
        "https://h/a.git#x:a/../../y", "https://user:word@h/a.git", "http://user@h/f"}) {
    EXPECT_THAT(ParseRemoteSource(bad), StatusIs(absl::StatusCode::kInvalidArgument)) << bad;
  }
}

TEST(RemoteSource, ARepositoryBySshHasTheAgentOfTheBuild) {
  const std::map<std::string, std::string> agents = {{"default", "/agent"}, {"other", "/other"}};
  for (const char* word :
       {"git@h.example:a/b.git#v1:d", "ssh://me@h:2222/a#v1:d", "ssh://h/a#v1:d"}) {
    const absl::StatusOr<RemoteSource> source = ParseRemoteSource(word, agents);
    ASSERT_THAT(source, IsOk()) << word;
    EXPECT_EQ(source->kind, RemoteSource::Kind::kRepository);
    EXPECT_EQ(source->url, std::string(word).substr(0, std::string(word).find('#')));
    EXPECT_EQ(source->agent, "/agent");
    EXPECT_EQ(source->reference, "v1");
    EXPECT_EQ(source->subdirectory, "d");
  }
  EXPECT_EQ(ParseRemoteSource("https://h/a.git", agents)->agent, "");
  EXPECT_THAT(ParseRemoteSource("git@h:a", {{"other", "/other"}}),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("--ssh default")));
  for (const char* bad : {"git@h", "git@:a", "git@-oProxyCommand=x:a", "git@h:-a", "git@h:a b",
                          "ssh://h", "ssh://me:word@h/a", "ssh://-x@h/a", "ssh://h:x/a",
                          "ssh://h:99999/a", "ssh://h/a'b", "git@h:a#..", "ssh:///a"}) {
    EXPECT_THAT(ParseRemoteSource(bad, agents), StatusIs(absl::StatusCode::kInvalidArgument))
        << bad;
  }
}

}  // namespace
}  // namespace berth::imageservice
