// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/layer_step.h"

#include <fcntl.h>

#include <limits>
#include <utility>

#include "absl/cleanup/cleanup.h"

#include "base/log.h"
#include "base/status.h"
#include "base/sys/file.h"
#include "imageservice/content/headroom.h"
#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/layer_pipeline.h"

namespace berth::imageservice {

absl::Status WriteInto(const Call& call, const std::string& directory, const MergedView& image,
                       WriteMembers write) {
  ASSIGN_OR_RETURN(
      sys::Fd upper,
      ToStatusOr(sys::OpenAt(AT_FDCWD, directory.c_str(), O_RDONLY | O_DIRECTORY), directory));
  ASSIGN_OR_RETURN(const sys::Fd disk, ToStatusOr(sys::Duplicate(upper.get()), directory));
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(upper), &image));
  {
    LayerPipeline pipeline(Compression::kNone, extractor, std::numeric_limits<uint64_t>::max(),
                           [&]() -> absl::Status {
                             RETURN_IF_ERROR(call.Check());
                             return CheckHeadroom(disk.get());
                           });
    TarWriter writer([&pipeline](absl::string_view bytes) { return pipeline.Write(bytes); });
    RETURN_IF_ERROR(write(image, writer));
    RETURN_IF_ERROR(writer.Finish());
    RETURN_IF_ERROR(pipeline.Finish().status());
  }
  return extractor.Settle(image).status();
}

absl::StatusOr<AuthoredLayer> MakeWrittenLayer(const Call& call, const BuildJob& job,
                                               const std::string& chain, const std::string& key,
                                               Below below, WriteMembers write) {
  ASSIGN_OR_RETURN(const Rootfs root, job.author.PrepareRootfs(chain, key));
  absl::Cleanup undo = [&] { LogIfError(job.images.RemoveRootfs(key), "a build's root stays"); };
  MergedView image;
  if (below == Below::kSeen) {
    ASSIGN_OR_RETURN(image, MergedView::Open(root.lower));
  }
  RETURN_IF_ERROR(WriteInto(call, root.upper, image, write));
  ASSIGN_OR_RETURN(AuthoredLayer layer, job.author.CommitRootfs(call, key, {.epoch = job.epoch}));
  std::move(undo).Cancel();
  return layer;
}

absl::StatusOr<ChainView> ChainView::Open(const BuildJob& job, const std::string& chain,
                                          const std::string& key) {
  ASSIGN_OR_RETURN(Rootfs root, job.author.PrepareView(chain, key));
  absl::StatusOr<MergedView> tree = MergedView::Open(root.lower);
  ChainView view(&job.images, key, std::move(root), MergedView());
  RETURN_IF_ERROR(tree.status());
  view.tree_ = *std::move(tree);
  return view;
}

ChainView::ChainView(ImageStore* images, std::string key, Rootfs root, MergedView tree)
    : images_(images), key_(std::move(key)), root_(std::move(root)), tree_(std::move(tree)) {}

ChainView::ChainView(ChainView&& other) noexcept
    : images_(std::exchange(other.images_, nullptr)),
      key_(std::move(other.key_)),
      root_(std::move(other.root_)),
      tree_(std::move(other.tree_)) {}

ChainView::~ChainView() {
  if (images_ != nullptr) {
    LogIfError(images_->RemoveRootfs(key_), "a build's view stays");
  }
}

}  // namespace berth::imageservice
