// SPDX-License-Identifier: Apache-2.0
// Archives that try to get out of their directory, or to make more of it than they may.
#include <sys/mount.h>
#include <sys/stat.h>

#include <functional>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "imageservice/layer/layer_extractor.h"
#include "imageservice/layer/member_path.h"
#include "imageservice/layer/tar_reader.h"
#include "tests/kernel/imageservice/layer/layer_stack.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/tar_builder.h"

namespace berth::imageservice {
namespace {

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

void ExpectRefused(const std::vector<Hostile>& cases) {
  for (const Hostile& hostile : cases) {
    SCOPED_TRACE(hostile.name);
    Cell cell;
    EXPECT_THAT(cell.Add(hostile), StatusIs(absl::StatusCode::kDataLoss)) << hostile.name;
    EXPECT_TRUE(cell.Intact());
  }
}

KERNEL_TEST(HostileLayer, IsRefusedForItsNamesAndLinks) {
  ExpectRefused({
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
  });
}

KERNEL_TEST(HostileLayer, IsRefusedForItsKinds) {
  ExpectRefused({
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
  });
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

// A few members that imply very many directories, each of whose paths is kept. In memory, for there
// are disks that take a minute to forget so many.
KERNEL_TEST(HostileLayer, IsRefusedForDirectoriesThatItImplies) {
  ASSERT_EQ(mount("tmpfs", "/tmp", "tmpfs", 0, nullptr), 0);
  ExpectRefused({{"long paths", [](TarBuilder& tar) {
                    const std::string component(14, 'd');
                    const size_t per_member = kMaxPathDepth * kMaxPathDepth * component.size() / 2;
                    for (size_t i = 0; i <= kMaxDirectoryPaths / per_member; ++i) {
                      std::string path = absl::StrCat(i);
                      while (path.size() + component.size() + 3 < kMaxTarPath &&
                             absl::c_count(path, '/') + 2 < static_cast<ptrdiff_t>(kMaxPathDepth)) {
                        absl::StrAppend(&path, "/", component);
                      }
                      tar.File(path + "/f");
                    }
                  }}});
}

}  // namespace
}  // namespace berth::imageservice
