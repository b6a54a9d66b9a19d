// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_saver.h"

#include "absl/strings/match.h"

#include "base/json.h"
#include "imageservice/layer/any_decompressor.h"
#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class SaveUnderTest {
 public:
  SaveUnderTest() {
    library_.Add("library/app:1", TwoLayers("one"));
    library_.Add("library/other:1", TwoLayers("two"));
    store_.emplace(library_);
    EXPECT_THAT(store_->Pull("app:1"), IsOk());
    EXPECT_THAT(store_->Pull("other:1"), IsOk());
    EXPECT_THAT(store()->Tag("app:1", "app:2"), IsOk());
  }

  Store& store() { return *store_; }

  // The archive's members with their texts.
  absl::StatusOr<std::map<std::string, std::string>> Save(const std::vector<std::string>& names) {
    std::string archive;
    RETURN_IF_ERROR(store()->Save(Call(), names, [&archive](absl::string_view bytes) {
      archive.append(bytes.data(), bytes.size());
      return absl::OkStatus();
    }));
    std::map<std::string, std::string> members;
    for (size_t at = 0; at + kTarBlock <= archive.size() && archive[at] != '\0';) {
      const std::string name = archive.c_str() + at;
      const size_t size = std::stoul(archive.substr(at + 124, 11), nullptr, 8);
      members[name] = archive.substr(at + kTarBlock, size);
      at += kTarBlock + (size + kTarBlock - 1) / kTarBlock * kTarBlock;
    }
    return members;
  }

  // What the archive calls its images, in Docker's words and in OCI's.
  static std::vector<std::string> TagsIn(const std::map<std::string, std::string>& members) {
    std::vector<std::string> tags;
    const Json images = ParseJson(members.at("manifest.json"), 1 << 20).value();
    for (const Json& image : images) {
      for (const Json& tag : image["RepoTags"]) {
        tags.push_back(tag.get<std::string>());
      }
    }
    return tags;
  }

 private:
  ImageLibrary library_;
  std::optional<Store> store_;
};

KERNEL_TEST(ImageSaver, ARepositoryStandsForItsTags) {
  SaveUnderTest save;
  ASSERT_OK_AND_ASSIGN(const auto all, save.Save({"app"}));
  EXPECT_THAT(SaveUnderTest::TagsIn(all), ElementsAre("app:1", "app:2"));
  ASSERT_OK_AND_ASSIGN(const auto one, save.Save({"app:2"}));
  EXPECT_THAT(SaveUnderTest::TagsIn(one), ElementsAre("app:2"));
  EXPECT_THAT(save.Save({"none"}), StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(ImageSaver, EachBlobIsThereOnceAndIsWhatItIsCalled) {
  SaveUnderTest save;
  ASSERT_OK_AND_ASSIGN(const auto members, save.Save({"app:1", "other:1"}));
  EXPECT_THAT(SaveUnderTest::TagsIn(members), SizeIs(2));
  size_t blobs = 0;
  for (const auto& [name, text] : members) {
    if (absl::StartsWith(name, "blobs/sha256/") && name.back() != '/') {
      EXPECT_EQ(Digest::OfBytes(text).hex(), name.substr(13));
      ++blobs;
    }
  }
  EXPECT_EQ(blobs, 7u);  // of each a manifest, a config and a layer; one layer is of both
  EXPECT_EQ(members.count("oci-layout") + members.count("index.json"), 2u);
}

KERNEL_TEST(ImageSaver, AnErrorOfWhoReadsEndsIt) {
  SaveUnderTest save;
  EXPECT_THAT(save.store()->Save(Call(), {"app:1"},
                                 [](absl::string_view) { return absl::AbortedError("full"); }),
              StatusIs(absl::StatusCode::kAborted, "full"));
  EXPECT_THAT(save.store()->Save(Call(absl::InfinitePast()), {"app:1"},
                                 [](absl::string_view) { return absl::OkStatus(); }),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
}

}  // namespace
}  // namespace berth::imageservice
