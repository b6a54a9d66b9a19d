// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/remote_stream.h"

#include <string>

#include "gmock/gmock.h"

#include "tests/fakes/fake_registry.h"
#include "tests/support/no_threads.h"
#include "tests/support/status_matchers.h"

namespace berth::imageservice {
namespace {

using ::berth::test::FakeAnswer;
using ::berth::test::FakeRegistry;
using ::berth::test::FakeRequest;
using ::berth::test::StatusIs;
using ::testing::HasSubstr;

absl::StatusOr<std::string> ReadAll(const std::string& address) {
  const Call call;
  auto stream = RemoteStream::Open(call, address);
  if (!stream.ok()) {
    return stream.status();
  }
  std::string all;
  while (true) {
    const auto piece = (*stream)->Next();
    if (!piece.ok()) {
      return piece.status();
    }
    if (piece->empty()) {
      return all;
    }
    all.append(piece->data(), piece->size());
  }
}

TEST(RemoteStream, BringsAllBytesByWayOfARedirect) {
  const std::string large(3 << 20, 'x');
  FakeRegistry server([&](const FakeRequest& request) {
    return request.target == "/old" ? FakeAnswer{.status = 302, .headers = {{"Location", "/new"}}}
                                    : FakeAnswer{.body = large};
  });
  const auto all = ReadAll(server.Url("/old"));
  ASSERT_TRUE(all.ok()) << all.status();
  EXPECT_EQ(*all, large);
}

TEST(RemoteStream, TellsWhatTheServerSays) {
  FakeRegistry server([](const FakeRequest&) { return FakeAnswer{.status = 404}; });
  EXPECT_THAT(ReadAll(server.Url("/a.tar")),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("/a.tar")));
  EXPECT_THAT(ReadAll("ftp://host/a.tar"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(RemoteStream, WhoWantsNoMoreDoesNotWaitForTheRest) {
  FakeRegistry server([](const FakeRequest&) {
    return FakeAnswer{.body = std::string(8 << 20, 'x'), .silent_after = 4 << 20};
  });
  const Call call;
  const std::string address = server.Url("/a");
  auto stream = RemoteStream::Open(call, address);
  ASSERT_TRUE(stream.ok());
  EXPECT_FALSE((*stream)->Next()->empty());
  stream->reset();  // ends
}

TEST(RemoteStream, IsRefusedWhereThereIsNoThread) {
  test::ExpectWithoutThreads([] {
    return absl::IsResourceExhausted(RemoteStream::Open(Call(), "http://127.0.0.1:9/a").status());
  });
}

}  // namespace
}  // namespace berth::imageservice
