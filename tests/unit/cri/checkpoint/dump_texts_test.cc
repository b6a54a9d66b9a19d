// SPDX-License-Identifier: Apache-2.0
#include "cri/checkpoint/dump_texts.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "tests/support/status_matchers.h"

namespace berth::cri {
namespace {

runtime::ContainerSnapshot Container() {
  runtime::ContainerSnapshot container;
  container.id = "c0ffee";
  container.config.mutable_metadata()->set_name("counter");
  container.config.mutable_image()->set_image("sha256:abc");
  container.image.reference = "registry/counter:1";
  container.image.id = "sha256:abc";
  container.image.entrypoint = {"/entry"};
  container.image.command = {"default"};
  container.created_at = 1'700'000'000'000'000'123;
  container.uid = 7;
  return container;
}

Json Parsed(const std::string& text) {
  return *ParseJson(text, 1 << 20);
}

TEST(DumpTexts, ConfigDumpSaysWhichContainerItWas) {
  EXPECT_EQ(Parsed(ConfigDump(Container(), absl::FromUnixSeconds(1'700'000'100))),
            Json({{"id", "c0ffee"},
                  {"name", "counter"},
                  {"rootfsImage", "sha256:abc"},
                  {"rootfsImageName", "registry/counter:1"},
                  {"rootfsImageRef", "sha256:abc"},
                  {"runtime", "berth"},
                  {"berthCommand", CommandDigest(Container().config)},
                  {"berthEnvironment", EnvironmentDigest(Container().config)},
                  {"createdTime", "2023-11-14T22:13:20.000000123Z"},
                  {"checkpointedTime", "2023-11-14T22:15:00.000000000Z"},
                  {"restoredTime", "0001-01-01T00:00:00Z"},
                  {"restored", false}}));
}

TEST(DumpTexts, SpecDumpSaysWhoseItWasAndWhatItRan) {
  runtime::PodSnapshot pod;
  pod.id = "p0d";
  pod.config.mutable_metadata()->set_name("web");
  pod.config.mutable_metadata()->set_namespace_("team");
  runtime::ContainerSnapshot container = Container();
  v1::Mount& mount = *container.config.add_mounts();
  mount.set_container_path("/data");
  mount.set_host_path("/srv");
  mount.set_readonly(true);
  const Json spec = Parsed(SpecDump(pod, container));
  EXPECT_EQ(spec["annotations"]["io.kubernetes.cri.container-name"], "counter");
  EXPECT_EQ(spec["annotations"]["io.kubernetes.cri.sandbox-name"], "web");
  EXPECT_EQ(spec["annotations"]["io.kubernetes.cri.sandbox-namespace"], "team");
  EXPECT_EQ(spec["process"]["args"], Json({"/entry", "default"}));
  EXPECT_EQ(spec["process"]["user"]["uid"], 7);
  EXPECT_EQ(spec["mounts"][0]["destination"], "/data");
  EXPECT_EQ(spec["mounts"][0]["options"], Json({"ro"}));
}

TEST(DumpTexts, TheRequestsCommandReplacesTheImages) {
  runtime::ContainerSnapshot container = Container();
  container.config.add_args("more");
  EXPECT_EQ(Parsed(SpecDump({}, container))["process"]["args"], Json({"/entry", "more"}));
  container.config.add_command("sh");
  EXPECT_EQ(Parsed(SpecDump({}, container))["process"]["args"], Json({"sh", "more"}));
  container.config.clear_args();
  EXPECT_EQ(Parsed(SpecDump({}, container))["process"]["args"], Json::array({"sh"}));
}

TEST(DumpTexts, ListsAndNames) {
  EXPECT_EQ(Parsed(DeletedFiles({"etc/a", "b"})), Json({"/etc/a", "/b"}));
  EXPECT_EQ(DeletedFiles({}), "[]");
  EXPECT_EQ(Parsed(PodOptions({{"main", "main.tar"}})),
            Json({{"version", 1}, {"containers", {{"main", "main.tar"}}}}));
}

TEST(DumpTexts, DigestsTellWhatIsRunApart) {
  v1::ContainerConfig config;
  config.add_command("sh");
  config.add_args("a b");
  const std::string command = CommandDigest(config);
  v1::ContainerConfig split = config;
  split.set_args(0, "a");
  split.add_args("b");
  EXPECT_NE(CommandDigest(split), command);
  v1::ContainerConfig moved;
  moved.add_command("sh");
  moved.add_command("a b");
  EXPECT_NE(CommandDigest(moved), command);
  config.set_working_dir("/tmp");
  EXPECT_NE(CommandDigest(config), command);

  v1::ContainerConfig one, other;
  auto add = [](v1::ContainerConfig& to, const char* key, const char* value) {
    v1::KeyValue& variable = *to.add_envs();
    variable.set_key(key);
    variable.set_value(value);
  };
  add(one, "A", "1");
  add(one, "B", "2");
  add(other, "B", "2");
  add(other, "A", "1");
  EXPECT_EQ(EnvironmentDigest(one), EnvironmentDigest(other));
  EXPECT_NE(EnvironmentDigest(one), EnvironmentDigest({}));
  EXPECT_NE(EnvironmentDigest(one), CommandDigest(one));
}

TEST(DumpTexts, PodOptionsAreReadAsTheyWereWritten) {
  const std::map<std::string, std::string> archives = {{"main", "main.tar"}, {"b", "b.tar"}};
  EXPECT_THAT(ParsePodOptions(PodOptions(archives)), test::IsOkAndHolds(archives));
  for (const char* bad : {"", "[]", R"({"version": 2, "containers": {}})",
                          R"({"version": 1, "containers": {"main": "../other/main.tar"}})",
                          R"({"version": 1, "containers": {"main": "/etc/passwd"}})",
                          R"({"version": 1, "containers": {"main": "a\u0000b"}})",
                          R"({"version": 1, "containers": {"main": 7}})"}) {
    EXPECT_THAT(ParsePodOptions(bad).status(), test::StatusIs(absl::StatusCode::kDataLoss)) << bad;
  }
}

}  // namespace
}  // namespace berth::cri
