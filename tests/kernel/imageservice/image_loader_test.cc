// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image_loader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"

#include "imageservice/image/archive_names.h"
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

absl::StatusOr<std::string> Saved(Store& store, const std::vector<std::string>& names) {
  std::string archive;
  RETURN_IF_ERROR(store->Save(Call(), names, [&archive](absl::string_view bytes) {
    archive.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  }));
  return archive;
}

void ExpectNothingLeft(Store& store) {
  EXPECT_THAT(store->CollectGarbage(), IsOk());
  EXPECT_THAT(store->List(), IsEmpty());
  EXPECT_THAT(store.Blobs(), IsEmpty());
  EXPECT_THAT(store.Snapshots(), IsEmpty());
}

KERNEL_TEST(ImageLoader, LoadsWhatWasSaved) {
  ImageLibrary library;
  library.Add("library/app:1", TwoLayers());
  Store from(library);
  ASSERT_OK_AND_ASSIGN(const Image image, from.Pull("app:1"));
  ASSERT_THAT(from->Tag("app:1", "app:2"), IsOk());
  ASSERT_OK_AND_ASSIGN(const std::string archive, Saved(from, {"app"}));
  EXPECT_THAT(Saved(from, {"app:2", "app:1"}), IsOkAndHolds(archive)) << "stable";
  EXPECT_THAT(Saved(from, {"none"}).status(), StatusIs(absl::StatusCode::kNotFound));
  for (const std::string& bytes : {archive, test::Gzip(archive), test::Zstd(archive)}) {
    Store to(library);
    ASSERT_OK_AND_ASSIGN(const std::vector<LoadedImage> loaded, to->Load(Call(), SourceOf(bytes)));
    ASSERT_THAT(loaded, SizeIs(1));
    EXPECT_EQ(loaded[0].id, image.id);
    EXPECT_THAT(loaded[0].names, ElementsAre("docker.io/library/app:1", "docker.io/library/app:2"));
    test::TempDir at;
    ASSERT_OK_AND_ASSIGN(const Rootfs root, to->PrepareView(Call(), image.id, "view"));
    EXPECT_EQ(Mounted(root, at.Join("root")), kTwoLayersTree);
    EXPECT_THAT(Saved(to, {"app"}), IsOkAndHolds(archive)) << "and back";
  }
}

KERNEL_TEST(ImageLoader, AnImageByIdHasNoName) {
  ImageLibrary library;
  library.Add("library/app:1", TwoLayers());
  Store from(library);
  ASSERT_OK_AND_ASSIGN(const Image image, from.Pull("app:1"));
  ASSERT_OK_AND_ASSIGN(const std::string archive, Saved(from, {image.id}));
  Store to(library);
  ASSERT_OK_AND_ASSIGN(const std::vector<LoadedImage> loaded, to->Load(Call(), SourceOf(archive)));
  ASSERT_THAT(loaded, SizeIs(1));
  EXPECT_THAT(loaded[0].names, IsEmpty());
  EXPECT_THAT(to->Find(image.id), IsOk());
}

// As Docker wrote them before it knew OCI's layout; a layer may be a link to another's.
std::string OldArchive(const std::string& layer, const std::string& diff_id,
                       const std::string& more = "") {
  const std::string config = absl::StrCat(
      R"({"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[")", diff_id,
      R"("]}})");
  TarBuilder tar;
  tar.Directory("one").File("one/layer.tar", layer).Symlink("two/layer.tar", "../one/layer.tar");
  tar.File("config.json", config);
  tar.File("manifest.json", absl::StrCat(R"([{"Config":"config.json","RepoTags":["old:1"],)",
                                         R"("Layers":["two/layer.tar")", more, "]}]"));
  return tar.Finish();
}

KERNEL_TEST(ImageLoader, LoadsOlderArchives) {
  ImageLibrary library;
  const std::string layer = TarOf("file", "content");
  const std::string archive = OldArchive(layer, Digest::OfBytes(layer).str());
  Store store(library);
  ASSERT_OK_AND_ASSIGN(const std::vector<LoadedImage> loaded,
                       store->Load(Call(), SourceOf(archive)));
  ASSERT_THAT(loaded, SizeIs(1));
  EXPECT_THAT(loaded[0].names, ElementsAre("docker.io/library/old:1"));
  EXPECT_THAT(store->ReadFile(Call(), loaded[0].id, "file", 100), IsOkAndHolds("content"));
}

// A layer that is here already is not unpacked again; what would be pushed as it is looked at.
KERNEL_TEST(ImageLoader, ABlobThatIsNotTheLayersIsRefused) {
  ImageLibrary library;
  const std::string layer = TarOf("file", "content");
  const std::string diff_id = Digest::OfBytes(layer).str();
  const std::string good = OldArchive(layer, diff_id);
  const std::string other = OldArchive(TarOf("file", "other"), diff_id);
  Store store(library);
  ASSERT_THAT(store->Load(Call(), SourceOf(good)), IsOk());
  const std::set<std::string> blobs = store.Blobs();
  EXPECT_THAT(store->Load(Call(), SourceOf(other)),
              StatusIs(absl::StatusCode::kInvalidArgument, ::testing::HasSubstr("config says")));
  EXPECT_THAT(store.Blobs(), ::testing::IsSubsetOf(blobs));  // the archive's own JSON may be swept
  store.Open();
  EXPECT_THAT(store->Load(Call(), SourceOf(good)), IsOk());
}

KERNEL_TEST(ImageLoader, RefusesWhatIsHostileAndLeavesNothing) {
  ImageLibrary library;
  const std::string layer = TarOf("file", "content");
  const std::string id = Digest::OfBytes(layer).str();
  const std::string outside = TarOf("../outside", "x");
  TarBuilder twice;
  twice.File("a", "1").File("a", "2");
  TarBuilder device;
  device.Device("d", '3', 1, 3);
  TarBuilder link;
  link.Symlink("a/b", "../../etc/passwd");
  TarBuilder loop;
  loop.Symlink("manifest.json", "index").Symlink("index", "manifest.json");
  TarBuilder index;
  index.File(kArchiveIndex,
             absl::StrCat(R"({"schemaVersion":2,"manifests":[{"mediaType":")", kOciManifestType,
                          R"(","digest":")", id, R"(","size":9}]})"));
  Store store(library);
  const std::vector<std::string> archives = {"",
                                             std::string(3000, 'x'),
                                             layer,
                                             twice.Finish(),
                                             device.Finish(),
                                             link.Finish(),
                                             loop.Finish(),
                                             index.Finish(),
                                             TarOf(kArchiveManifest, "{}"),
                                             TarOf(kArchiveManifest, R"([{"Config":"none"}])"),
                                             OldArchive(layer, Digest::OfBytes("another").str()),
                                             OldArchive(layer, id, R"(,"one/layer.tar")"),
                                             OldArchive(outside, Digest::OfBytes(outside).str()),
                                             OldArchive(layer, id).substr(0, 1500)};
  for (size_t i = 0; i < archives.size(); ++i) {
    EXPECT_THAT(store->Load(Call(), SourceOf(archives[i])),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << i;
    ExpectNothingLeft(store);
  }
  EXPECT_THAT(store->Load(Call(), [] { return absl::CancelledError("gone"); }),
              StatusIs(absl::StatusCode::kCancelled));
}

}  // namespace
}  // namespace berth::imageservice
