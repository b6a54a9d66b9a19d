// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/image_pull.h"

#include <cstdio>

#include "gtest/gtest.h"

#include "tests/support/status_matchers.h"

namespace berth::cli {
namespace {

TEST(PullReport, EndsWithTheId) {
  PulledImage pulled;
  pulled.image.set_id("sha256:12");
  pulled.image.add_repo_digests("docker.io/library/nginx@sha256:ab");
  pulled.changed = true;
  EXPECT_EQ(PullReport("nginx", pulled),
            "Digest: sha256:ab\nStatus: Downloaded newer image for nginx\nsha256:12\n");
  pulled.image.add_repo_digests("quay.io/nginx@sha256:cd");
  pulled.changed = false;
  EXPECT_EQ(PullReport("quay.io/nginx:1", pulled),
            "Digest: sha256:cd\nStatus: Image is up to date for quay.io/nginx:1\nsha256:12\n");
  pulled.image.clear_repo_digests();
  EXPECT_EQ(PullReport("nginx", pulled), "Status: Image is up to date for nginx\nsha256:12\n");
}

TEST(ShowsProgressOn, IsForTerminals) {
  std::FILE* const file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  EXPECT_FALSE(ShowsProgressOn(Session(), file));
  std::fclose(file);
}

}  // namespace
}  // namespace berth::cli
