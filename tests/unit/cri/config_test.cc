// SPDX-License-Identifier: Apache-2.0
#include "cri/config.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "base/json.h"
#include "cri/config_keys.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

std::string WithoutComments(absl::string_view dump) {
  std::string text;
  bool comment = false;
  for (char c : dump) {
    comment = c == '\n' ? false : comment || c == '#';
    if (!comment) {
      text += c;
    }
  }
  return text;
}

TEST(Config, TheDocumentedFileIsTheDefaults) {
  Config from_file;
  ASSERT_TRUE(ApplyToml(DefaultConfigText(), "berth.toml", from_file).ok());
  EXPECT_EQ(WithoutComments(DumpConfig(from_file)), WithoutComments(DumpConfig(Config())));
}

TEST(Config, TheDocumentedFileNamesEveryKey) {
  Config from_file;
  ASSERT_TRUE(ApplyToml(DefaultConfigText(), "berth.toml", from_file).ok());
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_EQ(from_file.sources.count(std::string(key.name)), 1u) << key.name;
  }
}

TEST(Config, DumpIsValidAndSaysWhereAValueComesFrom) {
  Config config;
  ASSERT_TRUE(ApplyToml("[log]\nlevel = \"debug\"\n", "x.toml", config).ok());
  const std::string dump = DumpConfig(config);
  EXPECT_TRUE(absl::StrContains(dump, "level = \"debug\"  # x.toml:2")) << dump;
  EXPECT_TRUE(absl::StrContains(dump, "format = \"text\"  # default")) << dump;
  Config again;
  EXPECT_TRUE(ApplyToml(dump, "dump", again).ok());
  EXPECT_EQ(again.log_level, "debug");
}

struct BadConfig {
  const char* text;
  const char* error;
};

TEST(Config, NamesWhatIsWrongAndWhere) {
  const BadConfig cases[] = {
      {"rot = \"/x\"", "f:1: unknown key rot; the nearest known one is root"},
      {"\n[image]\nplatfrom = \"x\"",
       "f:3: unknown key image.platfrom; the nearest known one is image.platform"},
      {"root = 1", "f:1: root must be a string"},
      {"[log]\nlevel = \"loud\"", "f:2: log.level must be one of debug, info, warn, error"},
      {"[grpc]\nmax_threads = 1", "f:2: grpc.max_threads must be at least 16"},
      {"[grpc]\nmax_message = \"16XB\"", "f:2: grpc.max_message: not a size: 16XB"},
      {"[image]\nprogress_timeout = \"5\"", "f:2: image.progress_timeout must be a time"},
      {"[image]\npinned = [1]", "f:2: image.pinned must be a list of strings"},
      {"root = \"rel\"", "f:1: root: must be an absolute path"},
      {"address = \"unix:run/x\"", "f:1: address: must be an absolute path"},
      {"shim = \"berth-shim\"", "f:1: shim: must be an absolute path"},
      {"[metrics]\naddress = \"9477\"", "f:2: metrics.address: \"9477\" is not ip:port"},
      {"[metrics]\naddress = \"localhost:99999\"", "f:2: metrics.address: "},
      {"[streaming]\naddress = \"\"", "f:2: streaming.address: "},
      {"[streaming]\naddress = \"0.0.0.0:0\"",
       "f:2: streaming.address: must be a loopback address"},
      {"[streaming]\naddress = \"[::]:80\"", "f:2: streaming.address: must be a loopback address"},
      {"[image]\nplatform = \"lin\"", "f:2: image.platform: "},
      {"[image]\nplatform = \"linx/foo\"", "f:2: image.platform: must be linux/"},
      {"[docker]\nbridge = \"averyveryverylongname\"",
       "f:2: docker.bridge: invalid bridge name \"averyveryverylongname\": an interface's has 1 to "
       "15"},
      {"[docker]\nbridge = \"\"", "f:2: docker.bridge: invalid bridge name"},
      {"[docker]\nbridge_subnet = \"banana\"", "f:2: docker.bridge_subnet: invalid subnet banana"},
      {"[docker]\nbridge_subnet = \"127.0.0.0/16\"", "f:2: docker.bridge_subnet: invalid subnet"},
      {"[docker]\nbridge_subnet = \"fd00::/64\"",
       "f:2: docker.bridge_subnet: must be a subnet of IPv4"},
      {"[docker]\naddress_pools = [\"172.20.0.0/14:16\", \"nonsense\"]",
       "f:2: docker.address_pools: \"nonsense\" is no pool of IPv4"},
      {"[cgroup]\nparent = \"relative\"", "f:2: cgroup.parent: must be an absolute path"},
      {"[cgroup]\nparent = \"/../x\"", "f:2: cgroup.parent: must be an absolute path"},
      {"image = 3", "f:1: unknown key image"},
      {"root = ", "f:1: "},
      {"[handlers.crun]\nroot = \"/x\"", "f:1: handlers.crun.path is missing"},
      {"[handlers.crun]\npath = \"crun\"", "f:2: handlers.crun.path must be an absolute path"},
      {"[handlers.crun]\npath = \"/x\"\nroot = 1", "f:3: handlers.crun.root must be an absolute"},
      {"[handlers.crun]\npath = \"/x\"\noptions = \"a\"",
       "f:3: handlers.crun.options must be a list of strings"},
      {"[handlers.crun]\npath = \"/x\"\nbinary = \"a\"", "f:3: unknown key handlers.crun.binary"},
      {"[handlers.Crun]\npath = \"/x\"", "f:1: handlers.Crun must be a table, named as"},
      {"[handlers.berth]\npath = \"/x\"", "f:1: handlers.berth must be a table, named as"},
      {"[handlers]\ncrun = \"/usr/bin/crun\"", "f:2: handlers.crun must be a table"},
  };
  for (const BadConfig& bad : cases) {
    Config config;
    const absl::Status status = ApplyToml(bad.text, "f", config);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << bad.text;
    EXPECT_TRUE(absl::StartsWith(status.message(), bad.error)) << status.message();
  }
}

