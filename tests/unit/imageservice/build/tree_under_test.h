// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

#include "gtest/gtest.h"

#include "imageservice/layer/merged_view.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {

// A directory with files that are made by their paths; a path that ends with a slash is a
// directory.
class TreeUnderTest {
 public:
  TreeUnderTest& Add(const std::string& path, const std::string& text = "") {
    const std::filesystem::path full = directory_.Join(path);
    if (path.back() == '/') {
      std::filesystem::create_directories(full);
      return *this;
    }
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
    return *this;
  }
  TreeUnderTest& Link(const std::string& path, const std::string& target) {
    std::filesystem::create_symlink(target, directory_.Join(path));
    return *this;
  }

  std::string path() const { return directory_.path(); }
  MergedView View() const {
    absl::StatusOr<MergedView> view = MergedView::Open({directory_.path()});
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }

 private:
  test::TempDir directory_;
};

}  // namespace berth::imageservice
