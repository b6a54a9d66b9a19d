// SPDX-License-Identifier: Apache-2.0
#include "imageservice/local_image_author.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/sys/file.h"
#include "tests/kernel/imageservice/store_fixture.h"
#include "tests/support/compress.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::ImageLibrary;
using ::berth::test::IsOk;
using ::berth::test::IsOkAndHolds;
using ::berth::test::StatusIs;
using ::berth::test::TarBuilder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kConfig[] = R"({"os":"linux","architecture":"amd64","config":{"Cmd":["/a"]}})";

// As a container would: through the mount.
void Write(const Rootfs& root, const std::string& name, const std::string& text) {
  test::TempDir at;
  const std::string options = absl::StrCat("lowerdir=", absl::StrJoin(root.lower, ":"),
                                           ",upperdir=", root.upper, ",workdir=", root.work);
  ASSERT_EQ(mount("overlay", at.path().c_str(), "overlay", 0, options.c_str()), 0);
  std::ofstream(at.Join(name)) << text;
  EXPECT_EQ(chmod(at.Join(name).c_str(), 0640), 0);
  umount2(at.path().c_str(), MNT_DETACH);
}

class World {
 public:
  World() {
    library_.Add("library/base:1", TwoLayers());
    store_.emplace(library_);
    absl::StatusOr<Image> base = store().Pull("base:1");
    EXPECT_THAT(base, IsOk());
    base_ = *std::move(base);
    author_ = store()->NewAuthor();
  }

  Store& store() { return *store_; }
  const Image& base() const { return base_; }
  ImageAuthor& author() { return *author_; }
  void EndAuthor() { author_.reset(); }
  std::string Tree(const Rootfs& root) { return Mounted(root, space_.Join("root")); }
  std::string TreeOf(const Image& image) {
    absl::StatusOr<Rootfs> root = store()->PrepareView(Call(), image.id, "look");
    EXPECT_THAT(root, IsOk());
    std::string tree = Tree(*root);
    EXPECT_THAT(store()->RemoveRootfs("look"), IsOk());
    return tree;
  }

 private:
  ImageLibrary library_;
  std::optional<Store> store_;
  Image base_;
  std::unique_ptr<ImageAuthor> author_;
  test::TempDir space_;
};

const std::string kChanged = std::string(kTwoLayersTree) + "\nnew file 0640 0:0 text";

KERNEL_TEST(LocalImageAuthor, ARootfsBecomesALayerAndAnImage) {
  World world;
  ASSERT_OK_AND_ASSIGN(std::vector<AuthoredLayer> layers,
                       world.author().LayersOf(Call(), world.base().id));
  ASSERT_THAT(layers, SizeIs(2));
  EXPECT_EQ(layers[1].chain_id, world.base().chain_ids[1]);
  ASSERT_OK_AND_ASSIGN(Rootfs root, world.author().PrepareRootfs(layers[1].chain_id, "step"));
  Write(root, "new", "text");
  ASSERT_OK_AND_ASSIGN(AuthoredLayer layer, world.author().CommitRootfs(Call(), "step", {}));
  EXPECT_THAT(world.store()->RootfsKeys(), IsEmpty());
  layers.push_back(layer);
  ASSERT_OK_AND_ASSIGN(
      Image image,
      world.author().Compose(
          Call(), {.config = kConfig, .layers = layers, .names = {"made", "other.org/made:2"}}));
  EXPECT_THAT(image.repo_tags, ElementsAre("docker.io/library/made:latest", "other.org/made:2"));
  EXPECT_THAT(image.process.command, ElementsAre("/a"));
  EXPECT_EQ(image.chain_ids.back(), layer.chain_id);
  world.EndAuthor();
  ASSERT_THAT(world.store()->CollectGarbage(), IsOk());
  EXPECT_EQ(world.TreeOf(image), kChanged);

  // What was made without a copy is what its blob unpacks to.
  world.store().Open("boot-2");
  EXPECT_EQ(world.TreeOf(image), kChanged);
}

