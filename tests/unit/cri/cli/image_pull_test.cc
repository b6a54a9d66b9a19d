// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/image_pull.h"

#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "gtest/gtest.h"

#include "base/sys/socket.h"
#include "tests/support/status_matchers.h"
#include "tests/unit/cri/cli/fake_daemon.h"
#include "tests/unit/cri/cli/replaced_stream.h"

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

class ShowsProgressOnTest : public testing::Test {
 protected:
  void SetUp() override { setenv("TERM", "xterm", 1); }
  void TearDown() override {
    unsetenv("TERM");
    std::fclose(file_);
  }

  const FakeDaemon daemon_;  // its Engine API is at docker.sock beside it
  const Session session_{daemon_.Address()};
  const sys::Terminal terminal_ = NewTerminal(30, 90);
  std::FILE* const file_ = fdopen(dup(terminal_.slave.get()), "w");
};

TEST_F(ShowsProgressOnTest, IsForScreens) {
  const std::string directory = daemon_.Address().substr(0, daemon_.Address().rfind('/'));
  const auto listener = sys::ListenAt((directory + "/docker.sock").c_str(), 0600, 1, SOCK_STREAM);
  ASSERT_TRUE(listener.ok());
  EXPECT_TRUE(ShowsProgressOn(session_, file_));
  setenv("TERM", "dumb", 1);
  EXPECT_FALSE(ShowsProgressOn(session_, file_));
  std::FILE* const no_terminal = std::tmpfile();
  ASSERT_NE(no_terminal, nullptr);
  EXPECT_FALSE(ShowsProgressOn(session_, no_terminal));
  std::fclose(no_terminal);
}

TEST_F(ShowsProgressOnTest, NeedsSomebodyAtTheSocket) {
  EXPECT_FALSE(ShowsProgressOn(session_, file_));
}

}  // namespace
}  // namespace berth::cli
