// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/sys/file.h"
#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/layer_pipeline.h"
#include "imageservice/layer/merged_view.h"
#include "tests/fuzz/require.h"

// A layer's archive: whatever it holds, nothing changes outside the layer's directory, and the
// layers below stay as they are. The first byte says how the rest is packed and what is known of
// the layers below; tar checksums are put right, or no fuzzer would get past them.
namespace berth::imageservice {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBlock = 512;
constexpr size_t kSizeField = 124;
constexpr size_t kSizeFieldLength = 12;
constexpr size_t kSumField = 148;
constexpr size_t kSumFieldLength = 8;
constexpr uint64_t kMaxUnpacked = 8 << 20;

void FixChecksum(char* block) {
  memset(block + kSumField, ' ', kSumFieldLength);
  unsigned sum = 0;
  for (size_t i = 0; i < kBlock; ++i) {
    sum += static_cast<unsigned char>(block[i]);
  }
  snprintf(block + kSumField, kSumFieldLength, "%06o", sum);
}

std::string FixChecksums(std::string tar) {
  size_t at = 0;
  while (at + kBlock <= tar.size()) {
    std::string field = tar.substr(at + kSizeField, kSizeFieldLength);
    size_t size = strtoul(field.c_str(), nullptr, 8);
    if (tar.find_first_not_of('\0', at) >= at + kBlock) {
      break;  // the end marker
    }
    FixChecksum(&tar[at]);
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  return tar;
}

// A place with a layer below and a neighbour that must not change.
class Place {
 public:
  Place() : root_((fs::temp_directory_path() / "berth-fuzz-XXXXXX").string()) {
    Require(mkdtemp(root_.data()) != nullptr);
    fs::create_directories(root_ + "/victim/d");
    std::ofstream(root_ + "/victim/f") << "untouched";
    fs::create_directories(root_ + "/below/usr/bin");
    std::ofstream(root_ + "/below/usr/bin/f") << "untouched";
    fs::create_symlink("usr/bin", root_ + "/below/bin");
    fs::create_symlink("../victim", root_ + "/below/out");
    fs::create_directory(root_ + "/layer");
  }
  ~Place() {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  std::string Path(const char* name) const { return absl::StrCat(root_, "/", name); }

  void RequireIntact() const {
    for (const char* name : {"victim", "below/usr/bin"}) {
      size_t entries = 0;
      for (const auto& entry : fs::directory_iterator(Path(name))) {
        Require(entry.path().filename() == "f" || entry.path().filename() == "d");
        ++entries;
      }
      Require(entries == (strcmp(name, "victim") == 0 ? 2 : 1));
      std::string content;
      std::getline(std::ifstream(absl::StrCat(Path(name), "/f")) >> std::ws, content);
      Require(content == "untouched");
    }
    struct stat info = {};
    Require(lstat(Path("below/usr/bin/f").c_str(), &info) == 0 && info.st_nlink == 1);
    Require(std::distance(fs::directory_iterator(root_), {}) == 3);
  }

 private:
  std::string root_;
};

void Unpack(const Place& place, Compression compression, const std::string& bytes,
            const MergedView* known, const MergedView& parents) {
  sys::ErrnoOr<sys::Fd> directory =
      sys::OpenAt(AT_FDCWD, place.Path("layer").c_str(), O_RDONLY | O_DIRECTORY);
  Require(directory.ok());
  absl::StatusOr<LayerExtractor> extractor = LayerExtractor::New(*std::move(directory), known);
  if (!extractor.ok()) {
    return;
  }
  LayerPipeline pipeline(compression, *extractor, kMaxUnpacked);
  if (!pipeline.Write(bytes).ok()) {
    return;
  }
  absl::StatusOr<LayerPipeline::Outcome> outcome = pipeline.Finish();
  if (outcome.ok() && !outcome->needs_parents) {
    absl::StatusOr<bool> settled = extractor->Settle(parents);
    Require(!settled.ok() || *settled || known == nullptr);
  }
}

}  // namespace
}  // namespace berth::imageservice

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace berth::imageservice;  // NOLINT(google-build-using-namespace) the entry point is
                                        // C's
  if (size == 0) {
    return 0;
  }
  std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  Place place;
  MergedView none;
  absl::StatusOr<MergedView> below = MergedView::Open({place.Path("below")});
  berth::Require(below.ok());
  switch (data[0] % 5) {
    case 0:
      Unpack(place, Compression::kNone, FixChecksums(bytes), &none, none);
      break;
    case 1:
      Unpack(place, Compression::kNone, FixChecksums(bytes), nullptr, *below);
      break;
    case 2:
      Unpack(place, Compression::kNone, FixChecksums(bytes), &*below, *below);
      break;
    case 3:
      Unpack(place, Compression::kGzip, bytes, &none, none);
      break;
    default:
      Unpack(place, Compression::kZstd, bytes, &none, none);
      break;
  }
  place.RequireIntact();
  return 0;
}
