// SPDX-License-Identifier: Apache-2.0
#include "runtime/handlers.h"

#include <sys/stat.h>

#include <map>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::runtime {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HandlersTest : public ::testing::Test {
 protected:
  std::string Program(const std::string& name, const std::string& script) {
    std::string path = directory_.Write(name, "#!/bin/sh\n" + script);
    chmod(path.c_str(), 0755);
    return path;
  }
  Handlers Open(std::map<std::string, oci::Runtime> runtimes) {
    return Handlers::Open(runtimes, directory_.Join("state"));
  }
  test::TempDir directory_;
};

TEST_F(HandlersTest, AreOursAndTheNodes) {
  const std::string old = Program("old", "echo unknown command >&2; exit 1\n");
  const std::string modern = Program(
      "new", "test \"$1 $2 $4\" = '--x --root features' && echo '{\"ociVersionMax\": \"1.1\"}'\n");
  const auto handlers =
      Open({{"old", {old, "", {}}}, {"new", {modern, directory_.Join("mine"), {"--x"}}}});
  EXPECT_THAT(handlers.Names(), ElementsAre("", "berth", "new", "old"));
  EXPECT_EQ(handlers.Find("new")->features.newest_version, "1.1");
  EXPECT_EQ(handlers.Find("new")->runtime.root, directory_.Join("mine"));
  EXPECT_FALSE(handlers.Find("new")->has_own_root);
  EXPECT_EQ(handlers.Find("old")->features.newest_version, "");
  EXPECT_EQ(handlers.Find("old")->runtime.root, directory_.Join("state/handlers/old"));
  EXPECT_TRUE(handlers.Find("old")->has_own_root);
  EXPECT_EQ(handlers.Find("berth"), nullptr);
}

TEST_F(HandlersTest, RefuseANameThatIsNone) {
  const auto handlers = Open({});
  EXPECT_THAT(handlers.Check(""), test::IsOk());
  EXPECT_THAT(handlers.Check("berth"), test::IsOk());
  const absl::Status refused = handlers.Check("kata");
  EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("kata"));
  EXPECT_TRUE(Handlers::IsOwn("") && Handlers::IsOwn("berth") && !Handlers::IsOwn("crun"));
}

TEST_F(HandlersTest, TakeNoPodsByAProgramThatIsNoRuntime) {
  for (const std::string& path :
       {directory_.Join("absent"), Program("true", "exit 0\n"), Program("talks", "echo hello\n"),
        Program("floods", "head -c 3M /dev/zero\n"),
        Program("names", "echo '{\"ociVersionMax\": 1}'\n")}) {
    const auto handlers = Open({{"bad", {path, "", {}}}});
    const absl::Status refused = handlers.Check("bad");
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << path;
    EXPECT_THAT(std::string(refused.message()), HasSubstr("runtime_handler bad ")) << path;
    EXPECT_THAT(handlers.Names(), ElementsAre("", "berth")) << path;
    EXPECT_NE(handlers.Find("bad"), nullptr) << path;
  }
}

}  // namespace
}  // namespace berth::runtime
