// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <functional>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"
#include "tests/unit/cri/engine_api/engine_under_test.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class ContainerCreationTest : public ::testing::Test, public EngineUnderTest {
 protected:
  ContainerCreationTest() { Open(); }
};

TEST_F(ContainerCreationTest, WhatTheNodeCannotGiveLeavesNothing) {
  runtime.handlers = {{.name = ""}, {.name = "berth"}};
  EXPECT_THAT(Create("web", {{"Runtime", "kata"}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("kata")));
  EXPECT_THAT(Create("web", {{"NanoCpus", int64_t{1} << 60}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("range of CPUs")));
  EXPECT_THAT(Create("web", {{"StorageOpt", {{"size", "1g"}}}}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("--storage-opt")));
  EXPECT_TRUE(engine->All().empty());
  EXPECT_TRUE(images.RootfsKeys().empty());
  EXPECT_THAT(Create("web", {{"Runtime", "berth"}}), test::IsOk());
}

TEST_F(ContainerCreationTest, AnotherPlatformIsNotFoundSoThatClientsPullIt) {
  ASSERT_THAT(Create("web", Json::object()), test::IsOk());
  EXPECT_THAT(engine->Create(Call(), {.name = "other",
                                      .config = {{"Image", "busybox"}},
                                      .host_config = Json::object(),
                                      .networking = Json::object(),
                                      .platform = "plan9/mips"}),
              test::StatusIs(absl::StatusCode::kNotFound,
                             HasSubstr("does not provide the specified platform (plan9/mips)")));
}

TEST_F(ContainerCreationTest, AnImageThatIsNoNameIsSaidToBeNone) {
  EXPECT_THAT(engine->Create(Call(), {.name = "other",
                                      .config = {{"Image", 5}},
                                      .host_config = Json::object(),
                                      .networking = Json::object()}),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("Image must be")));
}

TEST_F(ContainerCreationTest, OtherContainersAreKnownByTheirIds) {
  const auto web = Create("web", Json::object());
  ASSERT_THAT(web, test::IsOk());
  ASSERT_THAT(Create("beside", {{"PidMode", "container:web"}}), test::IsOk());
  EXPECT_EQ(engine->Find("beside")->host_config["PidMode"], "container:" + *web);
  EXPECT_THAT(
      Create("lost", {{"PidMode", "container:none"}}),
      test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("No such container: none")));
  EXPECT_THAT(engine->Start(Call(), "beside"),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("cannot join PID of a non running container")));
}

TEST_F(ContainerCreationTest, AHostnameIsTheIdsOrTheNodes) {
  const auto web = Create("web", Json::object());
  EXPECT_EQ(engine->Find("web")->config["Hostname"], web->substr(0, 12));
  ASSERT_THAT(Create("node", {{"UTSMode", "host"}}), test::IsOk());
  char name[256] = {};
  ASSERT_EQ(gethostname(name, sizeof(name) - 1), 0);
  EXPECT_EQ(engine->Find("node")->config["Hostname"], name);
}

TEST_F(ContainerCreationTest, AnAliasOfALinkIsAPlainName) {
  ASSERT_THAT(Create("db", Json::object()), test::IsOk());
  for (const char* link : {"db:a=b", "db:a b", "db:a\r"}) {
    EXPECT_THAT(Create("web", {{"Links", {link}}}),
                test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("invalid alias")))
        << link;
  }
  EXPECT_THAT(Create("web", {{"Links", {"db:store-1"}}}), test::IsOk());
}

void OpenOver(test::FakeImageStore& images, EngineUnderTest& t) {
  imageservice::Image& image = images.images.emplace_back();
  image.id = "sha256:1";
  image.repo_tags = {"busybox"};
  t.Open();
  t.engine = ContainerEngine::Open(t.PartsOver(t.runtime, images), t.space.Join("root")).value();
}

struct TornStore : test::FakeImageStore {
  absl::StatusOr<std::string> FindAttachment(absl::string_view name,
                                             absl::string_view) const override {
    EXPECT_EQ(name, "busybox") << "by its id another image may have others";
    return failure;
  }
  absl::Status failure;
};

TEST(ContainerCreation, ASnapshotThatCannotBeReadIsNoneWithoutProcesses) {
  TornStore images;
  EngineUnderTest t;
  OpenOver(images, t);
  const auto resume = [&] {
    return t.engine->Create(Call(), {.name = "again",
                                     .config = {{"Image", "busybox"}},
                                     .host_config = Json::object(),
                                     .networking = Json::object(),
                                     .resumes = true});
  };
  images.failure = absl::DataLossError("torn");
  EXPECT_THAT(resume(), test::StatusIs(absl::StatusCode::kDataLoss, HasSubstr("torn")));
  images.failure = absl::NotFoundError("none");
  EXPECT_THAT(resume(),
              test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("has no processes")));
}

