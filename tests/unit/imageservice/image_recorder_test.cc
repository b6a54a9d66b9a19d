// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_recorder.h"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;

class ImageRecorderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = MetadataDatabase::OpenImages(space_.Join("images.db"));
    ASSERT_THAT(opened, IsOk());
    database_ = *std::move(opened);
    records_.emplace(*database_);
    recorder_.emplace(content_, *records_, images_, [this](const ImageChange& change) {
      constexpr const char* kNames[] = {"pull", "load", "tag", "untag", "delete"};
      told_.push_back(absl::StrCat(kNames[static_cast<int>(change.kind)], " ", change.name));
      EXPECT_FALSE(change.id.empty());
    });
  }

  absl::Status Add(const std::string& config, const std::vector<NameRecord>& names) {
    const Digest id = Digest::OfBytes(config);
    ImageConfig parsed;
    parsed.os = "linux";
    const ImageRecord record{.id = id.str(), .names = names, .blobs = {{id, 2, "config"}}};
    return recorder_->Record(record, {{id, "config", config}}, parsed, TagsOf(record));
  }
  // By id, what is on record; it is what the catalog has too.
  std::map<std::string, ImageRecord> Recorded() {
    std::map<std::string, ImageRecord> by_id;
    const auto loaded = records_->Load();
    EXPECT_THAT(loaded, IsOk());
    for (const ImageRecord& record : *loaded) {
      by_id[record.id] = record;
      const auto known = images_.Record(record.id);
      EXPECT_THAT(known, IsOk()) << record.id;
      EXPECT_EQ(known.ok() ? known->names.size() : 99, record.names.size()) << record.id;
    }
    EXPECT_EQ(images_.List().size(), by_id.size());
    return by_id;
  }

  test::TempDir space_;
  test::InMemoryContentStore content_;
  std::unique_ptr<MetadataDatabase> database_;
  std::optional<ImageRecords> records_;
  ImageCatalog images_{std::vector<std::string>()};
  std::optional<ImageRecorder> recorder_;
  std::vector<std::string> told_;
  const Digest id_ = Digest::OfBytes("{}");
};

TEST_F(ImageRecorderTest, AnImageIsRecordedWithItsDocuments) {
  ASSERT_THAT(Add("{}", {{"a.org/a:1", id_}}), IsOk());
  EXPECT_TRUE(content_.Has(id_));
  ASSERT_OK_AND_ASSIGN(const Image image, images_.Find("a.org/a:1"));
  EXPECT_EQ(image.os, "linux");
  EXPECT_EQ(Recorded().count(id_.str()), 1u);
}

TEST_F(ImageRecorderTest, WhatComesAndGoesIsTold) {
  ASSERT_THAT(Add("{}", {{"a.org/a:1", id_}, {"a.org/a@sha256:1", id_}}), IsOk());
  ASSERT_THAT(recorder_->AddName(id_.str(), {"a.org/b:1", id_}), IsOk());
  ASSERT_THAT(recorder_->AddName(id_.str(), {"a.org/b@sha256:1", id_}), IsOk());
  ASSERT_THAT(recorder_->RemoveName("a.org/b:1"), IsOk());
  ASSERT_THAT(recorder_->RemoveName("a.org/b:1"), IsOk());
  ASSERT_THAT(recorder_->Remove(id_.str()), IsOk());
  ASSERT_THAT(recorder_->Remove(id_.str()), IsOk());
  EXPECT_THAT(told_, ::testing::ElementsAre("tag a.org/a:1", "tag a.org/b:1", "untag a.org/b:1",
                                            "untag a.org/a:1", "untag a.org/a@sha256:1",
                                            "untag a.org/b@sha256:1", "delete "));
}

