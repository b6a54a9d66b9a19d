// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/copy_writer.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/imageservice/build/tree_under_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const CopyFilter kAll;

// What the writer makes of it, as "path mode owner".
class Written {
 public:
  explicit Written(const TreeUnderTest& image, CopyTarget target)
      : image_(image.View()),
        tar_([this](absl::string_view bytes) {
          absl::StrAppend(&bytes_, bytes);
          return absl::OkStatus();
        }),
        writer_(call_, image_, std::move(target), tar_) {}

  CopyWriter& writer() { return writer_; }

  std::vector<std::string> Members() {
    EXPECT_THAT(tar_.Finish(), IsOk());
    bool read = false;
    TarReader reader([&]() -> absl::StatusOr<absl::string_view> {
      return std::exchange(read, true) ? absl::string_view() : absl::string_view(bytes_);
    });
    std::vector<std::string> members;
    while (true) {
      const absl::StatusOr<const TarMember*> member = reader.Next();
      EXPECT_THAT(member, IsOk());
      if (!member.ok() || *member == nullptr) {
        return members;
      }
      members.push_back(absl::StrFormat("%s %o %d:%d", (*member)->path, (*member)->mode,
                                        (*member)->uid, (*member)->gid));
    }
  }

 private:
  Call call_;
  MergedView image_;
  std::string bytes_;
  TarWriter tar_;
  CopyWriter writer_;
};

CopyTarget To(const std::string& path, bool is_directory = false) {
  CopyTarget target;
  target.path = path;
  target.is_directory = is_directory;
  target.owner = {7, 8};
  return target;
}

std::vector<CopySource> Sources(const MergedView& view, const std::vector<std::string>& words) {
  absl::StatusOr<std::vector<CopySource>> sources = FindSources(Call(), view, words, kAll);
  EXPECT_THAT(sources, IsOk());
  return *std::move(sources);
}

TEST(CopyWriter, PutsAFileWhereItsNameOrTheDirectorySays) {
  TreeUnderTest image;
  image.Add("there/");
  TreeUnderTest tree;
  tree.Add("f", "x");
  const MergedView view = tree.View();
  Written renamed(image, To("/new/name"));
  ASSERT_THAT(renamed.writer().AddSources(Sources(view, {"f"}), kAll), IsOk());
  EXPECT_THAT(renamed.Members(), ElementsAre("new/ 755 7:8", "new/name 644 7:8"));
  Written into(image, To("/there"));
  ASSERT_THAT(into.writer().AddSources(Sources(view, {"f"}), kAll), IsOk());
  EXPECT_THAT(into.Members(), ElementsAre("there/f 644 7:8"));
}

TEST(CopyWriter, CopiesWhatADirectoryHolds) {
  TreeUnderTest image;
  image.Add("there/");
  TreeUnderTest tree;
  tree.Add("d/sub/f", "x");
  const MergedView view = tree.View();
  Written existing(image, To("/there"));
  ASSERT_THAT(existing.writer().AddSources(Sources(view, {"d"}), kAll), IsOk());
  EXPECT_THAT(existing.Members(), ElementsAre("there/sub/ 755 7:8", "there/sub/f 644 7:8"));
  CopyTarget target = To("/new", true);
  target.chmod = *ModeChange::Parse("700");
  Written made(image, target);
  ASSERT_THAT(made.writer().AddSources(Sources(view, {"d"}), kAll), IsOk());
  EXPECT_THAT(made.Members(), ElementsAre("new/ 700 7:8", "new/sub/ 700 7:8", "new/sub/f 700 7:8"));
}

TEST(CopyWriter, WritesTextsAndDirectories) {
  TreeUnderTest image;
  Written text(image, To("/d", true));
  ASSERT_THAT(text.writer().AddText("EOF", "content"), IsOk());
  EXPECT_THAT(text.Members(), ElementsAre("d/ 755 7:8", "d/EOF 644 7:8"));
  Written directory(image, To("/a/b"));
  ASSERT_THAT(directory.writer().AddDirectory(), IsOk());
  EXPECT_THAT(directory.Members(), ElementsAre("a/ 755 7:8", "a/b/ 755 7:8"));
  Written root(image, To("/"));
  ASSERT_THAT(root.writer().AddDirectory(), IsOk());
  EXPECT_THAT(root.Members(), IsEmpty());
}

TEST(CopyWriter, RefusesWhatNoLayerCanHold) {
  TreeUnderTest image;
  image.Add("file");
  TreeUnderTest tree;
  tree.Add("d/x").Add("w/.wh.x");
  const MergedView view = tree.View();
  Written over(image, To("/file"));
  EXPECT_THAT(over.writer().AddSources(Sources(view, {"d"}), kAll),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("non-directory")));
  Written below(image, To("/file/x"));
  EXPECT_THAT(below.writer().AddSources(Sources(view, {"d/x"}), kAll),
              StatusIs(absl::StatusCode::kInvalidArgument));
  Written marker(image, To("/m", true));
  EXPECT_THAT(marker.writer().AddSources(Sources(view, {"w"}), kAll),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

}  // namespace
}  // namespace berth::imageservice