KERNEL_TEST(LocalImageAuthor, ARootfsThatIsPackedStays) {
  World world;
  ASSERT_OK_AND_ASSIGN(Rootfs root,
                       world.store()->PrepareRootfs(Call(), world.base().id, "container"));
  Write(root, "new", "text");
  ASSERT_OK_AND_ASSIGN(AuthoredLayer layer, world.author().PackRootfs(Call(), "container", {}));
  ASSERT_OK_AND_ASSIGN(AuthoredLayer same, world.author().PackRootfs(Call(), "container", {}));
  EXPECT_EQ(layer.blob, same.blob) << "the same tree, other bytes";
  ASSERT_OK_AND_ASSIGN(Rootfs view, world.author().PrepareView(layer.chain_id, "view"));
  EXPECT_EQ(world.Tree(view), kChanged);
  EXPECT_EQ(world.Tree(root), kChanged);
  ASSERT_OK_AND_ASSIGN(AuthoredLayer again, world.author().CommitRootfs(Call(), "container", {}));
  EXPECT_EQ(again.chain_id, layer.chain_id);
  EXPECT_THAT(world.store()->RootfsKeys(), ElementsAre("view"));
  EXPECT_THAT(world.author().PackRootfs(Call(), "view", {}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(world.author().CommitRootfs(Call(), "none", {}),
              StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(LocalImageAuthor, AnEpochMakesItReproducible) {
  World world;
  std::vector<Digest> blobs;
  for (const char* key : {"a", "b"}) {
    ASSERT_OK_AND_ASSIGN(Rootfs root, world.author().PrepareRootfs("", key));
    Write(root, "new", "text");
    ASSERT_OK_AND_ASSIGN(AuthoredLayer layer,
                         world.author().CommitRootfs(Call(), key, {.epoch = 1'000'000'000}));
    blobs.push_back(layer.blob);
    ASSERT_OK_AND_ASSIGN(Rootfs view, world.author().PrepareView(layer.chain_id, "view"));
    struct stat info = {};
    ASSERT_EQ(stat((view.lower[0] + "/new").c_str(), &info), 0);
    EXPECT_EQ(info.st_mtim.tv_sec, 1'000'000'000);
    ASSERT_THAT(world.store()->RemoveRootfs("view"), IsOk());
  }
  EXPECT_EQ(blobs[0], blobs[1]);
}

KERNEL_TEST(LocalImageAuthor, ImportsArchives) {
  World world;
  const std::string tar = TarOf("file", "content");
  const Digest diff_id = Digest::OfBytes(tar);
  for (const std::string& bytes : {tar, test::Gzip(tar), test::Zstd(tar)}) {
    ASSERT_OK_AND_ASSIGN(AuthoredLayer layer,
                         world.author().ImportLayer(Call(), "", SourceOf(bytes)));
    EXPECT_EQ(layer.blob, Digest::OfBytes(bytes));
    EXPECT_EQ(layer.diff_id, diff_id);
    ASSERT_OK_AND_ASSIGN(AuthoredLayer packed,
                         world.author().Repack(Call(), layer, Compression::kZstd));
    EXPECT_EQ(packed.diff_id, diff_id);
    EXPECT_EQ(packed.compression, Compression::kZstd);
    ASSERT_OK_AND_ASSIGN(Image image,
                         world.author().Compose(Call(), {.config = kConfig, .layers = {packed}}));
    EXPECT_THAT(image.repo_tags, IsEmpty());
    EXPECT_THAT(world.store()->ReadFile(Call(), image.id, "file", 100), IsOkAndHolds("content"));
    EXPECT_THAT(world.store()->Find(image.id), IsOk());
  }
}

KERNEL_TEST(LocalImageAuthor, ALayerGoesOnTopOfAnotherChain) {
  World world;
  const std::string tar = TarOf("dir/file", "other");
  ASSERT_OK_AND_ASSIGN(AuthoredLayer layer, world.author().ImportLayer(Call(), "", SourceOf(tar)));
  ASSERT_OK_AND_ASSIGN(std::vector<AuthoredLayer> layers,
                       world.author().LayersOf(Call(), world.base().id));
  ASSERT_OK_AND_ASSIGN(AuthoredLayer moved,
                       world.author().Restack(Call(), layer, layers.back().chain_id));
  EXPECT_EQ(moved.blob, layer.blob);
  EXPECT_EQ(moved.diff_id, layer.diff_id);
  EXPECT_NE(moved.chain_id, layer.chain_id);
  ASSERT_OK_AND_ASSIGN(AuthoredLayer same,
                       world.author().Restack(Call(), moved, layers.back().chain_id));
  EXPECT_EQ(same.chain_id, moved.chain_id);
  layers.push_back(moved);
  ASSERT_OK_AND_ASSIGN(Image image,
                       world.author().Compose(Call(), {.config = kConfig, .layers = layers}));
  EXPECT_THAT(world.store()->ReadFile(Call(), image.id, "dir/file", 100), IsOkAndHolds("other"));
  EXPECT_THAT(world.store()->ReadFile(Call(), image.id, "etc/passwd", 100), IsOk());
  layer.blob = Digest::OfBytes("none");
  EXPECT_THAT(world.author().Restack(Call(), layer, ""), StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(LocalImageAuthor, RefusesWhatIsNoLayer) {
  World world;
  TarBuilder outside;
  outside.File("../outside", "x");
  for (const std::string& bytes :
       {outside.Finish(), std::string(5000, 'x'), test::Gzip(TarOf("a", "b")).substr(0, 60)}) {
    EXPECT_THAT(world.author().ImportLayer(Call(), "", SourceOf(bytes)),
                StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_THAT(world.author().ImportLayer(
                  Call(), "", []() { return absl::CancelledError("the client has gone"); }),
              StatusIs(absl::StatusCode::kCancelled));
  EXPECT_THAT(world.author().ImportLayer(Call(), "sha256:none", SourceOf(TarOf("a", "b"))),
              StatusIs(absl::StatusCode::kNotFound));
  for (const NewImage& image :
       std::vector<NewImage>{{.config = "[]"},
                             {.config = "{"},
                             {.config = kConfig, .names = {"UPPER"}},
                             {.config = kConfig, .names = {"a@" + Digest::OfBytes("a").str()}}}) {
    EXPECT_THAT(world.author().Compose(Call(), image),
                StatusIs(absl::StatusCode::kInvalidArgument));
  }
  world.EndAuthor();
  ASSERT_THAT(world.store()->Remove(world.base().id), IsOk());
  ASSERT_THAT(world.store()->CollectGarbage(), IsOk());
  EXPECT_THAT(world.store().Blobs(), IsEmpty());
  EXPECT_THAT(world.store().Snapshots(), IsEmpty());
}

KERNEL_TEST(LocalImageAuthor, KeepsWhatItMadeUntilItEnds) {
  World world;
  const std::string tar = TarOf("file", "content");
  ASSERT_OK_AND_ASSIGN(AuthoredLayer layer, world.author().ImportLayer(Call(), "", SourceOf(tar)));
  ASSERT_OK_AND_ASSIGN(const std::vector<AuthoredLayer> base,
                       world.author().LayersOf(Call(), world.base().id));
  ASSERT_THAT(world.store()->Remove(world.base().id), IsOk());
  ASSERT_THAT(world.store()->CollectGarbage(), IsOk());
  EXPECT_THAT(world.author().PrepareView(layer.chain_id, "a"), IsOk());
  EXPECT_THAT(world.author().PrepareView(base.back().chain_id, "b"), IsOk());
  EXPECT_THAT(world.author().LayersOf(Call(), world.base().id),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(world.store()->RemoveRootfs("a"), IsOk());
  EXPECT_THAT(world.store()->RemoveRootfs("b"), IsOk());
  world.EndAuthor();
  ASSERT_THAT(world.store()->CollectGarbage(), IsOk());
  EXPECT_THAT(world.store().Blobs(), IsEmpty());
  EXPECT_THAT(world.store().Snapshots(), IsEmpty());
}

KERNEL_TEST(LocalImageAuthor, AnnotationsAreOfTheManifestThatANameMeans) {
  World world;
  ASSERT_OK_AND_ASSIGN(const std::vector<AuthoredLayer> layers,
                       world.author().LayersOf(Call(), world.base().id));
  for (const char* name : {"one", "two"}) {  // one config, two manifests
    ASSERT_THAT(world.author().Compose(Call(), {.config = kConfig,
                                                .layers = layers,
                                                .names = {name},
                                                .annotations = {{"name", name}}}),
                IsOk());
  }
  world.EndAuthor();
  world.store().Open("boot-2");
  const std::map<std::string, std::string> one = {{"name", "one"}}, two = {{"name", "two"}};
  EXPECT_THAT(world.store()->Annotations("one"), IsOkAndHolds(one));
  EXPECT_THAT(world.store()->Annotations("two:latest"), IsOkAndHolds(two));
  EXPECT_THAT(world.store()->Annotations("none").status(), StatusIs(absl::StatusCode::kNotFound));
}

KERNEL_TEST(LocalImageAuthor, ANameMovesFromTheImageThatHadIt) {
  World world;
  ASSERT_OK_AND_ASSIGN(Image first,
                       world.author().Compose(Call(), {.config = kConfig, .names = {"app:1"}}));
  ASSERT_OK_AND_ASSIGN(Image second, world.author().Compose(Call(), {.config = R"({"os":"linux"})",
                                                                     .names = {"app:1"}}));
  ASSERT_OK_AND_ASSIGN(Image found, world.store()->Find("app:1"));
  EXPECT_EQ(found.id, second.id);
  world.EndAuthor();
  world.store().Open();
  ASSERT_OK_AND_ASSIGN(found, world.store()->Find(first.id));
  EXPECT_THAT(found.repo_tags, IsEmpty());
}

KERNEL_TEST(LocalImageAuthor, AnAttachmentGoesWithItsImageByteForByte) {
  World world;
  test::TempDir directory;
  const std::string memory(3 << 20, 'm');
  std::ofstream(directory.Join("memory")) << memory;
  const sys::Fd file = *sys::OpenAt(AT_FDCWD, directory.Join("memory").c_str(), O_RDONLY);
  constexpr char kType[] = "application/vnd.berth.checkpoint.v1.tar";
  EXPECT_THAT(world.author().Attach(Call(), "text/plain", file.get()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  ASSERT_OK_AND_ASSIGN(const Attachment attached, world.author().Attach(Call(), kType, file.get()));
  ASSERT_OK_AND_ASSIGN(const std::vector<AuthoredLayer> layers,
                       world.author().LayersOf(Call(), world.base().id));
  ASSERT_OK_AND_ASSIGN(
      const Image made,
      world.author().Compose(
          Call(),
          {.config = kConfig, .layers = layers, .names = {"made:1"}, .attachments = {attached}}));
  world.EndAuthor();
  EXPECT_EQ(world.TreeOf(made), kTwoLayersTree) << "it is no part of the files";
  std::string archive;
  ASSERT_THAT(world.store()->Save(Call(), {"made:1"},
                                  [&](absl::string_view bytes) {
                                    archive.append(bytes.data(), bytes.size());
                                    return absl::OkStatus();
                                  }),
              IsOk());
  ASSERT_THAT(world.store()->Remove("made:1"), IsOk());
  EXPECT_THAT(world.store()->FindAttachment("made:1", kType),
              StatusIs(absl::StatusCode::kNotFound));
  bool given = false;
  ASSERT_THAT(world.store()->Load(Call(),
                                  [&]() -> absl::StatusOr<absl::string_view> {
                                    return std::exchange(given, true) ? absl::string_view()
                                                                      : archive;
                                  }),
              IsOk());
  ASSERT_THAT(world.store()->CollectGarbage(), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string digest, world.store()->FindAttachment("made:1", kType));
  ASSERT_OK_AND_ASSIGN(const sys::Fd loaded, world.store()->OpenAttachment(digest));
  ASSERT_OK_AND_ASSIGN(const std::string bytes, ReadDescriptor(loaded.get(), 4 << 20));
  EXPECT_EQ(bytes, memory);
  EXPECT_THAT(world.store()->FindAttachment("base:1", kType),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace berth::imageservice
