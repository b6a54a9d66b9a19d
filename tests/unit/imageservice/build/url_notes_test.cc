// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/url_notes.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;

class UrlNotesTest : public testing::Test {
 protected:
  UrlNotesTest() { Open(); }

  void Open() {
    notes_.reset();
    absl::StatusOr<std::unique_ptr<UrlNotes>> notes = UrlNotes::Open(space_.Join("urls.db"));
    ASSERT_THAT(notes, IsOk());
    notes_ = *std::move(notes);
  }
  // Its digest, "" where there is none.
  std::string Digest(const std::string& url, int64_t now = 1) {
    const absl::StatusOr<std::optional<UrlNote>> note =
        notes_->Find(url, absl::FromUnixSeconds(now));
    EXPECT_THAT(note, IsOk());
    return note.ok() && note->has_value() ? (*note)->digest : "";
  }
  void Put(const std::string& url, const UrlNote& note, int64_t now = 1) {
    EXPECT_THAT(notes_->Put(url, note, absl::FromUnixSeconds(now)), IsOk());
  }

  test::TempDir space_;
  std::unique_ptr<UrlNotes> notes_;
};

TEST_F(UrlNotesTest, TheLastOfAnAddressCountsAndStays) {
  EXPECT_EQ(Digest("http://a/"), "");
  Put("http://a/", {"\"1\"", "sha256:1"});
  Put("http://a/", {"\"2\"", "sha256:2"});
  Put("http://b/", {"\"3\"", "sha256:3"});
  Open();
  EXPECT_EQ(Digest("http://a/"), "sha256:2");
  EXPECT_EQ(Digest("http://b/"), "sha256:3");
}

TEST_F(UrlNotesTest, WithoutAnEtagThereIsNothingToAskBy) {
  Put("http://a/", {"\"1\"", "sha256:1"});
  Put("http://a/", {"", "sha256:2"});
  EXPECT_EQ(Digest("http://a/"), "");
  Put("http://a/", {std::string(kMaxValidator + 1, 'x'), "sha256:3"});
  EXPECT_EQ(Digest("http://a/"), "");
}

TEST_F(UrlNotesTest, WhatIsNotUsedIsForgotten) {
  Put("http://old/", {"\"1\"", "sha256:1"}, 10);
  Put("http://used/", {"\"2\"", "sha256:2"}, 10);
  EXPECT_EQ(Digest("http://used/", 20), "sha256:2");
  EXPECT_THAT(notes_->Prune(absl::FromUnixSeconds(15)), IsOk());
  EXPECT_EQ(Digest("http://old/"), "");
  EXPECT_EQ(Digest("http://used/"), "sha256:2");
}

}  // namespace
}  // namespace berth::imageservice