TEST_F(ImageRecorderTest, AnImageThatGoesAtOnceHasComeBefore) {
  const auto is_here = [this] { return images_.Find(id_.str()).ok(); };
  std::atomic<bool> all_made = false;
  std::thread remover([&] {
    while (!all_made || is_here()) {
      if (is_here()) {
        EXPECT_THAT(recorder_->Remove(id_.str()), IsOk());
      }
      std::this_thread::yield();
    }
  });
  for (int made = 0; made < 100;) {
    if (!is_here()) {
      EXPECT_THAT(Add("{}", {{"a.org/a:1", id_}}), IsOk());
      ++made;
    }
    std::this_thread::yield();
  }
  all_made = true;
  remover.join();
  ASSERT_EQ(told_.size(), 300u);
  for (size_t i = 0; i < told_.size(); i += 3) {
    EXPECT_EQ(told_[i], "tag a.org/a:1") << i;
    EXPECT_EQ(told_[i + 1], "untag a.org/a:1") << i;
    EXPECT_EQ(told_[i + 2], "delete ") << i;
  }
}

TEST_F(ImageRecorderTest, ADamagedDocumentIsWrittenAgain) {
  content_.Put(id_, "damaged");
  ASSERT_THAT(Add("{}", {{"a.org/a:1", id_}}), IsOk());
  EXPECT_THAT(content_.Read(id_, 100), test::IsOkAndHolds("{}"));
}

// Its disk takes its time to read one document.
class SlowStore : public test::InMemoryContentStore {
 public:
  explicit SlowStore(Digest slow) : slow_(std::move(slow)) {}

  absl::StatusOr<std::string> Read(const Digest& digest, size_t max_bytes) const override {
    if (digest == slow_) {
      reading_.Notify();
      let_go_.WaitForNotificationWithTimeout(kPatience);
    }
    return test::InMemoryContentStore::Read(digest, max_bytes);
  }
  void AwaitReading() { reading_.WaitForNotification(); }
  void LetGo() { let_go_.Notify(); }

 private:
  static constexpr absl::Duration kPatience = absl::Seconds(20);
  const Digest slow_;
  mutable absl::Notification reading_;
  mutable absl::Notification let_go_;
};

TEST_F(ImageRecorderTest, OneDocumentWaitsForNoOther) {
  SlowStore content(id_);
  recorder_.emplace(content, *records_, images_, nullptr);
  std::atomic<bool> is_slow_done = false;
  std::thread slow([&] {
    EXPECT_THAT(Add("{}", {{"a.org/a:1", id_}}), IsOk());
    is_slow_done = true;
  });
  content.AwaitReading();
  EXPECT_THAT(Add("{ }", {{"a.org/b:1", Digest::OfBytes("{ }")}}), IsOk());
  EXPECT_FALSE(is_slow_done);
  content.LetGo();
  slow.join();
  EXPECT_EQ(Recorded().size(), 2u);
}

TEST_F(ImageRecorderTest, ANameGoesToAnImageThatIsThere) {
  const Digest other = Digest::OfBytes("{ }");
  ASSERT_THAT(Add("{}", {{"a.org/a:1", id_}}), IsOk());
  ASSERT_THAT(Add("{ }", {{"a.org/b:1", other}}), IsOk());
  ASSERT_THAT(recorder_->AddName(other.str(), {"a.org/a:1", other}), IsOk());
  EXPECT_EQ(images_.Find("a.org/a:1")->id, other.str());
  EXPECT_EQ(images_.Find("a.org/a:1")->os, "linux");
  EXPECT_TRUE(Recorded()[id_.str()].names.empty());
  ASSERT_THAT(recorder_->RemoveName("a.org/a:1"), IsOk());
  EXPECT_EQ(Recorded()[other.str()].names.size(), 1u);
  ASSERT_THAT(recorder_->Remove(other.str()), IsOk());
  EXPECT_THAT(recorder_->AddName(other.str(), {"a.org/b:1", other}),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Recorded().size(), 1u);
}

TEST_F(ImageRecorderTest, RecordAndCatalogAgreeWhoeverIsFirst) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      for (int turn = 0; turn < 50; ++turn) {
        const absl::Status done =
            i % 2 == 0 ? Add("{}", {{"a.org/a:1", id_}}) : recorder_->Remove(id_.str());
        EXPECT_THAT(done, IsOk());
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  Recorded();
}

}  // namespace
}  // namespace berth::imageservice
