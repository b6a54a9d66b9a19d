// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/remote_fetch.h"

#include <sys/mount.h>

#include <string>

#include "gmock/gmock.h"

#include "tests/fakes/fake_registry.h"
#include "tests/support/kernel_test.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::imageservice {
namespace {

using ::berth::test::StatusIs;
using ::testing::HasSubstr;

KERNEL_TEST(FetchRemote, LeavesRoomOnTheDisk) {
  test::TempDir space;
  ASSERT_EQ(mount("tmpfs", space.path().c_str(), "tmpfs", 0, "size=8m"), 0);
  test::FakeRegistry server([](const test::FakeRequest&) {
    return test::FakeAnswer{.body = std::string((8 << 20) - (128 << 10), 'x')};
  });
  HttpClient http{ProxySettings()};
  ASSERT_OK_AND_ASSIGN(const RemoteSource source, ParseRemoteSource(server.Url("/f")));
  EXPECT_THAT(FetchRemote(Call(), http, source, "", space.path()),
              StatusIs(absl::StatusCode::kResourceExhausted, HasSubstr("kept free")));
  umount2(space.path().c_str(), MNT_DETACH);
}

}  // namespace
}  // namespace berth::imageservice
