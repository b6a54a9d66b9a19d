// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/temp_dir.h"

namespace berth::runtime {

// A directory of plugins that are shell scripts.
class PluginDirectory {
 public:
  const std::string& path() const { return dir_.path(); }

  void Add(const std::string& type, const std::string& script) const {
    // Written under another name and renamed: a program that is still open for writing cannot be
    // run.
    const std::string draft = Write(type + ".draft", "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(draft, std::filesystem::perms::owner_all);
    std::filesystem::rename(draft, dir_.Join(type));
  }

  std::string Write(const std::string& name, const std::string& text) const {
    return dir_.Write(name, text);
  }
  std::string Read(const std::string& name) const { return dir_.Read(name); }
  bool Has(const std::string& name) const { return std::filesystem::exists(dir_.Join(name)); }

  // The lines of a file that plugins append to; none when it is not there.
  std::vector<std::string> Lines(const std::string& name) const {
    std::vector<std::string> lines;
    std::istringstream text(Has(name) ? Read(name) : "");
    for (std::string line; std::getline(text, line);) {
      lines.push_back(line);
    }
    return lines;
  }

 private:
  test::TempDir dir_;
};

}  // namespace berth::runtime
