// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <zstd.h>

#include <memory>
#include <string>

#include <isa-l/igzip_lib.h>

namespace berth::test {

// One gzip member.
inline std::string Gzip(const std::string& bytes) {
  auto stream = std::make_unique<isal_zstream>();
  isal_deflate_stateless_init(stream.get());
  std::string packed(bytes.size() + bytes.size() / 8 + 1024, '\0');
  stream->next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(bytes.data()));
  stream->avail_in = static_cast<uint32_t>(bytes.size());
  stream->next_out = reinterpret_cast<uint8_t*>(packed.data());
  stream->avail_out = static_cast<uint32_t>(packed.size());
  stream->end_of_stream = 1;
  stream->gzip_flag = IGZIP_GZIP;
  isal_deflate_stateless(stream.get());
  packed.resize(stream->total_out);
  return packed;
}

// One zstd frame.
inline std::string Zstd(const std::string& bytes) {
  std::string packed(ZSTD_compressBound(bytes.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 3));
  return packed;
}

}  // namespace berth::test
