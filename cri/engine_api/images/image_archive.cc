// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_archive.h"

#include "absl/strings/str_cat.h"

#include "base/kernel_names.h"
#include "base/status.h"
#include "cri/engine_api/image_platform.h"
#include "cri/engine_api/images/image_events.h"
#include "cri/engine_api/images/image_name.h"
#include "imageservice/image/reference.h"

namespace berth::cri {
namespace {

constexpr size_t kMaxSaved = 256;  // names of one request

std::string ArchiveLine(absl::string_view text) {
  return absl::StrCat(FormatJson({{"stream", absl::StrCat(text, "\n")}}), "\r\n");
}

// Those of the node's platform are what is taken of an archive.
absl::Status CheckIsNodes(const EngineRequest& request) {
  imageservice::Image node;
  node.os = "linux";
  node.architecture = ReadKernelNames().machine;
  const absl::Status is_nodes = CheckIsOf(request, "platform", "", node);
  return absl::IsNotFound(is_nodes) ? absl::UnimplementedError(absl::StrCat(
                                          "load: only images of the node's platform, ", node.os,
                                          "/", node.architecture, ", are taken of an archive"))
                                    : is_nodes;
}

}  // namespace

absl::Status SaveImages(Exchange& exchange, imageservice::ImageStore& images, EventHub& events,
                        const std::vector<std::string>& names) {
  if (names.empty() || names.size() > kMaxSaved) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"names\": between 1 and ", kMaxSaved, " images can be saved at once"));
  }
  for (const std::string& name : names) {
    const absl::StatusOr<imageservice::Image> image = images.Find(name);
    if (image.ok()) {  // it may be a repository with many
      RETURN_IF_ERROR(CheckIsOf(exchange.request(), "platform", name, *image));
    }
  }
  const absl::Status saved =
      images.Save(exchange.call(), names, [&exchange](absl::string_view bytes) {
        if (!exchange.answered()) {
          exchange.Begin("application/x-tar");
        }
        exchange.Write(bytes);
        return exchange.call().Check();
      });
  if (absl::IsNotFound(saved) && !exchange.answered()) {
    for (const std::string& name : names) {
      if (absl::IsNotFound(images.Find(name).status())) {
        return NoSuchImage(name);
      }
    }
  }
  for (const std::string& name : names) {
    if (const auto image = images.Find(name); saved.ok() && image.ok()) {
      TellOfImage(events, "save", image->id, "");
    }
  }
  if (!saved.ok() && exchange.answered()) {
    exchange.Break();
  }
  return saved;
}

absl::Status LoadImages(Exchange& exchange, imageservice::ImageStore& images) {
  RETURN_IF_ERROR(CheckIsNodes(exchange.request()));
  ASSIGN_OR_RETURN(const std::vector<imageservice::LoadedImage> loaded,
                   images.Load(exchange.call(), [&exchange] { return exchange.ReadPiece(); }));
  exchange.Begin("application/json");
  for (const imageservice::LoadedImage& image : loaded) {
    for (const std::string& name : image.names) {
      exchange.Write(ArchiveLine(absl::StrCat("Loaded image: ", imageservice::FamiliarName(name))));
    }
    if (image.names.empty()) {
      exchange.Write(ArchiveLine(absl::StrCat("Loaded image ID: ", image.id)));
    }
  }
  return absl::OkStatus();
}

}  // namespace berth::cri
