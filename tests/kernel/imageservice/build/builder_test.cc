// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/builder.h"

#include <fcntl.h>

#include "base/short_id.h"
#include "imageservice/build/run_step.h"
#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

KERNEL_TEST(Builder, MakesANamedImageOutOfABase) {
  BuildUnderTest build;
  BuildRequest request;
  request.names = {"made:1"};
  request.labels = {{"a", "b"}};
  const absl::StatusOr<Image> image = build.Build(
      {{"Dockerfile", "FROM base:1\nCOPY f /new/f\nRUN write /ran yes\n"}, {"f", "copied"}},
      request);
  ASSERT_THAT(image, IsOk());
  EXPECT_THAT(image->repo_tags, ElementsAre("docker.io/library/made:1"));
  EXPECT_EQ(build.File(*image, "/new/f"), "copied");
  EXPECT_EQ(build.File(*image, "/ran"), "yes");
  EXPECT_EQ(build.File(*image, "/dir/file"), "hello");
  EXPECT_THAT(build.Layers(*image), SizeIs(4));
  EXPECT_THAT(build.images().Config(image->id), IsOk());
  EXPECT_THAT(*build.images().Config(image->id), HasSubstr(R"("Labels":{"a":"b"})"));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(Builder, AFailureSaysWhereAndLeavesNothing) {
  BuildUnderTest build;
  const absl::StatusOr<Image> image =
      build.Build({{"Dockerfile", "FROM base:1\nRUN write /f x\nRUN say out; exit 9\n"}});
  EXPECT_THAT(image, StatusIs(absl::StatusCode::kUnknown, HasSubstr("non-zero code: 9")));
  EXPECT_EQ(ExitCodeOf(image.status()), 9);
  EXPECT_THAT(build.said(), HasSubstr("out\n"));
  EXPECT_THAT(build.said(), HasSubstr("Dockerfile:3\n"));
  EXPECT_TRUE(build.IsClean());
  EXPECT_THAT(build.images().List(), SizeIs(1));  // the base
}

KERNEL_TEST(Builder, SaysWhatCannotBeBuilt) {
  BuildUnderTest build;
  const auto fails = [&](const std::string& dockerfile, const std::string& words) {
    EXPECT_THAT(build.Build({{"Dockerfile", dockerfile}}).status().message(), HasSubstr(words));
    EXPECT_TRUE(build.IsClean());
  };
  EXPECT_THAT(build.Build({{"other", ""}}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "Cannot locate specified Dockerfile: Dockerfile"));
  fails("FROM base:1\nNONSENSE\n", "unknown instruction");
  fails("FROM base:1\nCOPY none /\n", "COPY failed: file not found");
  fails("FROM base:1\nRUN --security=insecure say x\n", "not allowed");
  fails("FROM base:1\nRUN --mount=type=secret,id=x,required say x\n", "secret x: not found");
}

KERNEL_TEST(Builder, AFewDigitsOfAnIdAreNoImage) {
  BuildUnderTest build;
  const absl::StatusOr<Image> image = build.Build({{"Dockerfile", "FROM base:1\nENV a=b\n"}});
  ASSERT_THAT(image, IsOk());
  const std::string id = ShortId(image->id);
  EXPECT_THAT(build.Build({{"Dockerfile", "FROM " + id + "\nENV c=d\n"}}), IsOk());
  const std::string fewer = id.substr(0, id.size() - 1);
  EXPECT_FALSE(build.Build({{"Dockerfile", "FROM " + fewer + "\nENV c=d\n"}}).ok());
  EXPECT_THAT(build.said(), HasSubstr("Pulling " + fewer));
}

KERNEL_TEST(Builder, WhatAnEarlierDaemonLeftGoes) {
  BuildUnderTest build;
  std::filesystem::create_directories(build.root() + "/build/work/old/context");
  build.Open();
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(Builder, ACacheThatIsDamagedCostsTimeAlone) {
  BuildUnderTest build;
  const std::map<std::string, std::string> files = {{"Dockerfile", "FROM scratch\nCOPY f /\n"},
                                                    {"f", "1"}};
  ASSERT_THAT(build.Build(files), IsOk());
  for (const char* name :
       {"/build/cache.db", "/build/cache.db-wal", "/build/urls.db", "/build/urls.db-wal"}) {
    std::ofstream(build.root() + name, std::ios::trunc) << "no database";
  }
  build.Open();
  EXPECT_THAT(build.Build(files), IsOk());
  EXPECT_EQ(build.Cached(), 0u);
}

KERNEL_TEST(Builder, ADirectoryIsReadWhereItIs) {
  BuildUnderTest build;
  test::TempDir context;
  std::ofstream(context.Join("Dockerfile"))
      << "FROM scratch\nCOPY . /in\nRUN --mount=target=/m hook\n";
  std::ofstream(context.Join("kept")) << "kept";
  std::ofstream(context.Join("dropped")) << "secret";
  std::ofstream(context.Join(".dockerignore")) << "dropped\n";
  std::filesystem::create_symlink("dropped", context.Join("link"));
  std::vector<std::string> seen;
  build.runner.hook = [&](const Call&, const RunStep& step) {
    for (const auto& entry : std::filesystem::directory_iterator(step.mounts.at(0).source)) {
      seen.push_back(entry.path().filename());
    }
    EXPECT_NE(step.mounts.at(0).source, context.path());
    return absl::OkStatus();
  };
  ContextSource source;
  source.directory = sys::Fd(open(context.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const absl::StatusOr<Image> image = build.BuildOf(source);
  ASSERT_THAT(image, IsOk());
  EXPECT_EQ(build.File(*image, "/in/kept"), "kept");
  EXPECT_THAT(build.File(*image, "/in/dropped"), testing::Not(HasSubstr("secret")));
  EXPECT_THAT(seen, ::testing::UnorderedElementsAre("Dockerfile", ".dockerignore", "kept", "link"));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(Builder, ADirectoryThatChangesWhileItIsCopiedIsFoundOut) {
  BuildUnderTest build;
  test::TempDir context;
  std::ofstream(context.Join("Dockerfile")) << "FROM scratch\nCOPY d /d\n";
  std::filesystem::create_directory(context.Join("d"));
  std::ofstream(context.Join("d/a")) << std::string(3 << 20, 'a');
  ContextSource source;
  source.directory = sys::Fd(open(context.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  char letter = 'a';
  const Call call(absl::InfiniteFuture(), [&] {  // asked before each piece that is read
    std::fstream(context.Join("d/a"), std::ios::in | std::ios::out) << ++letter;
    return false;
  });
  EXPECT_THAT(build.BuildOf(source, {}, call),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("have changed")));
  EXPECT_THAT(build.BuildOf(source), IsOk());
  EXPECT_EQ(build.Cached(), 0u);
}

}  // namespace
}  // namespace berth::imageservice
