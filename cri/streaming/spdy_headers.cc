// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/spdy_headers.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

#include "base/big_endian.h"
#include "base/status.h"

namespace berth::cri {
namespace {

constexpr size_t kLength = sizeof(uint32_t);

// What we send is short: a small window does, and any peer takes it.
constexpr int kPackWindowBits = 11;
constexpr int kPackMemoryLevel = 4;
constexpr size_t kPackPiece = 256;

constexpr absl::string_view kOfHttp1Only[] = {"connection", "host", "keep-alive",
                                              "proxy-connection", "transfer-encoding"};

// The dictionary has these, each after its length, and then kDictionaryText.
constexpr absl::string_view kDictionaryWords[] = {"options",
                                                  "head",
                                                  "post",
                                                  "put",
                                                  "delete",
                                                  "trace",
                                                  "accept",
                                                  "accept-charset",
                                                  "accept-encoding",
                                                  "accept-language",
                                                  "accept-ranges",
                                                  "age",
                                                  "allow",
                                                  "authorization",
                                                  "cache-control",
                                                  "connection",
                                                  "content-base",
                                                  "content-encoding",
                                                  "content-language",
                                                  "content-length",
                                                  "content-location",
                                                  "content-md5",
                                                  "content-range",
                                                  "content-type",
                                                  "date",
                                                  "etag",
                                                  "expect",
                                                  "expires",
                                                  "from",
                                                  "host",
                                                  "if-match",
                                                  "if-modified-since",
                                                  "if-none-match",
                                                  "if-range",
                                                  "if-unmodified-since",
                                                  "last-modified",
                                                  "location",
                                                  "max-forwards",
                                                  "pragma",
                                                  "proxy-authenticate",
                                                  "proxy-authorization",
                                                  "range",
                                                  "referer",
                                                  "retry-after",
                                                  "server",
                                                  "te",
                                                  "trailer",
                                                  "transfer-encoding",
                                                  "upgrade",
                                                  "user-agent",
                                                  "vary",
                                                  "via",
                                                  "warning",
                                                  "www-authenticate",
                                                  "method",
                                                  "get",
                                                  "status",
                                                  "200 OK",
                                                  "version",
                                                  "HTTP/1.1",
                                                  "url",
                                                  "public",
                                                  "set-cookie",
                                                  "keep-alive",
                                                  "origin"};
constexpr absl::string_view kDictionaryText =
    "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505"
    "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Una"
    "uthorized403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service"
    " UnavailableJan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, "
    "Fri, Sat, Sun, GMTchunked,text/html,image/png,image/jpg,image/gif,application/xml,applicat"
    "ion/xhtml+xml,text/plain,text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf"
    "-8charset=iso-8859-1,utf-,*,enq=0.";

absl::Status Malformed(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("malformed SPDY headers: ", what));
}

bool TakeNumber(absl::string_view& rest, uint32_t& number) {
  if (rest.size() < kLength) {
    return false;
  }
  number = ReadUint32(rest, 0);
  rest.remove_prefix(kLength);
  return true;
}

bool TakeText(absl::string_view& rest, absl::string_view& text) {
  uint32_t size = 0;
  if (!TakeNumber(rest, size) || rest.size() < size) {
    return false;
  }
  text = rest.substr(0, size);
  rest.remove_prefix(size);
  return true;
}

void AppendText(absl::string_view text, std::string& out) {
  AppendUint32(static_cast<uint32_t>(text.size()), out);
  absl::StrAppend(&out, text);
}

bool IsName(absl::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) &&
           !absl::ascii_isupper(static_cast<unsigned char>(c));
  });
}

bool IsOfHttp1Only(absl::string_view name) {
  return std::find(std::begin(kOfHttp1Only), std::end(kOfHttp1Only), name) !=
         std::end(kOfHttp1Only);
}

const Bytef* BytesOf(absl::string_view text) {
  return reinterpret_cast<const Bytef*>(text.data());
}

// zlib's functions fail without memory only, in what they are used for here.
void Require(int outcome) {
  if (outcome != Z_OK) {
    abort();
  }
}

}  // namespace

