// SPDX-License-Identifier: Apache-2.0
#include "tests/support/temp_dir.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/file.h"
#include "base/path.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "base/sys/removal.h"
#include "tests/support/file_tree.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

constexpr size_t kMaxFile = 64 << 20;

}  // namespace

TempDir::TempDir() {
  const char* parent = getenv("TMPDIR");
  path_ = absl::StrCat(parent == nullptr ? "/tmp" : parent, "/berth-test-XXXXXX");
  EXPECT_NE(mkdtemp(path_.data()), nullptr) << path_;
  sys::ErrnoOr<sys::Fd> opened = sys::OpenAt(AT_FDCWD, path_.c_str(), O_RDONLY | O_DIRECTORY);
  EXPECT_THAT(opened, IsOk()) << path_;
  if (opened.ok()) {
    fd_ = *std::move(opened);
  }
}

TempDir::~TempDir() {
  EXPECT_THAT(sys::RemoveTree(AT_FDCWD, path_.c_str()), IsOk()) << path_;
}

std::string TempDir::Join(absl::string_view name) const {
  return JoinPath(path_, name);
}

std::string TempDir::Write(absl::string_view name, absl::string_view content) const {
  std::string path = Join(name);
  EXPECT_THAT(EnsureDirectories(std::string(ParentPath(path)), 0755), IsOk());
  WriteFile(path, std::string(content));
  return path;
}

std::string TempDir::Read(absl::string_view name) const {
  absl::StatusOr<std::string> content = berth::ReadFile(Join(name), kMaxFile);
  EXPECT_THAT(content, IsOk());
  return content.value_or("");
}

}  // namespace berth::test
