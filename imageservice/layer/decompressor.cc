// SPDX-License-Identifier: Apache-2.0
#include "imageservice/layer/decompressor.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include <isa-l/igzip_lib.h>

namespace berth::imageservice {
namespace {

constexpr int kMaxZstdWindowLog = 27;  // 128 MiB, the most that zstd's own tools take unasked

class Copier : public Decompressor {
 public:
  absl::Status Feed(absl::string_view input, ByteSink& sink) override {
    while (!input.empty()) {
      std::span<char> space = sink.Space();
      size_t size = std::min(space.size(), input.size());
      memcpy(space.data(), input.data(), size);
      RETURN_IF_ERROR(sink.Advance(size));
      input.remove_prefix(size);
    }
    return absl::OkStatus();
  }
  absl::Status Finish() override { return absl::OkStatus(); }
};

class GzipDecompressor : public Decompressor {
 public:
  GzipDecompressor() : state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
    StartMember();
  }

  absl::Status Feed(absl::string_view input, ByteSink& sink) override {
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(input.data()));  // read only
    state_->avail_in = static_cast<uint32_t>(input.size());
    while (state_->avail_in > 0) {
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        StartMember();  // a gzip file is one or more members one after the other
      }
      if (in_header_) {
        RETURN_IF_ERROR(ReadHeader());
      } else {
        RETURN_IF_ERROR(Inflate(sink));
      }
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    if (state_->block_state != ISAL_BLOCK_FINISH) {
      return absl::DataLossError("the gzip stream is cut short");
    }
    return absl::OkStatus();
  }

 private:
  void StartMember() {
    uint8_t* next_in = state_->next_in;
    uint32_t avail_in = state_->avail_in;
    isal_inflate_reset(state_.get());
    state_->crc_flag = ISAL_GZIP_NO_HDR_VER;
    state_->next_in = next_in;
    state_->avail_in = avail_in;
    isal_gzip_header_init(&header_);
    in_header_ = true;
  }

  // isal_inflate could read the header too, but forgets its flags where one input ends and the next
  // begins.
  absl::Status ReadHeader() {
    int outcome = isal_read_gzip_header(state_.get(), &header_);
    if (outcome < 0) {
      return Malformed(outcome);
    }
    in_header_ = outcome != ISAL_DECOMP_OK;
    return absl::OkStatus();
  }

  absl::Status Inflate(ByteSink& sink) {
    do {  // a full output may hide bytes that igzip still holds back
      std::span<char> space = sink.Space();
      state_->next_out = reinterpret_cast<uint8_t*>(space.data());
      state_->avail_out = static_cast<uint32_t>(space.size());
      int outcome = isal_inflate(state_.get());
      if (outcome < 0) {
        return Malformed(outcome);
      }
      RETURN_IF_ERROR(sink.Advance(space.size() - state_->avail_out));
    } while (state_->avail_out == 0);
    return absl::OkStatus();
  }

  static absl::Status Malformed(int outcome) {
    return absl::DataLossError(absl::StrCat("malformed gzip stream (igzip ", outcome, ")"));
  }

  std::unique_ptr<inflate_state> state_;
  isal_gzip_header header_ = {};
  bool in_header_ = true;
};

class ZstdDecompressor : public Decompressor {
 public:
  ZstdDecompressor() : context_(ZSTD_createDCtx()) {
    ZSTD_DCtx_setParameter(context_, ZSTD_d_windowLogMax, kMaxZstdWindowLog);
  }
  ~ZstdDecompressor() override { ZSTD_freeDCtx(context_); }
  ZstdDecompressor(const ZstdDecompressor&) = delete;
  ZstdDecompressor& operator=(const ZstdDecompressor&) = delete;

  absl::Status Feed(absl::string_view input, ByteSink& sink) override {
    ZSTD_inBuffer in = {input.data(), input.size(), 0};
    bool more = !input.empty();  // asked without input, zstd would say that a frame has begun
    while (more) {
      std::span<char> space = sink.Space();
      ZSTD_outBuffer out = {space.data(), space.size(), 0};
      size_t pending = ZSTD_decompressStream(context_, &out, &in);
      if (ZSTD_isError(pending) != 0) {
        return absl::DataLossError(
            absl::StrCat("malformed zstd stream: ", ZSTD_getErrorName(pending)));
      }
      at_frame_end_ = pending == 0;
      RETURN_IF_ERROR(sink.Advance(out.pos));
      more = in.pos < in.size || (out.pos == out.size && !at_frame_end_);
    }
    return absl::OkStatus();
  }

  absl::Status Finish() override {
    if (!at_frame_end_) {
      return absl::DataLossError("the zstd stream is cut short");
    }
    return absl::OkStatus();
  }

 private:
  ZSTD_DCtx* context_;
  bool at_frame_end_ = false;
};

}  // namespace

std::unique_ptr<Decompressor> Decompressor::New(Compression compression) {
  switch (compression) {
    case Compression::kNone:
      return std::make_unique<Copier>();
    case Compression::kGzip:
      return std::make_unique<GzipDecompressor>();
    case Compression::kZstd:
      return std::make_unique<ZstdDecompressor>();
  }
  return nullptr;
}

}  // namespace berth::imageservice