absl::string_view SpdyHeaderDictionary() {
  static const std::string* const dictionary = [] {
    auto* text = new std::string();  // for the life of the program
    for (absl::string_view word : kDictionaryWords) {
      AppendText(word, *text);
    }
    absl::StrAppend(text, kDictionaryText);
    return text;
  }();
  return *dictionary;
}

absl::StatusOr<SpdyHeaders> ParseHeaderBlock(absl::string_view plain) {
  uint32_t count = 0;
  if (!TakeNumber(plain, count)) {
    return Malformed("they are cut short");
  }
  if (count > kMaxSpdyHeaders) {
    return absl::ResourceExhaustedError(absl::StrCat(count, " SPDY headers"));
  }
  SpdyHeaders headers;
  for (; count > 0; --count) {
    absl::string_view name;
    absl::string_view value;
    if (!TakeText(plain, name) || !TakeText(plain, value)) {
      return Malformed("they are cut short");
    }
    if (!IsName(name) || IsOfHttp1Only(name)) {
      return Malformed("a name that may not be there");
    }
    if (!headers.emplace(name, value).second) {
      return Malformed("a name is there twice");
    }
  }
  if (!plain.empty()) {
    return Malformed("there is more than they say");
  }
  return headers;
}

std::string FormatHeaderBlock(const SpdyHeaders& headers) {
  std::string plain;
  AppendUint32(static_cast<uint32_t>(headers.size()), plain);
  for (const auto& [name, value] : headers) {
    AppendText(name, plain);
    AppendText(value, plain);
  }
  return plain;
}

SpdyHeaderPacker::SpdyHeaderPacker() {
  Require(deflateInit2(&zlib_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kPackWindowBits, kPackMemoryLevel,
                       Z_DEFAULT_STRATEGY));
  const absl::string_view dictionary = SpdyHeaderDictionary();
  Require(deflateSetDictionary(&zlib_, BytesOf(dictionary), static_cast<uInt>(dictionary.size())));
}

SpdyHeaderPacker::~SpdyHeaderPacker() {
  deflateEnd(&zlib_);
}

std::string SpdyHeaderPacker::Pack(absl::string_view plain) {
  zlib_.next_in = const_cast<Bytef*>(BytesOf(plain));  // read only
  zlib_.avail_in = static_cast<uInt>(plain.size());
  std::string packed;
  do {
    const size_t done = packed.size();
    packed.resize(done + kPackPiece);
    zlib_.next_out = reinterpret_cast<Bytef*>(&packed[done]);
    zlib_.avail_out = kPackPiece;
    deflate(&zlib_, Z_SYNC_FLUSH);  // its outcome says no more than that there was nothing to add
    packed.resize(packed.size() - zlib_.avail_out);
  } while (zlib_.avail_out == 0);
  return packed;
}

SpdyHeaderUnpacker::SpdyHeaderUnpacker() {
  Require(inflateInit(&zlib_));
}

SpdyHeaderUnpacker::~SpdyHeaderUnpacker() {
  inflateEnd(&zlib_);
}

absl::StatusOr<std::string> SpdyHeaderUnpacker::Unpack(absl::string_view packed) {
  zlib_.next_in = const_cast<Bytef*>(BytesOf(packed));  // read only
  zlib_.avail_in = static_cast<uInt>(packed.size());
  std::string plain(kMaxSpdyHeaderBlock + 1, '\0');
  zlib_.next_out = reinterpret_cast<Bytef*>(plain.data());
  zlib_.avail_out = static_cast<uInt>(plain.size());
  int outcome = inflate(&zlib_, Z_SYNC_FLUSH);
  if (outcome == Z_NEED_DICT) {
    const absl::string_view dictionary = SpdyHeaderDictionary();
    outcome =
        inflateSetDictionary(&zlib_, BytesOf(dictionary), static_cast<uInt>(dictionary.size()));
    if (outcome == Z_OK) {
      outcome = inflate(&zlib_, Z_SYNC_FLUSH);
    }
  }
  if (outcome != Z_OK) {
    return Malformed("they cannot be unpacked");
  }
  if (zlib_.avail_out == 0) {
    return absl::ResourceExhaustedError("SPDY headers unpack to too much");
  }
  plain.resize(plain.size() - zlib_.avail_out);
  return plain;
}

}  // namespace berth::cri
