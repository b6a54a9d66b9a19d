// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/certificate_files.h"

#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using test::StatusIs;
using test::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(CertificateFiles, AreFoundByTheirEndings) {
  TempDir dir;
  for (const char* name : {"b.crt", "a.crt", "c.cert", "c.key", "d.key", "readme.txt"}) {
    dir.Write(name, "");
  }
  ASSERT_OK_AND_ASSIGN(HostEntry entry, FindCertificateFiles(dir.path()));
  EXPECT_THAT(entry.ca, ElementsAre(dir.Join("a.crt"), dir.Join("b.crt")));
  EXPECT_THAT(entry.client, ElementsAre(Pair(dir.Join("c.cert"), dir.Join("c.key"))));
  EXPECT_EQ(entry.url, "");
}

TEST(CertificateFiles, ACertificateNeedsItsKey) {
  TempDir dir;
  dir.Write("c.cert", "");
  EXPECT_THAT(FindCertificateFiles(dir.path()),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("there is no c.key")));
}

TEST(CertificateFiles, DirectoryMayBeASymlink) {
  TempDir dir;
  dir.Write("real/a.crt", "");
  ASSERT_EQ(symlink("real", dir.Join("link").c_str()), 0);
  ASSERT_OK_AND_ASSIGN(HostEntry entry, FindCertificateFiles(dir.Join("link")));
  EXPECT_THAT(entry.ca, ElementsAre(dir.Join("link/a.crt")));
}

TEST(CertificateFiles, AnEmptyDirectoryHasNone) {
  TempDir dir;
  ASSERT_OK_AND_ASSIGN(HostEntry entry, FindCertificateFiles(dir.path()));
  EXPECT_THAT(entry.ca, IsEmpty());
  EXPECT_FALSE(FindCertificateFiles(dir.Join("absent")).ok());
}

}  // namespace
}  // namespace berth::imageservice
