// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "runtime/spec/container_image.h"
#include "runtime/spec/host_facts.h"

namespace berth::runtime {

// A host made of tables.
class FakeHostFiles : public HostFiles {
 public:
  std::map<std::string, absl::StatusOr<std::string>> sources;  // others are what they seem
  std::map<std::string, HostPropagation> propagations;         // others are private
  std::map<std::string, std::vector<HostDevice>> devices;
  std::map<std::string, std::string> files;
  std::map<std::string, absl::Status> directories;  // others are there
  std::map<std::string, std::string> relabelled;    // what was asked for
  std::map<std::string, std::string> labelled;      // of ours

  absl::StatusOr<std::string> FindMountSource(absl::string_view path) override {
    const auto found = sources.find(std::string(path));
    return found != sources.end() ? found->second : std::string(path);
  }
  absl::Status CheckExists(absl::string_view path) override {
    const auto found = sources.find(std::string(path));
    return found != sources.end() ? found->second.status() : absl::OkStatus();
  }
  absl::StatusOr<HostPropagation> FindPropagation(absl::string_view path) override {
    return propagations[std::string(path)];
  }
  absl::StatusOr<std::vector<HostDevice>> FindDevices(absl::string_view path) override {
    const auto found = devices.find(std::string(path));
    if (found == devices.end()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is no device"));
    }
    return found->second;
  }
  absl::Status CheckSelinuxLabel(absl::string_view label) override {
    return label.find("bad") == absl::string_view::npos
               ? absl::OkStatus()
               : absl::InvalidArgumentError(absl::StrCat(label, " is no context"));
  }
  absl::Status Relabel(const Call& call, absl::string_view path,
                       const std::string& label) override {
    relabelled[std::string(path)] = label;
    return call.Check();
  }
  absl::Status LabelOwn(const Call& call, const std::string& path,
                        const std::string& label) override {
    labelled[path] = label;
    return call.Check();
  }
  absl::Status CheckDirectory(const std::vector<std::string>&, absl::string_view path) override {
    const auto found = directories.find(std::string(path));
    return found != directories.end() ? found->second : absl::OkStatus();
  }
  absl::StatusOr<std::string> ReadFile(absl::string_view path, size_t max_bytes) override {
    return ReadFrom(files, path, max_bytes);
  }

  static absl::StatusOr<std::string> ReadFrom(const std::map<std::string, std::string>& files,
                                              absl::string_view path, size_t max_bytes) {
    const auto found = files.find(std::string(path));
    if (found == files.end()) {
      return absl::NotFoundError(absl::StrCat(path, " is not there"));
    }
    if (found->second.size() > max_bytes) {
      return absl::InvalidArgumentError(absl::StrCat(path, " is too large"));
    }
    return found->second;
  }
};

// The files of an image.
inline RootFileReader ImageFiles(std::map<std::string, std::string> files) {
  return [files = std::move(files)](absl::string_view path, size_t max_bytes) {
    return FakeHostFiles::ReadFrom(files, path, max_bytes);
  };
}

}  // namespace berth::runtime
