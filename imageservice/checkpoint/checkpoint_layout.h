// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "base/digest.h"

// What a checkpoint archive is made of, for who writes and who reads one. The layout is the one
// that checkpointctl, CRI-O and containerd read.
namespace berth::imageservice {

inline constexpr uint64_t kCheckpointHeadroom = uint64_t{64} << 20;  // stays free on the disk

// The directory of CRIU's images, in the archive and beside its files on disk.
inline constexpr char kCheckpointImages[] = "checkpoint";
inline constexpr char kConfigDump[] = "config.dump";
inline constexpr char kSpecDump[] = "spec.dump";
inline constexpr char kBerthDump[] = "berth.dump";  // what a restore must know
inline constexpr char kRootfsDiff[] = "rootfs-diff.tar";
inline constexpr char kDeletedFiles[] = "deleted.files";
inline constexpr char kDumpLog[] = "dump.log";
inline constexpr char kStatsDump[] = "stats-dump";
inline constexpr const char* kCheckpointFiles[] = {
    kConfigDump, kSpecDump, kBerthDump, kRootfsDiff, kDeletedFiles, kDumpLog, kStatsDump};

// The last member: our signature over the inventory of all before it.
inline constexpr char kCheckpointSignature[] = "berth.signature";

// Whether CRIU's image may have the name in checkpoint/, and whether a member may have the name: a
// file's of the layout, or that of an image. Pure.
bool IsCheckpointImage(absl::string_view name);
bool IsCheckpointMember(absl::string_view name);

// What is signed: names, sizes and digests of the members, in the archive's order.
class CheckpointInventory {
 public:
  void Add(absl::string_view name, uint64_t size, const Digest& digest);
  const std::string& text() const { return text_; }

 private:
  std::string text_ = "berth checkpoint, version 1\n";
};

// ResourceExhausted when `size` bytes do not fit on the disk of the open `place`.
absl::Status CheckCheckpointRoom(int place, uint64_t size);

}  // namespace berth::imageservice
