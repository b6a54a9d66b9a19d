// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zlib.h>

#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace berth::cri {

inline constexpr size_t kMaxSpdyHeaderBlock = 16 << 10;  // unpacked
inline constexpr size_t kMaxSpdyHeaders = 64;

// By name, which is lower case. Several values of one name are one value with NULs in between.
using SpdyHeaders = std::map<std::string, std::string, std::less<>>;

// What both ends' compressors begin with, agreed upon by SPDY/3.
absl::string_view SpdyHeaderDictionary();

// A header block before it is packed. InvalidArgument when it is malformed, names something twice
// or with capitals, or what only HTTP/1 has; ResourceExhausted when there are too many.
absl::StatusOr<SpdyHeaders> ParseHeaderBlock(absl::string_view plain);
std::string FormatHeaderBlock(const SpdyHeaders& headers);

// Packs the header blocks of one direction of a connection, all in one zlib stream.
class SpdyHeaderPacker {
 public:
  SpdyHeaderPacker();
  ~SpdyHeaderPacker();
  SpdyHeaderPacker(const SpdyHeaderPacker&) = delete;
  SpdyHeaderPacker& operator=(const SpdyHeaderPacker&) = delete;

  std::string Pack(absl::string_view plain);

 private:
  z_stream zlib_ = {};
};

// The other end of it. After an error nothing can be unpacked any more.
class SpdyHeaderUnpacker {
 public:
  SpdyHeaderUnpacker();
  ~SpdyHeaderUnpacker();
  SpdyHeaderUnpacker(const SpdyHeaderUnpacker&) = delete;
  SpdyHeaderUnpacker& operator=(const SpdyHeaderUnpacker&) = delete;

  // The block of one frame, which has to be used up by it. InvalidArgument, or ResourceExhausted
  // when it unpacks to more than kMaxSpdyHeaderBlock bytes.
  absl::StatusOr<std::string> Unpack(absl::string_view packed);

 private:
  z_stream zlib_ = {};
};

}  // namespace berth::cri
