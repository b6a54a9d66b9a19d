// SPDX-License-Identifier: Apache-2.0
#include "imageservice/checkpoint/checkpoint_layout.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "base/sys/inode.h"

namespace berth::imageservice {
namespace {

constexpr size_t kMaxName = 200;

}  // namespace

bool IsCheckpointImage(absl::string_view name) {
  constexpr absl::string_view kAllowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
  return !name.empty() && name.size() <= kMaxName && name[0] != '.' &&
         name.find_first_not_of(kAllowed) == name.npos;
}

bool IsCheckpointMember(absl::string_view name) {
  if (std::find(std::begin(kCheckpointFiles), std::end(kCheckpointFiles), name) !=
      std::end(kCheckpointFiles)) {
    return true;
  }
  return absl::ConsumePrefix(&name, kCheckpointImages) && absl::ConsumePrefix(&name, "/") &&
         IsCheckpointImage(name);
}

void CheckpointInventory::Add(absl::string_view name, uint64_t size, const Digest& digest) {
  absl::StrAppend(&text_, name, " ", size, " ", digest.str(), "\n");
}

absl::Status CheckCheckpointRoom(int place, uint64_t size) {
  ASSIGN_OR_RETURN(const sys::Space space, ToStatusOr(sys::SpaceOf(place), "free space"));
  if (space.free_bytes < size + kCheckpointHeadroom) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the checkpoint takes ", size, " bytes, and the disk has ", space.free_bytes));
  }
  return absl::OkStatus();
}

}  // namespace berth::imageservice
