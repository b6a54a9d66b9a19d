// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "base/call.h"
#include "imageservice/build/build_job.h"
#include "imageservice/build/ignore_file.h"
#include "imageservice/image_author.h"
#include "imageservice/layer/merged_view.h"
#include "imageservice/registry/http_client.h"

namespace berth::imageservice {

inline constexpr uint64_t kMaxContextBytes = uint64_t{64} << 30;  // unpacked

// Unpacks an archive, however it is packed, into the empty `directory` (a path of ours). Nothing of
// it leads out. InvalidArgument for what is no archive, or holds what none may; as CheckHeadroom.
absl::Status UnpackArchive(const Call& call, const ArchiveSource& source,
                           const std::string& directory);

// The build's context: the caller's directory itself, or what is made below `directory` (a path of
// ours) of the archive or of the place that the request names. As UnpackArchive, and FetchRemote.
absl::StatusOr<BuildContext> MakeContext(const Call& call, HttpClient& http,
                                         const BuildRequest& request, const ContextSource& source,
                                         const std::string& directory);

// The bytes of an open file from its start on, by way of `buffer`.
ArchiveSource BytesOf(int file, std::string& buffer);

// Whether the file is a tar archive, packed or not.
bool IsArchive(int file);

// What the context's ignore file says: the one named after the Dockerfile, or .dockerignore.
absl::StatusOr<IgnoreFile> ReadIgnoreFile(const MergedView& context, absl::string_view dockerfile);

}  // namespace berth::imageservice
