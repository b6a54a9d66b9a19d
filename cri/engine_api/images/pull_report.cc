// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/pull_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

#include "base/json.h"
#include "base/short_id.h"
#include "base/thread.h"

namespace berth::cri {
namespace {

constexpr absl::Duration kBetweenLines = absl::Milliseconds(100);  // of one layer

}  // namespace

std::string StatusLine(absl::string_view status, absl::string_view id) {
  Json line = {{"status", std::string(status)}};
  if (!id.empty()) {
    line["id"] = std::string(id);
  }
  return absl::StrCat(FormatJson(line), "\r\n");
}

std::string ProgressLine(absl::string_view status, absl::string_view id, uint64_t current,
                         uint64_t total) {
  Json detail = Json::object();
  if (current > 0 || total > 0) {
    detail["current"] = current;
    detail["total"] = total;
  }
  return absl::StrCat(FormatJson({{"status", std::string(status)},
                                  {"progressDetail", std::move(detail)},
                                  {"id", std::string(id)}}),
                      "\r\n");
}

PullReport::PullReport(Write write) : write_(std::move(write)) {
  if (absl::StatusOr<std::thread> thread = StartThread("pull-report", [this] { Loop(); });
      thread.ok()) {
    thread_ = *std::move(thread);
  }
}

PullReport::~PullReport() {
  Finish(false);
}

void PullReport::Tell(const imageservice::PullProgress& progress) {
  absl::MutexLock lock(&mutex_);
  Layer& layer = layers_[progress.layer];
  layer.current = progress.current;
  layer.total = progress.total;
  layer.changed = true;
}

void PullReport::Finish(bool worked) {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(ended_, true)) {
      return;
    }
  }
  if (thread_.joinable()) {
    thread_.join();
  } else {
    WriteChanges();
  }
  std::string lines;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [digest, layer] : layers_) {
      absl::StrAppend(&lines, ProgressLine("Pull complete", ShortId(digest), 0, 0));
    }
  }
  if (worked) {
    write_(lines);
  }
}

void PullReport::Loop() {
  bool ended = false;
  while (!ended) {
    {
      absl::MutexLock lock(&mutex_);
      ended = mutex_.AwaitWithTimeout(absl::Condition(&ended_), kBetweenLines);
    }
    WriteChanges();
  }
}

void PullReport::WriteChanges() {
  std::string lines;
  {
    absl::MutexLock lock(&mutex_);
    for (auto& [digest, layer] : layers_) {
      if (!std::exchange(layer.changed, false)) {
        continue;
      }
      if (!std::exchange(layer.is_announced, true)) {
        absl::StrAppend(&lines, ProgressLine("Pulling fs layer", ShortId(digest), 0, 0));
      }
      const bool whole = layer.total > 0 && layer.current >= layer.total;
      absl::StrAppend(
          &lines, whole ? ProgressLine("Download complete", ShortId(digest), 0, 0)
                        : ProgressLine("Downloading", ShortId(digest), layer.current, layer.total));
    }
  }
  write_(lines);
}

}  // namespace berth::cri
