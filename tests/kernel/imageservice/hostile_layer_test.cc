// SPDX-License-Identifier: Apache-2.0
// Archives that try to get out of their directory, or to make more of it than they may.
#include <sys/stat.h>

#include <functional>
#include <string>

#include "gtest/gtest.h"

#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/layer_pipeline.h"
#include "imageservice/layer/member_path.h"
#include "tests/kernel/imageservice/layer_stack.h"
#include "tests/support/compress.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

using ::berth::test::Gzip;
using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;

struct Hostile {
  const char* name;
  std::function<void(TarBuilder&)> make;
};

// A layer with a directory `victim` beside it, which no archive may change.
class Cell {
 public:
  Cell() {
    stack_.space().Write("victim/secret", "secret");
    before_ = LayerStack::ListTree(Outside());
  }
  absl::Status Add(const Hostile& hostile) {
    TarBuilder tar;
    hostile.make(tar);
    return stack_.Add(tar.Finish());
  }
  LayerStack& stack() { return stack_; }
  std::string Outside() const { return stack_.space().Join("victim"); }
  bool Intact() const { return LayerStack::ListTree(Outside()) == before_; }

 private:
  LayerStack stack_;
  std::string before_;
};

KERNEL_TEST(HostileLayer, IsRefused) {
  const Hostile kCases[] = {
      {"dot dot", [](TarBuilder& tar) { tar.File("../victim/new"); }},
      {"dot dot inside", [](TarBuilder& tar) { tar.File("a/../../victim/new"); }},
      {"absolute dot dot", [](TarBuilder& tar) { tar.File("/../victim/new"); }},
      {"directory dot dot", [](TarBuilder& tar) { tar.Directory(".."); }},
      {"the root as a file", [](TarBuilder& tar) { tar.File("."); }},
      {"the root as a link", [](TarBuilder& tar) { tar.Symlink(".", "/"); }},
      {"no name", [](TarBuilder& tar) { tar.File(""); }},
      {"hard link out", [](TarBuilder& tar) { tar.HardLink("h", "../victim/secret"); }},
      {"hard link to a host file", [](TarBuilder& tar) { tar.HardLink("h", "/etc/hostname"); }},
      {"hard link through a link",
       [](TarBuilder& tar) { tar.Symlink("l", "../victim").HardLink("h", "l/secret"); }},
      {"hard link to nothing", [](TarBuilder& tar) { tar.HardLink("h", "nothing"); }},
      {"hard link to itself", [](TarBuilder& tar) { tar.File("f").HardLink("f", "f"); }},
      {"hard link to a directory", [](TarBuilder& tar) { tar.Directory("d").HardLink("h", "d"); }},
      {"hard link to the root", [](TarBuilder& tar) { tar.HardLink("h", "."); }},
      {"a device that is a whiteout", [](TarBuilder& tar) { tar.Device("gone", '3', 0, 0); }},
      {"overlay's xattr",
       [](TarBuilder& tar) {
         tar.File("f", "", {.pax = {{"SCHILY.xattr.trusted.overlay.redirect", "/victim"}}});
       }},
      {"overlay's xattr on a directory",
       [](TarBuilder& tar) {
         tar.Directory("d", {.mode = 0755, .pax = {{"SCHILY.xattr.trusted.overlay.opaque", "y"}}});
       }},
      {"overlay's user xattr",
       [](TarBuilder& tar) {
         tar.File("f", "", {.pax = {{"SCHILY.xattr.user.overlay.metacopy", ""}}});
       }},
      {"whiteout of dot dot", [](TarBuilder& tar) { tar.File("a/.wh..."); }},
      {"whiteout of dot", [](TarBuilder& tar) { tar.File("a/.wh.."); }},
      {"whiteout of nothing", [](TarBuilder& tar) { tar.File("a/.wh."); }},
      {"whiteout as a directory", [](TarBuilder& tar) { tar.Directory("a/.wh.b"); }},
      {"whiteout as a parent", [](TarBuilder& tar) { tar.File("a/.wh.b/c"); }},
      {"a file as a parent", [](TarBuilder& tar) { tar.File("f").File("f/g"); }},
      {"a fifo as a parent", [](TarBuilder& tar) { tar.Fifo("f").File("f/g"); }},
      {"symlinks in a circle",
       [](TarBuilder& tar) { tar.Symlink("a", "b").Symlink("b", "a").File("a/f"); }},
      {"a link to itself by way of the root",
       [](TarBuilder& tar) { tar.Symlink("victim", "../victim").File("victim/x", "x"); }},
      {"too deep",
       [](TarBuilder& tar) {
         std::string path;
         for (size_t i = 0; i <= kMaxPathDepth; ++i) {
           path += "d/";
         }
         tar.File(path + "f");
       }},
      {"too deep by links",
       [](TarBuilder& tar) {
         std::string path;
         for (size_t i = 0; i < kMaxPathDepth - 1; ++i) {
           path += "d/";
         }
         tar.Directory(path).Symlink("l", path).File("l/d/d/d/f");
       }},
      {"garbage", [](TarBuilder& tar) { tar.File("f", "x").Raw(std::string(512, 'g')); }},
      {"a huge sparse file", [](TarBuilder& tar) { tar.Sparse("s", uint64_t{1} << 60, {}); }},
  };
  for (const Hostile& hostile : kCases) {
    SCOPED_TRACE(hostile.name);
    Cell cell;
    EXPECT_THAT(cell.Add(hostile), StatusIs(absl::StatusCode::kDataLoss)) << hostile.name;
    EXPECT_TRUE(cell.Intact());
  }
}

