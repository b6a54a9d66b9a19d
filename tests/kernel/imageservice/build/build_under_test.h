// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "imageservice/build/builder.h"
#include "tests/kernel/imageservice/store_fixture.h"

namespace berth::imageservice {

// Runs the commands of a language of its own, separated by semicolons: `write PATH WORD` into the
// root, `say WORD`, `exit CODE`; `hook` calls the test's function.
class ScriptRunner : public StepRunner {
 public:
  absl::StatusOr<int> Run(const Call& call, const RunStep& step) override {
    {
      absl::MutexLock lock(&mutex_);
      steps_.push_back(step);
    }
    for (const absl::string_view each : absl::StrSplit(step.command.back(), ';')) {
      const std::vector<std::string> words =
          absl::StrSplit(absl::StripAsciiWhitespace(each), ' ', absl::SkipEmpty());
      if (words[0] == "write") {
        const std::filesystem::path path = step.root.upper + words[1];
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << words[2];
      } else if (words[0] == "say") {
        step.output(words[1] + "\n");
      } else if (words[0] == "exit") {
        return std::stoi(words[1]);
      } else if (absl::Status status = hook(call, step); !status.ok()) {
        return status;
      }
    }
    return 0;
  }

  void Leave(const std::string& place) override {
    absl::MutexLock lock(&mutex_);
    left_.push_back(place);
  }

  std::vector<std::string> left() {
    absl::MutexLock lock(&mutex_);
    return left_;
  }
  // What has been run since it was asked last.
  std::vector<RunStep> TakeSteps() {
    absl::MutexLock lock(&mutex_);
    return std::exchange(steps_, {});
  }

  std::function<absl::Status(const Call& call, const RunStep& step)> hook;

 private:
  absl::Mutex mutex_;
  std::vector<RunStep> steps_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::string> left_ ABSL_GUARDED_BY(mutex_);
};

// A builder with a store of its own, whose registry has base:1 of TwoLayers.
class BuildUnderTest {
 public:
  BuildUnderTest() {
    library_.Add("library/base:1", TwoLayers());
    store_.emplace(library_);
    Open();
  }

  void Open() {
    builder_.reset();
    absl::StatusOr<std::unique_ptr<Builder>> builder =
        Builder::Open({root(), space_.Join("state"), "linux/amd64", cache_bytes}, images(), runner);
    ASSERT_THAT(builder, test::IsOk());
    builder_ = *std::move(builder);
  }

  std::string root() const { return space_.path(); }
  ImageStore& images() { return *store_->operator->(); }
  Builder& builder() { return *builder_; }

  // Of a context with these files; the Dockerfile is one of them.
  absl::StatusOr<Image> Build(const std::map<std::string, std::string>& files,
                              const BuildRequest& request = {}, const Call& call = Call()) {
    test::TarBuilder tar;
    for (const auto& [name, text] : files) {
      tar.File(name, text);
    }
    const std::string bytes = tar.Finish();
    ContextSource source;
    source.archive = SourceOf(bytes);
    return BuildOf(source, request, call);
  }
  absl::StatusOr<Image> BuildOf(const ContextSource& source, const BuildRequest& request = {},
                                const Call& call = Call()) {
    said_.clear();
    return builder_->Build(call, request, source, [this](absl::string_view text) {
      absl::MutexLock lock(&mutex_);
      absl::StrAppend(&said_, text);
    });
  }

  std::string said() {
    absl::MutexLock lock(&mutex_);
    return said_;
  }
  // How many steps of the last build came out of the cache.
  size_t Cached() {
    const std::vector<std::string> parts = absl::StrSplit(said(), "Using cache");
    return parts.size() - 1;
  }
  std::string File(const Image& image, const std::string& path) {
    const absl::StatusOr<std::string> text =
        images().ReadFile(Call(), image.id, path, size_t{1} << 20);
    return text.ok() ? *text : std::string(text.status().message());
  }
  std::vector<std::string> Layers(const Image& image) {
    const absl::StatusOr<std::string> config = images().Config(image.id);
    EXPECT_THAT(config, test::IsOk());
    std::vector<std::string> layers;
    const absl::StatusOr<Json> json = ParseJson(*config, size_t{1} << 20);
    for (const Json& each : (*json)["rootfs"]["diff_ids"]) {
      layers.push_back(each.get<std::string>());
    }
    return layers;
  }
  // A build that has ended has left nothing.
  bool IsClean() {
    return std::filesystem::is_empty(root() + "/build/work") && images().RootfsKeys().empty();
  }

  ScriptRunner runner;
  uint64_t cache_bytes = uint64_t{1} << 30;

 private:
  test::TempDir space_;
  test::ImageLibrary library_;
  std::optional<Store> store_;
  std::unique_ptr<Builder> builder_;
  absl::Mutex mutex_;
  std::string said_;
};

}  // namespace berth::imageservice
