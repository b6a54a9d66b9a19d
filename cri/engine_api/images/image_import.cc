// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_import.h"

#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

#include "base/kernel_names.h"
#include "base/status.h"
#include "base/time_text.h"
#include "cri/engine_api/images/image_events.h"
#include "cri/engine_api/images/image_name.h"
#include "cri/engine_api/images/pull_report.h"
#include "imageservice/build/image_commit.h"
#include "imageservice/image/platform.h"
#include "imageservice/image/reference.h"
#include "imageservice/layer/any_decompressor.h"
#include "imageservice/registry/remote_stream.h"

namespace berth::cri {
namespace {

constexpr uint64_t kMaxImportedBytes = uint64_t{1} << 40;  // unpacked

absl::StatusOr<imageservice::Platform> PlatformOf(const EngineRequest& request) {
  const std::string text = request.Query("platform");
  if (!text.empty()) {
    return imageservice::ParsePlatform(text);
  }
  return imageservice::ParsePlatform(absl::StrCat("linux/", ReadKernelNames().machine));
}

// Docker takes an address without a scheme for one of http.
std::string AddressOf(const std::string& source) {
  return absl::StrContains(source, "://") ? source : absl::StrCat("http://", source);
}

absl::StatusOr<imageservice::NewImage> DescribeImage(const EngineRequest& request) {
  imageservice::NewImage image;
  const std::string name = JoinTag(request.Query("repo"), request.Query("tag"));
  if (!name.empty()) {
    ASSIGN_OR_RETURN(const imageservice::ImageReference reference,
                     imageservice::ImageReference::Parse(name));
    image.names.push_back(reference.str());
  }
  ASSIGN_OR_RETURN(const imageservice::Platform platform, PlatformOf(request));
  imageservice::CommitDraft draft;
  draft.platform = imageservice::FormatPlatform(platform);
  draft.changes = ReadChanges(request);
  draft.comment = request.Query("message");
  draft.created = TimeText(absl::Now());
  ASSIGN_OR_RETURN(image.config, FormatCommit(draft));
  return image;
}

}  // namespace

std::vector<std::string> ReadChanges(const EngineRequest& request) {
  std::vector<std::string> changes;
  for (const std::string& text : request.QueryAll("changes")) {
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      const absl::string_view stripped = absl::StripAsciiWhitespace(line);
      if (!stripped.empty()) {
        changes.emplace_back(stripped);
      }
    }
  }
  return changes;
}

absl::Status ImportImage(Exchange& exchange, imageservice::ImageStore& images, EventHub& events) {
  const EngineRequest& request = exchange.request();
  if (request.Query("fromSrc").empty()) {
    return absl::InvalidArgumentError(
        "invalid reference format: neither fromImage nor fromSrc names anything");
  }
  ASSIGN_OR_RETURN(imageservice::NewImage image, DescribeImage(request));
  std::unique_ptr<imageservice::RemoteStream> remote;
  if (const std::string from = request.Query("fromSrc"); from != "-") {
    ASSIGN_OR_RETURN(remote, imageservice::RemoteStream::Open(exchange.call(), AddressOf(from)));
  }
  const std::unique_ptr<imageservice::ImageAuthor> author = images.NewAuthor();
  imageservice::AnyDecompressor archive(
      [&] { return remote != nullptr ? remote->Next() : exchange.ReadPiece(); }, kMaxImportedBytes);
  absl::StatusOr<imageservice::AuthoredLayer> layer =
      author->ImportLayer(exchange.call(), "", [&archive] { return archive.Next(); });
  if (absl::IsDataLoss(layer.status())) {
    return absl::InvalidArgumentError(layer.status().message());
  }
  RETURN_IF_ERROR(layer.status());
  ASSIGN_OR_RETURN(imageservice::AuthoredLayer packed,
                   author->Repack(exchange.call(), *layer, imageservice::Compression::kGzip));
  image.layers.push_back(std::move(packed));
  ASSIGN_OR_RETURN(const imageservice::Image made, author->Compose(exchange.call(), image));
  TellOfImage(events, "import", made.id, "");
  exchange.Begin("application/json");
  exchange.Write(StatusLine(made.id));
  return absl::OkStatus();
}

}  // namespace berth::cri