// What is unpacked, since others do too, but stays inside.
KERNEL_TEST(HostileLayer, StaysInside) {
  const Hostile kCases[] = {
      {"through an absolute link",
       [](TarBuilder& tar) {
         tar.Symlink("l", "/").File("l/victim/new", "x").File("l/l/l/deep", "y");
       }},
      {"through a link out",
       [](TarBuilder& tar) { tar.Symlink("l", "../victim").File("l/secret", "overwritten"); }},
      {"through a chain of links",
       [](TarBuilder& tar) {
         tar.Symlink("a", "..").Symlink("b", "a/victim").File("b/secret", "overwritten");
       }},
      {"a link replaced by a directory",
       [](TarBuilder& tar) {
         tar.Symlink("l", "../victim").File("l/x", "x").Directory("l").File("l/y", "y");
       }},
      {"a directory replaced by a link",
       [](TarBuilder& tar) {
         tar.Directory("d").File("d/f").Symlink("d", "../victim").File("d/secret", "z");
       }},
      {"a file over a link",
       [](TarBuilder& tar) { tar.Symlink("f", "../victim/secret").File("f", "overwritten"); }},
      {"a hard link to a link, then a file over it",
       [](TarBuilder& tar) {
         tar.Symlink("l", "../victim/secret").HardLink("h", "l").File("h", "overwritten");
       }},
      {"a device over a link",
       [](TarBuilder& tar) {
         tar.Symlink("f", "../victim/secret").Device("f", '3', 1, 3, {.mode = 0777});
       }},
      {"a whiteout through a link",
       [](TarBuilder& tar) { tar.Symlink("l", "../victim").Whiteout("l/secret").Opaque("l"); }},
      {"/proc as a link",
       [](TarBuilder& tar) { tar.Symlink("l", "/proc/self/cwd").File("l/new", "x"); }},
      {"absolute names",
       [](TarBuilder& tar) { tar.File("/victim/new", "x").File("//etc/passwd", "x"); }},
  };
  for (const Hostile& hostile : kCases) {
    SCOPED_TRACE(hostile.name);
    for (bool above : {false, true}) {
      Cell cell;
      if (above) {
        TarBuilder base;
        ASSERT_THAT(cell.stack().Add(base.Directory("etc").Finish()), IsOk());
      }
      EXPECT_THAT(cell.Add(hostile), IsOk()) << hostile.name;
      EXPECT_TRUE(cell.Intact());
    }
  }
}

