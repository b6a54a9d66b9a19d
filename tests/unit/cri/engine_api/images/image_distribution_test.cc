// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/images/image_distribution.h"

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"

#include "cri/engine_api/images/image_routes.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

class DistributionTest : public ::testing::Test {
 protected:
  DistributionTest() {
    AddImageRoutes(
        router, images, [] { return std::vector<ImageUse>(); }, events);
  }

  test::FakeImageStore images;
  EventHub events;
  Router router;
};

TEST_F(DistributionTest, IsWhatTheRegistryHas) {
  images.remote["host.example/a/b:1"] = {"application/vnd.oci.image.index.v1+json",
                                         "sha256:d",
                                         7,
                                         {{"linux", "amd64", "", {}}, {"linux", "arm", "v6", {}}}};
  FakeExchange asked("GET", "/distribution/host.example/a/b:1/json");
  asked.SetHeader("x-registry-auth",
                  absl::WebSafeBase64Escape(R"({"username":"u","password":"p"})"));
  router.Serve(asked);
  EXPECT_EQ(asked.code, 200);
  EXPECT_EQ(asked.json(), *ParseJson(R"({"Descriptor":{"mediaType":
      "application/vnd.oci.image.index.v1+json","digest":"sha256:d","size":7},
      "Platforms":[{"architecture":"amd64","os":"linux"},
                   {"architecture":"arm","os":"linux","variant":"v6"}]})",
                                     1 << 16));
  EXPECT_EQ(images.pulls.at(0).credentials.username, "u");
}

TEST_F(DistributionTest, RefusalsAreTheRegistrys) {
  EXPECT_EQ(Ask(router, "GET", "/distribution/host.example/none/json").code, 404);
  images.failures["Describe"] = absl::UnauthenticatedError("wants a password");
  FakeExchange refused = Ask(router, "GET", "/distribution/host.example/a/json");
  EXPECT_EQ(refused.code, 401);
  EXPECT_EQ(refused.message(), "wants a password");
  images.failures["Describe"] = absl::PermissionDeniedError("no");
  EXPECT_EQ(Ask(router, "GET", "/distribution/host.example/a/json").code, 403);
}

}  // namespace
}  // namespace berth::cri