TEST(Config, HasATableForEachHandler) {
  Config config;
  ASSERT_TRUE(ApplyToml("[handlers.crun]\npath = \"/usr/bin/crun\"\noptions = [\"--debug\"]\n"
                        "[handlers.runc]\npath = \"/usr/sbin/runc\"\nroot = \"/run/runc\"\n",
                        "f", config)
                  .ok());
  EXPECT_EQ(config.handlers.size(), 2u);
  EXPECT_EQ(config.handlers["crun"].path, "/usr/bin/crun");
  EXPECT_EQ(config.handlers["crun"].root, "");
  EXPECT_EQ(config.handlers["crun"].options, std::vector<std::string>{"--debug"});
  EXPECT_EQ(config.handlers["runc"].root, "/run/runc");
  Config again;
  ASSERT_TRUE(ApplyToml(DumpConfig(config), "dump", again).ok()) << DumpConfig(config);
  EXPECT_EQ(again.handlers["crun"].options, config.handlers["crun"].options);
  EXPECT_EQ(again.handlers["runc"].root, "/run/runc");
}

TEST(Config, TakesTheAddressAsTheKubeletWritesIt) {
  for (const char* text : {"unix:///run/x.sock", "unix:/run/x.sock", "/run/x.sock"}) {
    Config config;
    ASSERT_TRUE(ApplyToml(absl::StrCat("address = \"", text, "\""), "f", config).ok()) << text;
    EXPECT_EQ(config.address, "/run/x.sock");
  }
}

TEST(Config, ALaterFileReplacesAnEarlierOne) {
  Config config;
  ASSERT_TRUE(ApplyToml("root = \"/a\"\nstate = \"/s\"", "1", config).ok());
  ASSERT_TRUE(ApplyToml("root = \"/b\"", "2", config).ok());
  EXPECT_EQ(config.root, "/b");
  EXPECT_EQ(config.state, "/s");
  EXPECT_EQ(config.sources["root"], "2:1");
}

TEST(Config, IsRefusedWhenItsDropInsCannotBeListed) {
  test::TempDir dir;
  const std::string path = dir.Write("berth.toml", "root = \"/a\"");
  EXPECT_THAT(LoadConfig(path, true), test::IsOk());
  const std::string drop_ins = dir.Write("conf.d", "");
  EXPECT_THAT(LoadConfig(path, true),
              test::StatusIs(absl::StatusCode::kInternal, testing::HasSubstr(drop_ins)));
}

TEST(Config, HasACgroupParentOfTheDriversKind) {
  const std::pair<const char*, const char*> cases[] = {
      {"driver = \"cgroupfs\"\nparent = \"/x\"", ""},
      {"driver = \"systemd\"\nparent = \"x.slice\"", ""},
      {"driver = \"systemd\"", ""},
      {"parent = \"x.slice\"", ":2: cgroup.parent: \"x.slice\" is a systemd slice, but"},
      {"driver = \"systemd\"\nparent = \"/x\"", ":3: cgroup.parent: \"/x\" is no systemd slice"}};
  for (const auto& [text, error] : cases) {
    test::TempDir dir;
    const std::string path = dir.Write("berth.toml", absl::StrCat("[cgroup]\n", text, "\n"));
    const absl::Status status = LoadConfig(path, true).status();
    EXPECT_EQ(status.ok(), *error == 0) << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(error));
  }
}

TEST(ConfigJson, HasEveryKeyAndTheHandlers) {
  Config config;
  config.handlers["crun"] = {.path = "/usr/bin/crun", .root = "", .options = {"--debug"}};
  const Json json = ParseJson(ConfigJson(config), kMaxConfigSize).value();
  for (const ConfigKey& key : ConfigKeys()) {
    EXPECT_TRUE(json.contains(std::string(key.name))) << key.name;
  }
  EXPECT_EQ(json["handlers.crun"]["path"], "/usr/bin/crun");
  EXPECT_EQ(json["handlers.crun"]["options"][0], "--debug");
}

TEST(ParseConfigSize, ReadsUnitsAndRefusesNonsense) {
  EXPECT_EQ(*ParseConfigSize("4096"), 4096);
  EXPECT_EQ(*ParseConfigSize("16MiB"), 16 << 20);
  EXPECT_EQ(*ParseConfigSize("10MB"), 10'000'000);
  for (const char* text : {"", "x", "-1", "1.5MiB", "99999999999TiB"}) {
    EXPECT_FALSE(ParseConfigSize(text).ok()) << text;
  }
}

TEST(ParseDuration, NeedsAUnit) {
  EXPECT_EQ(*ParseDuration("1h30m"), absl::Minutes(90));
  EXPECT_FALSE(ParseDuration("5").ok());
  EXPECT_FALSE(ParseDuration("").ok());
}

}  // namespace
}  // namespace berth::cri
