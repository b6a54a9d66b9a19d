// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/run_step.h"

#include <sys/stat.h>

#include "tests/kernel/imageservice/build/build_under_test.h"
#include "tests/support/kernel_test.h"

namespace berth::imageservice {
namespace {

using ::berth::test::IsOk;
using ::berth::test::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST(ReadScripts, AHeredocIsACommandOrAScript) {
  RunInstruction run;
  run.command = {{"<<A"}, true};
  run.heredocs = {{"A", "say a\nsay b\n", true, false}};
  RunWork shell;
  ReadScripts(run, {"/bin/sh", "-c"}, shell);
  EXPECT_THAT(shell.command, ElementsAre("/bin/sh", "-c", "say a\nsay b\n"));
  run.heredocs[0].content = "#!/usr/bin/env x\nprint\n";
  RunWork script;
  ReadScripts(run, {"/bin/sh", "-c"}, script);
  EXPECT_THAT(script.command, ElementsAre("/dev/pipes/0"));
  EXPECT_THAT(script.scripts, ElementsAre("#!/usr/bin/env x\nprint\n"));
}

TEST(ExitCodeOf, IsZeroWithoutACommand) {
  EXPECT_EQ(ExitCodeOf(absl::UnknownError("x")), 0);
}

KERNEL_TEST(RunStep, SeesWhatItMounts) {
  BuildUnderTest build;
  build.runner.hook = [](const Call&, const RunStep& step) {
    EXPECT_THAT(step.mounts, SizeIs(4));
    EXPECT_EQ(step.mounts[0].target, "/cache");
    EXPECT_FALSE(step.mounts[0].read_only);
    std::ofstream(step.mounts[0].source + "/kept", std::ios::app) << "x";
    EXPECT_EQ(step.mounts[1].target, "/dir/f");
    EXPECT_TRUE(step.mounts[1].read_only);
    EXPECT_EQ(std::filesystem::file_size(step.mounts[1].source), 4u);
    EXPECT_TRUE(step.mounts[2].is_tmpfs);
    EXPECT_EQ(step.mounts[3].target, "/run/secrets/id");
    struct stat info = {};
    EXPECT_EQ(stat(step.mounts[3].source.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0400u);
    return absl::OkStatus();
  };
  BuildRequest request;
  request.secrets.emplace("id", Secret("secret"));
  const absl::StatusOr<Image> image = build.Build(
      {{"Dockerfile",
        "FROM base:1\nWORKDIR /dir\nRUN --mount=type=cache,target=/cache "
        "--mount=source=f,target=f --mount=type=tmpfs,target=/t --mount=type=secret,id=id hook\n"},
       {"f", "text"}},
      request);
  ASSERT_THAT(image, IsOk());
  EXPECT_THAT(build.Layers(*image), SizeIs(3));  // an empty one of the RUN
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(RunStep, KnowsWhatTheBuilderMade) {
  BuildUnderTest build;
  std::vector<StepFiles> seen;
  build.runner.hook = [&seen](const Call&, const RunStep& step) {
    for (const StepMount& mount : step.mounts) {
      seen.push_back(mount.files);
    }
    return absl::OkStatus();
  };
  BuildRequest request;
  request.secrets.emplace("id", Secret("secret"));
  request.agents["default"] = "/run/agent";
  ASSERT_THAT(build.Build({{"Dockerfile",
                            "FROM base:1 AS maker\nRUN write /d/f text\nFROM base:1\n"
                            "RUN --mount=type=cache,target=/cache --mount=target=/context "
                            "--mount=target=/copy,rw --mount=type=secret,id=id --mount=type=ssh "
                            "--mount=from=maker,source=d/f,target=/layer hook\n"}},
                          request),
              IsOk());
  EXPECT_THAT(seen, ElementsAre(StepFiles::kShared, StepFiles::kShared, StepFiles::kOfStep,
                                StepFiles::kOfStep, StepFiles::kForeign, StepFiles::kForeign));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(RunStep, ACacheBeginsWithAStagesDirectory) {
  BuildUnderTest build;
  std::vector<std::string> seen;
  build.runner.hook = [&seen](const Call&, const RunStep& step) {
    std::ifstream file(step.mounts[0].source + "/f");
    seen.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    std::ofstream(step.mounts[0].source + "/f") << "changed";
    return absl::OkStatus();
  };
  const auto builds = [&build](const std::string& text, const std::string& source) {
    return build
        .Build({{"Dockerfile", "FROM base:1 AS maker\nRUN write /d/f " + text +
                                   "\nFROM base:1\nRUN --mount=type=cache,target=/c,from=maker,"
                                   "source=" +
                                   source + " hook\n"}})
        .status();
  };
  EXPECT_THAT(builds("one", "/d"), IsOk());
  EXPECT_THAT(builds("one", "d/"), IsOk()) << "written otherwise, so it runs";
  EXPECT_THAT(builds("two", "/d"), IsOk()) << "the stage is another, so it runs";
  EXPECT_THAT(seen, ElementsAre("one", "changed", "two"));
  EXPECT_THAT(builds("one", "/none"), StatusIs(absl::StatusCode::kNotFound,
                                               HasSubstr("/none: file does not exist in maker")));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(RunStep, ACacheBeginsWithAStagesFile) {
  BuildUnderTest build;
  std::vector<std::string> seen;
  build.runner.hook = [&seen](const Call&, const RunStep& step) {
    std::ifstream file(step.mounts[0].source);
    seen.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
    std::ofstream(step.mounts[0].source) << "changed";
    struct stat info = {};
    EXPECT_EQ(stat(step.mounts[0].source.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777, 0640u);
    EXPECT_EQ(info.st_uid, 7u);
    return absl::OkStatus();
  };
  const auto builds = [&build](const std::string& words) {
    return build
        .Build({{"Dockerfile",
                 "FROM base:1 AS maker\nRUN write /d/f one\nFROM base:1\nRUN --mount=type=cache,"
                 "target=/c,from=maker,source=/d/f,mode=0640,uid=7 " +
                     words + "\n"}})
        .status();
  };
  EXPECT_THAT(builds("hook"), IsOk());
  EXPECT_THAT(builds("hook again"), IsOk());
  EXPECT_THAT(seen, ElementsAre("one", "changed"));
  EXPECT_TRUE(build.IsClean());
}

KERNEL_TEST(RunStep, SaysInWhatASourceIsNot) {
  BuildUnderTest build;
  const auto fails = [&build](const std::string& mount, const std::string& words) {
    EXPECT_THAT(build.Build({{"Dockerfile", "FROM base:1 AS maker\nFROM base:1\nRUN --mount=" +
                                                mount + ",target=/t say x\n"},
                             {"ab", "text"}}),
                StatusIs(absl::StatusCode::kNotFound, HasSubstr(words)));
  };
  fails("from=maker,source=/none", "stat /none: file does not exist in maker");
  fails("from=base:1,source=/none", "stat /none: file does not exist in base:1");
  fails("source=none", "file not found in build context or excluded by .dockerignore: stat none");
  fails("source=a*", "stat a*: file does not exist");
}

KERNEL_TEST(RunStep, ReadsTheRootAsItIsBefore) {
  BuildUnderTest build;
  build.runner.hook = [](const Call&, const RunStep& step) {
    EXPECT_THAT(step.read_file("/etc/passwd", 100), test::IsOkAndHolds("root:x:0:0::/:/bin/sh\n"));
    EXPECT_THAT(step.read_file("/none", 100), StatusIs(absl::StatusCode::kNotFound));
    EXPECT_EQ(step.user, "1000:1000");
    return absl::OkStatus();
  };
  EXPECT_THAT(build.Build({{"Dockerfile", "FROM base:1\nRUN hook\n"}}), IsOk());
}

}  // namespace
}  // namespace berth::imageservice
