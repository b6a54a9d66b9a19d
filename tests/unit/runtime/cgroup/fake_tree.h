// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <initializer_list>
#include <map>
#include <string>
#include <utility>

#include "tests/support/temp_dir.h"

namespace berth::runtime {

// Plain files that stand for a cgroup hierarchy, from a table of path and content.
class FakeTree {
 public:
  FakeTree() = default;
  FakeTree(std::initializer_list<std::pair<std::string, std::string>> files) {
    for (const auto& [name, content] : files) {
      directory_.Write(name, content);
    }
  }
  explicit FakeTree(const std::map<std::string, std::string>& files) {
    for (const auto& [name, content] : files) {
      directory_.Write(name, content);
    }
  }

  FakeTree(const FakeTree&) = delete;
  FakeTree& operator=(const FakeTree&) = delete;

  const std::string& root() const { return directory_.path(); }
  std::string Path(const std::string& name) const { return directory_.Join(name); }
  std::string Read(const std::string& name) const { return directory_.Read(name); }
  bool Exists(const std::string& name) const { return std::filesystem::exists(Path(name)); }
  void MakeDirectory(const std::string& name) const {
    std::filesystem::create_directories(Path(name));
  }

 private:
  test::TempDir directory_;
};

}  // namespace berth::runtime