KERNEL_TEST(HostileLayer, CannotChangeLayersBelow) {
  LayerStack stack;
  TarBuilder base;
  base.File("d/f", "original").Symlink("l", "d");
  ASSERT_THAT(stack.Add(base.Finish()), IsOk());
  std::string below = stack.directories().front();
  std::string before = LayerStack::ListTree(below);
  TarBuilder above;
  above.HardLink("h", "d/f")
      .File("h", "changed")
      .File("l/f", "changed")
      .Whiteout("d/g")
      .Symlink("d/g", "f");
  ASSERT_THAT(stack.Add(above.Finish()), IsOk());
  EXPECT_EQ(LayerStack::ListTree(below), before);
}

absl::StatusOr<LayerPipeline::Outcome> Unpack(const std::string& packed, uint64_t max_bytes) {
  test::TempDir space;
  MergedView none;
  ASSIGN_OR_RETURN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSIGN_OR_RETURN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kGzip, extractor, max_bytes);
  for (size_t at = 0; at < packed.size(); at += 10000) {
    RETURN_IF_ERROR(pipeline.Write(absl::string_view(packed).substr(at, 10000)));
  }
  return pipeline.Finish();
}

KERNEL_TEST(LayerPipeline, HashesEverythingThatComesOut) {
  TarBuilder tar;
  std::string bytes =
      tar.File("f", std::string(3'000'000, 'x')).Finish() + std::string(700'000, '\0') + "trailing";
  ASSERT_OK_AND_ASSIGN(LayerPipeline::Outcome outcome, Unpack(Gzip(bytes), UINT64_MAX));
  EXPECT_EQ(outcome.diff_id, Digest::OfBytes(bytes));
  EXPECT_EQ(outcome.bytes, bytes.size());
  EXPECT_FALSE(outcome.needs_parents);
}

KERNEL_TEST(LayerPipeline, StopsWhereTheDiskWouldBeFull) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(8 << 20, '\0')).Finish());
  EXPECT_THAT(Unpack(packed, 4 << 20), StatusIs(absl::StatusCode::kResourceExhausted));
}

KERNEL_TEST(LayerPipeline, StopsABomb) {
  // Many members of the same zeros: each gigabyte that comes out costs a megabyte, so the ratio of
  // one gzip member cannot reach the limit. A zstd frame can.
  TarBuilder tar;
  std::string zeros = tar.Member("f", '0', "", "", {.pax = {{"size", "8589934592"}}}).bytes();
  zeros.resize(zeros.size() + (1 << 20), '\0');
  std::string frame = test::Zstd(std::string(64 << 20, '\0'));
  std::string packed = test::Zstd(zeros);
  for (int i = 0; i < 40; ++i) {
    packed += frame;
  }
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kZstd, extractor, UINT64_MAX);
  absl::Status status = pipeline.Write(packed);
  if (status.ok()) {
    status = pipeline.Finish().status();
  }
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kDataLoss, ::testing::HasSubstr("times its size")));
}

KERNEL_TEST(LayerPipeline, ReportsAMalformedStream) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(100'000, 'x')).Finish());
  EXPECT_THAT(Unpack(packed.substr(0, packed.size() - 3), UINT64_MAX),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Unpack(packed + "tail", UINT64_MAX), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(Unpack(Gzip("no archive at all"), UINT64_MAX), StatusIs(absl::StatusCode::kDataLoss));
}

KERNEL_TEST(LayerPipeline, CanBeAbandoned) {
  TarBuilder tar;
  std::string packed = Gzip(tar.File("f", std::string(3'000'000, 'x')).Finish());
  test::TempDir space;
  MergedView none;
  ASSERT_OK_AND_ASSIGN(
      sys::Fd directory,
      ToStatusOr(sys::OpenAt(AT_FDCWD, space.path().c_str(), O_RDONLY | O_DIRECTORY), "layer"));
  ASSERT_OK_AND_ASSIGN(LayerExtractor extractor, LayerExtractor::New(std::move(directory), &none));
  LayerPipeline pipeline(Compression::kGzip, extractor, UINT64_MAX);
  EXPECT_THAT(pipeline.Write(packed.substr(0, packed.size() / 2)), IsOk());
}

}  // namespace
}  // namespace berth::imageservice
