// SPDX-License-Identifier: Apache-2.0
#include "imageservice/archive_intake.h"

#include <string>
#include <utility>

#include "gmock/gmock.h"

#include "tests/fakes/in_memory_content_store.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;

absl::StatusOr<ArchiveFiles> Take(test::InMemoryContentStore& content, LeaseTable& leases,
                                  const TarBuilder& tar) {
  const std::string bytes = tar.Finish();
  return TakeArchive(Call(), content, leases, [&, read = false]() mutable {
    return absl::StatusOr<absl::string_view>(std::exchange(read, true) ? absl::string_view()
                                                                       : bytes);
  });
}

TEST(ArchiveIntake, EachFileIsALeasedBlob) {
  test::InMemoryContentStore content;
  LeaseTable leases;
  TarBuilder tar;
  tar.Directory("d").File("d/file", "content").Symlink("link", "./d/file").Symlink("two", "link");
  {
    const auto files = Take(content, leases, tar);
    ASSERT_THAT(files, IsOk());
    const auto found = files->Find("/two");
    ASSERT_THAT(found, IsOk());
    EXPECT_EQ(found->digest, Digest::OfBytes("content"));
    EXPECT_EQ(found->size, 7U);
    EXPECT_TRUE(content.Has(found->digest));
    EXPECT_FALSE(files->Has("d"));
    EXPECT_THAT(files->Find("none").status(), StatusIs(absl::StatusCode::kNotFound));
  }
}

TEST(ArchiveIntake, WhatIsHostileIsRefused) {
  TarBuilder twice, out, device, loop;
  twice.File("a", "1").File("./a", "2");
  out.File("../a", "1");
  device.Device("d", '3', 1, 3);
  for (const TarBuilder* tar : {&twice, &out, &device}) {
    test::InMemoryContentStore content;
    LeaseTable leases;
    EXPECT_THAT(Take(content, leases, *tar).status(), StatusIs(absl::StatusCode::kDataLoss));
  }
  loop.Symlink("a", "b").Symlink("b", "a");
  test::InMemoryContentStore content;
  LeaseTable leases;
  const auto files = Take(content, leases, loop);
  ASSERT_THAT(files, IsOk());
  EXPECT_FALSE(files->Has("a"));
}

}  // namespace
}  // namespace berth::imageservice
