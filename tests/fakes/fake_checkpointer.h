// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "runtime/checkpointer.h"

namespace berth::test {

// A Checkpointer whose dumps are a few bytes, by the door's contract. Not thread-safe.
class FakeCheckpointer : public runtime::Checkpointer {
 public:
  absl::Status failure;               // of the next ones, before they do anything
  std::string upper;                  // of every container
  std::vector<std::string> saved;     // ids
  std::string restores;               // directory of what is restored
  std::vector<std::string> prepared;  // ids

  absl::Status Checkpoint(const Call& call,
                          const std::vector<runtime::CheckpointRequest>& requests) override {
    if (!failure.ok()) {
      return failure;
    }
    for (const runtime::CheckpointRequest& request : requests) {
      std::filesystem::create_directory(request.directory + "/checkpoint");
      std::ofstream(request.directory + "/checkpoint/core-1.img") << "core";
      std::ofstream(request.directory + "/berth.dump") << "{}";
      if (absl::Status status = request.while_still(call, upper); !status.ok()) {
        return status;
      }
      saved.push_back(request.container_id);
    }
    return absl::OkStatus();
  }
  std::string RestoreDirectory(absl::string_view container_id) const override {
    return absl::StrCat(restores, "/", container_id);
  }
  absl::Status PrepareRestore(const Call&, absl::string_view container_id) override {
    if (failure.ok()) {
      prepared.emplace_back(container_id);
    }
    return failure;
  }
  void DropRestore(absl::string_view container_id) override {
    std::filesystem::remove_all(RestoreDirectory(container_id));
  }
};

}  // namespace berth::test
