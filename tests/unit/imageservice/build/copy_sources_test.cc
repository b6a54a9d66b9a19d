// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_sources.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::string> Find(const MergedView& view, const std::vector<std::string>& words,
                              const CopyFilter& filter = {}) {
  const absl::StatusOr<std::vector<CopySource>> sources = FindSources(Call(), view, words, filter);
  EXPECT_THAT(sources, IsOk());
  std::vector<std::string> paths;
  for (const CopySource& source : *sources) {
    paths.push_back(source.path);
  }
  return paths;
}

TEST(FindSources, TakesPathsAndPatterns) {
  TreeUnderTest tree;
  tree.Add("a.txt").Add("b.txt").Add("d/c.txt").Link("link", "d");
  const MergedView view = tree.View();
  EXPECT_THAT(Find(view, {"/d/../a.txt", "."}), ElementsAre("a.txt", ""));
  EXPECT_THAT(Find(view, {"*.txt"}), ElementsAre("a.txt", "b.txt"));
  EXPECT_THAT(Find(view, {"**/c.txt", "?"}), ElementsAre("d/c.txt", "d"));
  EXPECT_THAT(Find(view, {"link/c.txt", "../../a.txt"}), ElementsAre("link/c.txt", "a.txt"));
}

TEST(FindSources, SaysWhatIsNotThere) {
  TreeUnderTest tree;
  tree.Add("a").Add("ignored").Link("out", "/etc/passwd");
  const CopyFilter filter{*IgnoreFile::Parse("ignored"), IgnoreFile()};
  const MergedView view = tree.View();
  for (const char* word : {"b", "ignored", "out"}) {
    EXPECT_THAT(FindSources(Call(), view, {word}, filter),
                StatusIs(absl::StatusCode::kNotFound, HasSubstr("file does not exist")))
        << word;
  }
  EXPECT_THAT(Find(view, {"x*", "a"}), ElementsAre("a")) << "a pattern may name nothing";
}

TEST(FindPath, TakesWildcardsAsTheyAre) {
  TreeUnderTest tree;
  tree.Add("a*").Add("ab").Add("ignored");
  const CopyFilter filter{*IgnoreFile::Parse("ignored"), IgnoreFile()};
  const MergedView view = tree.View();
  const absl::StatusOr<CopySource> found = FindPath(view, "/a*", filter);
  ASSERT_THAT(found, IsOk());
  EXPECT_EQ(found->path, "a*");
  for (const char* path : {"b*", "ignored"}) {
    EXPECT_THAT(FindPath(view, path, filter), StatusIs(absl::StatusCode::kNotFound)) << path;
  }
}

std::vector<std::string> Walked(const MergedView& view, const std::string& word,
                                const std::vector<std::string>& excludes, bool parents = false) {
  const CopyFilter filter{IgnoreFile(), *IgnoreFile::FromPatterns(excludes)};
  const absl::StatusOr<std::vector<CopySource>> sources =
      FindSources(Call(), view, {word}, filter, parents);
  EXPECT_THAT(sources, IsOk());
  std::vector<std::string> paths;
  for (const CopySource& source : *sources) {
    EXPECT_THAT(WalkSource(Call(), source, filter,
                           [&](const std::string& path, const MergedNode& node) {
                             if (node.kind == MergedNode::Kind::kRegular) {
                               paths.push_back(path.empty() ? source.path : path);
                             }
                             return absl::OkStatus();
                           }),
                IsOk());
  }
  return paths;
}

TEST(WalkSource, ExcludesByThePathInWhatIsCopied) {
  TreeUnderTest tree;
  tree.Add("d/a.txt").Add("d/b").Add("d/s/c.txt").Add("x.txt").Add("x.o");
  const MergedView view = tree.View();
  EXPECT_THAT(Walked(view, "d", {"*.txt"}), ElementsAre("b", "s/c.txt"));
  EXPECT_THAT(Walked(view, "d", {"d/a.txt"}), ElementsAre("a.txt", "b", "s/c.txt"));
  EXPECT_THAT(Walked(view, "d", {"**/*.txt", "!a.txt"}), ElementsAre("a.txt", "b"));
  EXPECT_THAT(Walked(view, "x*", {"*.txt"}), ElementsAre("x.o"));
  EXPECT_THAT(Walked(view, "d", {"d/a.txt"}, true), ElementsAre("b", "s/c.txt"));
  EXPECT_THAT(Walked(view, ".", {"d"}), ElementsAre("x.o", "x.txt"));
}

std::string DigestOf(const TreeUnderTest& tree, const std::string& word) {
  const CopyFilter filter{*IgnoreFile::Parse("ignored"), IgnoreFile()};
  const MergedView view = tree.View();
  const absl::StatusOr<std::vector<CopySource>> sources = FindSources(Call(), view, {word}, filter);
  EXPECT_THAT(sources, IsOk());
  const absl::StatusOr<std::string> digest = DigestSources(Call(), *sources, filter);
  EXPECT_THAT(digest, IsOk());
  EXPECT_EQ(*digest, *DigestSources(Call(), *sources, filter));  // content is read anew
  return *digest;
}

TEST(DigestSources, IsOfWhatIsCopied) {
  TreeUnderTest tree;
  tree.Add("d/a", "1").Add("other/a", "1").Add("ignored", "x");
  const std::string digest = DigestOf(tree, "d");
  std::filesystem::last_write_time(tree.path() + "/d/a", {});
  EXPECT_EQ(DigestOf(tree, "d"), digest);
  const std::string whole = DigestOf(tree, ".");
  tree.Add("ignored", "y");
  EXPECT_EQ(DigestOf(tree, "."), whole);
  tree.Add("d/a", "2");
  EXPECT_NE(DigestOf(tree, "d"), digest);
  tree.Add("d/a", "1");
  std::filesystem::permissions(tree.path() + "/d/a", std::filesystem::perms::owner_all);
  EXPECT_NE(DigestOf(tree, "d"), digest);
}

size_t OpenDescriptors() {
  const std::filesystem::directory_iterator descriptors("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(descriptors), end(descriptors)));
}

TEST(FindSources, HoldsNoDescriptorASource) {
  TreeUnderTest tree;
  for (int i = 0; i < 50; ++i) {
    tree.Add(absl::StrCat("f", i), "text").Add(absl::StrCat("fd", i, "/"));
  }
  const MergedView view = tree.View();
  const size_t before = OpenDescriptors();
  const absl::StatusOr<std::vector<CopySource>> sources = FindSources(Call(), view, {"f*"}, {});
  ASSERT_THAT(sources, IsOk());
  EXPECT_EQ(sources->size(), 100u);
  EXPECT_LT(OpenDescriptors(), before + 10);
}

TEST(OpenSource, RefusesWhatIsOfAnotherKindByThen) {
  TreeUnderTest tree;
  tree.Add("f", "text");
  const MergedView view = tree.View();
  const absl::StatusOr<std::vector<CopySource>> sources = FindSources(Call(), view, {"f"}, {});
  ASSERT_THAT(sources, IsOk());
  MergedNode opened;
  EXPECT_THAT(OpenSource(sources->front(), opened), IsOk());
  std::filesystem::remove(tree.path() + "/f");
  tree.Add("f/");
  EXPECT_THAT(OpenSource(sources->front(), opened),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::imageservice
