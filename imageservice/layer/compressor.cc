// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/compressor.h"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <deque>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"

#include "base/status.h"
#include "base/thread_pool.h"

namespace berth::imageservice {
namespace {

constexpr size_t kBlockSize = 1 << 20;  // changing it, or a level, changes the digests of images
constexpr int kGzipLevel = 6;
constexpr int kZstdLevel = 3;
constexpr unsigned kMaxThreads = 8;

class Passing : public Compressor {
 public:
  explicit Passing(Sink sink) : sink_(std::move(sink)) {}
  absl::Status Write(absl::string_view bytes) override { return sink_(bytes); }
  absl::Status Finish() override { return absl::OkStatus(); }

 private:
  const Sink sink_;
};

struct Block {
  std::string bytes;
  std::string packed;  // empty after a failure
  absl::Notification done;
};

void Pack(Block& block) {
  libdeflate_compressor* compressor = libdeflate_alloc_compressor(kGzipLevel);
  if (compressor != nullptr) {
    block.packed.resize(libdeflate_gzip_compress_bound(compressor, block.bytes.size()));
    block.packed.resize(libdeflate_gzip_compress(compressor, block.bytes.data(), block.bytes.size(),
                                                 block.packed.data(), block.packed.size()));
    libdeflate_free_compressor(compressor);
  }
  block.done.Notify();
}

class GzipCompressor : public Compressor {
 public:
  explicit GzipCompressor(Sink sink)
      : sink_(std::move(sink)),
        threads_(std::clamp(std::thread::hardware_concurrency(), 1U, kMaxThreads)),
        pool_("gzip", static_cast<int>(threads_), ThreadPool::Life::kJob) {}

  absl::Status Write(absl::string_view bytes) override {
    while (!bytes.empty()) {
      const size_t size = std::min(kBlockSize - filling_.size(), bytes.size());
      filling_.append(bytes.data(), size);
      bytes.remove_prefix(size);
      if (filling_.size() == kBlockSize) {
        RETURN_IF_ERROR(HandOver());
      }
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    if (!filling_.empty() || !any_) {  // no bytes at all are a member too
      RETURN_IF_ERROR(HandOver());
    }
    while (!blocks_.empty()) {
      RETURN_IF_ERROR(TakeFirst());
    }
    return absl::OkStatus();
  }

 private:
  absl::Status HandOver() {
    any_ = true;
    blocks_.push_back(std::make_unique<Block>());
    blocks_.back()->bytes = std::exchange(filling_, std::string());
    filling_.reserve(kBlockSize);
    pool_.Schedule([block = blocks_.back().get()] { Pack(*block); });
    return blocks_.size() > 2 * threads_ ? TakeFirst() : absl::OkStatus();
  }

  absl::Status TakeFirst() {
    blocks_.front()->done.WaitForNotification();
    const std::unique_ptr<Block> block = std::move(blocks_.front());
    blocks_.pop_front();
    return block->packed.empty() ? absl::ResourceExhaustedError("no memory to pack with gzip")
                                 : sink_(block->packed);
  }

  const Sink sink_;
  const size_t threads_;
  std::string filling_;
  bool any_ = false;
  std::deque<std::unique_ptr<Block>> blocks_;
  ThreadPool pool_;  // ends before what it works on
};

class ZstdCompressor : public Compressor {
 public:
  explicit ZstdCompressor(Sink sink)
      : sink_(std::move(sink)), context_(ZSTD_createCCtx()), out_(ZSTD_CStreamOutSize(), '\0') {
    ZSTD_CCtx_setParameter(context_, ZSTD_c_compressionLevel, kZstdLevel);
    ZSTD_CCtx_setParameter(context_, ZSTD_c_checksumFlag, 1);
    // With one worker or more the bytes are the same, with none they are others.
    ZSTD_CCtx_setParameter(context_, ZSTD_c_nbWorkers, 2);
  }
  ~ZstdCompressor() override { ZSTD_freeCCtx(context_); }
  ZstdCompressor(const ZstdCompressor&) = delete;
  ZstdCompressor& operator=(const ZstdCompressor&) = delete;

  absl::Status Write(absl::string_view bytes) override {
    ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
    while (in.pos < in.size) {
      RETURN_IF_ERROR(Step(in, ZSTD_e_continue).status());
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    ZSTD_inBuffer in = {nullptr, 0, 0};
    while (true) {
      ASSIGN_OR_RETURN(const size_t left, Step(in, ZSTD_e_end));
      if (left == 0) {
        return absl::OkStatus();
      }
    }
  }

 private:
  absl::StatusOr<size_t> Step(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
    ZSTD_outBuffer out = {out_.data(), out_.size(), 0};
    const size_t left = ZSTD_compressStream2(context_, &out, &in, directive);
    if (ZSTD_isError(left) != 0) {
      return absl::ResourceExhaustedError(
          absl::StrCat("pack with zstd: ", ZSTD_getErrorName(left)));
    }
    RETURN_IF_ERROR(sink_(absl::string_view(out_).substr(0, out.pos)));
    return left;
  }

  const Sink sink_;
  ZSTD_CCtx* context_;
  std::string out_;
};

}  // namespace

std::unique_ptr<Compressor> Compressor::New(Compression compression, Sink sink) {
  switch (compression) {
    case Compression::kGzip:
      return std::make_unique<GzipCompressor>(std::move(sink));
    case Compression::kZstd:
      return std::make_unique<ZstdCompressor>(std::move(sink));
    case Compression::kNone:
      break;
  }
  return std::make_unique<Passing>(std::move(sink));
}

}  // namespace berth::imageservice
