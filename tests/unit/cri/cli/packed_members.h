// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "cri/cli/packed_files.h"
#include "imageservice/layer/tar_reader.h"

namespace berth::cli {

// The members' names; of symlinks and files with what they hold.
inline absl::StatusOr<std::vector<std::string>> Members(PackedFiles& files) {
  std::string piece;
  absl::Status failed;
  imageservice::TarReader reader([&]() -> absl::StatusOr<absl::string_view> {
    absl::StatusOr<std::string> next = files.Next();
    if (!next.ok()) {
      failed = next.status();
      return failed;
    }
    piece = *std::move(next);
    return piece;
  });
  std::vector<std::string> members;
  while (true) {
    const absl::StatusOr<const imageservice::TarMember*> member = reader.Next();
    if (!failed.ok()) {
      return failed;
    }
    if (!member.ok()) {
      return member.status();
    }
    if (*member == nullptr) {
      return members;
    }
    std::string told =
        absl::StrCat((*member)->path, (*member)->target.empty() ? "" : " -> ", (*member)->target);
    EXPECT_EQ((*member)->uid, 0u);
    while (true) {
      const absl::StatusOr<std::optional<imageservice::TarPiece>> content = reader.Read();
      if (!content.ok() || !content->has_value()) {
        break;
      }
      absl::StrAppend(&told, "=", (*content)->bytes);
    }
    members.push_back(std::move(told));
  }
}

}  // namespace berth::cli