// A store in which something else happens while a root is being made.
struct BusyStore : test::FakeImageStore {
  absl::StatusOr<imageservice::Rootfs> PrepareRootfs(const Call& call, absl::string_view image,
                                                     absl::string_view key) override {
    if (meanwhile != nullptr) {
      std::exchange(meanwhile, nullptr)();
    }
    return FakeImageStore::PrepareRootfs(call, image, key);
  }
  std::function<void()> meanwhile;
};

TEST(ContainerCreation, ANameThatNobodyAskedForIsNoConflict) {
  BusyStore images;
  EngineUnderTest t;
  OpenOver(images, t);
  const auto create = [&](const std::string& name) {
    return t.engine->Create(Call(), {.name = name,
                                     .config = {{"Image", "busybox"}, {"Cmd", {"true"}}},
                                     .host_config = Json::object(),
                                     .networking = Json::object()});
  };
  std::string taken;
  images.meanwhile = [&] {
    taken = t.database->All(EngineTable::kEndpoints)->begin()->second.value()["name"];
    EXPECT_THAT(create(taken), test::IsOk());
  };
  const auto id = create("");
  ASSERT_THAT(id, test::IsOk());
  EXPECT_NE(taken, "");
  const std::string name = t.engine->Find(*id)->name;
  EXPECT_NE(name, taken);
  EXPECT_EQ(t.database->All(EngineTable::kEndpoints)->at(*id).value()["name"], name);
}

TEST(ContainerCreation, AnImageThatGoesMeanwhileIsMissed) {
  BusyStore images;
  EngineUnderTest t;
  OpenOver(images, t);
  images.meanwhile = [&] { images.images.clear(); };
  EXPECT_THAT(t.engine->Create(Call(), {.name = "web",
                                        .config = {{"Image", "busybox"}, {"Cmd", {"true"}}},
                                        .host_config = Json::object(),
                                        .networking = Json::object()}),
              test::StatusIs(absl::StatusCode::kFailedPrecondition,
                             HasSubstr("image 1 has been removed meanwhile")));
  EXPECT_TRUE(t.engine->All().empty());
  EXPECT_TRUE(images.RootfsKeys().empty());
}

TEST(ContainerCreation, WhatNoStartCouldMakeGoodIsRefused) {
  EngineUnderTest t;
  t.Open();
  const Json host_config = {{"NetworkMode", "none"}};
  t.plans.found = absl::InvalidArgumentError("unknown capability NOPE");
  EXPECT_THAT(t.Create("web", host_config), test::StatusIs(absl::StatusCode::kInvalidArgument,
                                                           HasSubstr("unknown capability NOPE")));
  EXPECT_TRUE(t.engine->All().empty());
  EXPECT_TRUE(t.images.RootfsKeys().empty());
  t.plans.found = absl::FailedPreconditionError("the node has no such profile");
  EXPECT_THAT(t.Create("web", host_config), test::IsOk()) << "it may have it by then";
}

TEST(ContainerCreation, LimitsAreThoseOfOtherContainers) {
  EngineUnderTest t;
  t.Open();
  const auto create = [&](const std::string& name, Json config) {
    config["Image"] = "busybox";
    config.emplace("Cmd", Json::array({"true"}));
    return t.engine->Create(Call(), {.name = name,
                                     .config = std::move(config),
                                     .host_config = {{"NetworkMode", "none"}},
                                     .networking = Json::object()});
  };
  ASSERT_THAT(t.Create("first", {{"NetworkMode", "none"}}), test::IsOk());  // has made the image
  const auto refused = [](const char* what) {
    return test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(what));
  };
  EXPECT_THAT(create(std::string(254, 'n'), {}), refused("longer than 253"));
  EXPECT_THAT(create("labels", {{"Labels", {{"x", std::string(256 << 10, 'x')}}}}),
              refused("labels"));
  EXPECT_THAT(create("word", {{"Cmd", {std::string(128 << 10, 'x')}}}), refused("command"));
  std::vector<std::string> variables;
  for (int i = 0; i < 20; ++i) {
    variables.push_back(std::to_string(i) + "=" + std::string(120 << 10, 'x'));
  }
  EXPECT_THAT(create("words", {{"Env", variables}}), refused("command, args and envs"));
  Json::object_t volumes;
  for (int i = 0; i < 1025; ++i) {
    volumes["/v" + std::to_string(i)] = Json::object();
  }
  EXPECT_THAT(create("mounts", {{"Volumes", volumes}}), refused("mounts"));
  EXPECT_EQ(t.volumes->List().size(), 0u);
  EXPECT_EQ(t.engine->All().size(), 1u);
}

}  // namespace
}  // namespace berth::cri
