// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/volumes/volume.h"

#include "gmock/gmock.h"

#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

using test::IsOk;
using test::StatusIs;
using ::testing::HasSubstr;

TEST(Volume, NamesAreFileNamesOfTwoCharacters) {
  for (const char* good : {"ab", "A.b-c_d", "0x"}) {
    EXPECT_THAT(CheckVolumeName(good), IsOk()) << good;
  }
  EXPECT_THAT(CheckVolumeName("a"),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("volume name is too short")));
  for (const std::string& bad :
       {std::string("../x"), std::string("a/b"), std::string(".a"), std::string("-a"),
        std::string("a b"), std::string("a\0b", 3), std::string("\xc3\xa4x")}) {
    EXPECT_THAT(CheckVolumeName(bad), StatusIs(absl::StatusCode::kInvalidArgument,
                                               HasSubstr("includes invalid characters")))
        << bad;
  }
  EXPECT_THAT(CheckVolumeName(std::string(255, 'a')), IsOk());
  EXPECT_THAT(CheckVolumeName(std::string(256, 'a')),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("longer than 255")));
}

TEST(Volume, ARecordIsReadAsItWasWritten) {
  const Volume volume{.name = "data",
                      .created_at = 1'700'000'000'123'456'789,
                      .labels = {{"a", "b"}},
                      .options = {{"type", "tmpfs"}, {"device", "tmpfs"}}};
  const Volume read = ReadVolumeRecord("data", VolumeRecord(volume));
  EXPECT_EQ(read.unreadable, "");
  EXPECT_EQ(VolumeRecord(read), VolumeRecord(volume));
  EXPECT_FALSE(read.anonymous());
  Json bad = VolumeRecord(volume);
  bad["options"] = "tmpfs";
  const Volume unreadable = ReadVolumeRecord("data", bad);
  EXPECT_EQ(unreadable.name, "data");
  EXPECT_THAT(unreadable.unreadable, HasSubstr("options"));
  EXPECT_THAT(ReadVolumeRecord("other", VolumeRecord(volume)).unreadable, HasSubstr("name"));
  EXPECT_NE(ReadVolumeRecord("../x", Json{{"name", "../x"}}).unreadable, "");
  EXPECT_EQ(ReadVolumeRecord("data", absl::DataLossError("no JSON")).unreadable, "no JSON");
}

TEST(Volume, IsToldInDockersForm) {
  Volume volume{.name = "data", .created_at = 1'700'000'000'000'000'000};
  const Json bare = VolumeDetails(volume, "/root/volumes/data/_data");
  EXPECT_EQ(bare, Json({{"Name", "data"},
                        {"Driver", "local"},
                        {"Scope", "local"},
                        {"Mountpoint", "/root/volumes/data/_data"},
                        {"CreatedAt", "2023-11-14T22:13:20Z"},
                        {"Labels", nullptr},
                        {"Options", nullptr}}));
  volume.labels = {{kAnonymousVolume, ""}};
  EXPECT_TRUE(volume.anonymous());
  EXPECT_EQ(VolumeDetails(volume, "")["Labels"], Json({{"com.docker.volume.anonymous", ""}}));
}

}  // namespace
}  // namespace berth::cri
