// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_step.h"

#include "tests/fakes/fake_registry.h"
#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string TreeOf(BuildUnderTest& build, const Image& image) {
  const absl::StatusOr<Rootfs> root = build.images().PrepareView(Call(), image.id, "look");
  EXPECT_THAT(root, IsOk());
  test::TempDir at;
  std::string tree = Mounted(*root, at.Join("root"));
  EXPECT_THAT(build.images().RemoveRootfs("look"), IsOk());
  return tree;
}

KERNEL_TEST(CopyStep, NamesOfOwnersAreTheImages) {
  BuildUnderTest build;
  const std::string user = "app:x:7:8::/:/bin/sh\n";
  const std::map<std::string, std::string> files = {
      {"Dockerfile",
       "FROM scratch\nCOPY passwd /etc/passwd\nCOPY --chown=app --chmod=600 f /own/f\n"},
      {"passwd", user},
      {"f", "1"}};
  const absl::StatusOr<Image> image = build.Build(files);
  ASSERT_THAT(image, IsOk());
  EXPECT_THAT(TreeOf(build, *image), HasSubstr("own dir 0755 7:8\nown/f file 0600 7:8 1"));
  EXPECT_THAT(build.Build({{"Dockerfile", "FROM scratch\nCOPY --chown=none f /\n"}, {"f", ""}}),
              StatusIs(absl::StatusCode::kInvalidArgument, "unable to find user none"));
}

KERNEL_TEST(CopyStep, AFileBecomesTheDestinationOrGoesIntoIt) {
  BuildUnderTest build;
  const absl::StatusOr<Image> image =
      build.Build({{"Dockerfile", "FROM base:1\nCOPY f /dir\nCOPY f /file\nCOPY f g /both/\n"},
                   {"f", "1"},
                   {"g", "2"}});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(build.File(*image, "/dir/f") + build.File(*image, "/file"), "11");
  EXPECT_EQ(build.File(*image, "/both/g"), "2");
  EXPECT_THAT(
      build.Build({{"Dockerfile", "FROM base:1\nCOPY f g /both\n"}, {"f", ""}, {"g", ""}}),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("must be a directory and end with")));
  EXPECT_THAT(build.Build({{"Dockerfile", "FROM base:1\nCOPY f /etc/passwd/f\n"}, {"f", ""}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("not a directory")));
}

KERNEL_TEST(CopyStep, ALinkLooksAtNothingBelow) {
  BuildUnderTest build;
  const absl::StatusOr<Image> image =
      build.Build({{"Dockerfile", "FROM base:1\nCOPY --link f /dir\n"}, {"f", "1"}});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(build.File(*image, "/dir"), "1");  // a directory below is not known, so it is replaced
}

KERNEL_TEST(CopyStep, AnArchiveIsUnpackedByAddAlone) {
  BuildUnderTest build;
  const std::string tar = TarOf("inside", "packed");
  const absl::StatusOr<Image> image = build.Build(
      {{"Dockerfile", "FROM scratch\nADD a.tar /added/\nCOPY a.tar /copied/\n"}, {"a.tar", tar}});
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(build.File(*image, "/added/inside"), "packed");
  EXPECT_EQ(build.File(*image, "/copied/a.tar"), tar);
}

KERNEL_TEST(CopyStep, AnAddressIsAskedWhetherItsFileIsTheSame) {
  BuildUnderTest build;
  std::string text = "one";
  std::vector<int> answers;
  test::FakeRegistry server([&](const test::FakeRequest& request) {
    const std::string etag = "\"" + text + "\"";
    const bool same = request.header("If-None-Match") == etag;
    answers.push_back(same ? 304 : 200);
    return test::FakeAnswer{
        .status = answers.back(), .headers = {{"ETag", etag}}, .body = same ? "" : text};
  });
  const std::string dockerfile = "ADD " + server.Url("/f") + " /f\n";
  const auto file = [&](const std::string& from) {
    const absl::StatusOr<Image> image = build.Build({{"Dockerfile", from + dockerfile}});
    EXPECT_THAT(image, IsOk());
    return image.ok() ? build.File(*image, "/f") : "";
  };
  EXPECT_EQ(file("FROM scratch\n"), "one");
  EXPECT_EQ(file("FROM scratch\n"), "one");
  EXPECT_EQ(build.Cached(), 1u);
  EXPECT_THAT(std::exchange(answers, {}), ElementsAre(200, 304));
  EXPECT_EQ(file("FROM base:1\n"), "one");  // not cached on this: it is fetched after all
  EXPECT_THAT(std::exchange(answers, {}), ElementsAre(304, 200));
  text = "two";
  EXPECT_EQ(file("FROM scratch\n"), "two");
  EXPECT_THAT(std::exchange(answers, {}), ElementsAre(200));
}

KERNEL_TEST(CopyStep, WhatIsUnchangedAndFetchedAfterAllCountsOnce) {
  BuildUnderTest build;
  test::FakeRegistry server([](const test::FakeRequest& request) {
    const bool same = request.header("If-None-Match") == "\"1\"";
    return test::FakeAnswer{
        .status = same ? 304 : 200, .headers = {{"ETag", "\"1\""}}, .body = same ? "" : "text"};
  });
  std::string add = "ADD a.tar";
  for (size_t i = 0; i < kMaxOwnTrees - 1; ++i) {
    absl::StrAppend(&add, " ", server.Url(absl::StrCat("/", i)));
  }
  for (const char* from : {"FROM scratch\n", "FROM base:1\n"}) {
    const absl::StatusOr<Image> image = build.Build(
        {{"Dockerfile", absl::StrCat(from, add, " /\n")}, {"a.tar", TarOf("inside", "packed")}});
    ASSERT_THAT(image, IsOk()) << from;
    EXPECT_EQ(build.File(*image, "/0") + build.File(*image, "/inside"), "textpacked");
  }
  absl::StrAppend(&add, " ", server.Url("/one-more"));
  EXPECT_THAT(build.Build({{"Dockerfile", absl::StrCat("FROM scratch\n", add, " /\n")},
                           {"a.tar", TarOf("inside", "packed")}}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("at most 256")));
}

KERNEL_TEST(CopyStep, ItsDirectoriesGoWithTheBuild) {
  BuildUnderTest build;
  EXPECT_THAT(
      build.Build({{"Dockerfile", "FROM scratch\nADD a.tar /\n"}, {"a.tar", TarOf("f", "")}}),
      IsOk());
  EXPECT_TRUE(build.IsClean());
}

}  // namespace
}  // namespace berth::imageservice
