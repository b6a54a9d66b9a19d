// SPDX-License-Identifier: Apache-2.0
#include "cri/server.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "gtest/gtest.h"

#include "base/clock.h"
#include "base/sys/fd.h"
#include "base/sys/socket.h"
#include "cri/image_service.h"
#include "cri/runtime_service.h"
#include "tests/fakes/fake_image_store.h"
#include "tests/fakes/fake_pod_runtime.h"
#include "tests/fakes/fake_streaming_server.h"
#include "tests/support/eventually.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class ServerTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<Server>> Start() { return Server::Start(options, {&service}); }
  grpc::Status Ask() {
    auto stub = v1::ImageService::NewStub(
        grpc::CreateChannel("unix:" + options.address, grpc::InsecureChannelCredentials()));
    grpc::ClientContext context;
    v1::ListImagesResponse response;
    return stub->ListImages(&context, v1::ListImagesRequest(), &response);
  }
  // A client that does not speak yet.
  sys::Fd Connect() const {
    sys::ErrnoOr<sys::Fd> socket = sys::ConnectTo(options.address.c_str(), SOCK_STREAM);
    EXPECT_TRUE(socket.ok());
    fcntl(socket->get(), F_SETFL, 0);  // reading waits
    return *std::move(socket);
  }
  static std::string ReadAll(const sys::Fd& socket) {
    std::string text;
    char piece[256];
    for (ssize_t size = 1; size > 0; text.append(piece, static_cast<size_t>(size))) {
      size = std::max<ssize_t>(read(socket.get(), piece, sizeof(piece)), 0);
    }
    return text;
  }

  test::TempDir directory;
  test::FakeImageStore images;
  metrics::Metrics metrics;
  ImageService service{images, metrics};
  ServerOptions options{.address = directory.Join("run/berth.sock"), .group = ""};
};

TEST_F(ServerTest, ServesOnASocketThatOthersCannotOpen) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Server> server, Start());
  EXPECT_TRUE(Ask().ok());
  struct stat found = {};
  ASSERT_EQ(stat(options.address.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0660u);
}

TEST_F(ServerTest, LeavesTheSocketToWhoeverListensOnIt) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Server> server, Start());
  EXPECT_THAT(Start(), test::StatusIs(absl::StatusCode::kUnavailable,
                                      HasSubstr("another daemon listens on " + options.address)));
  EXPECT_TRUE(Ask().ok());
}

TEST_F(ServerTest, RefusesAPathThatNoSocketCanHave) {
  options.address = "/" + std::string(200, 'x');
  EXPECT_THAT(Start(), test::StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("too long")));
}

TEST_F(ServerTest, TakesNoCallAfterItsEnd) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Server> server, Start());
  server->Shutdown(absl::ZeroDuration());
  EXPECT_EQ(Ask().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, AClientTooManyIsToldSo) {
  options.max_clients = 2;
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Server> server, Start());
  sys::Fd first = Connect();
  const sys::Fd second = Connect(), third = Connect();
  EXPECT_THAT(ReadAll(third), HasSubstr("the daemon has too many clients"));
  EXPECT_EQ(Ask().error_code(), grpc::StatusCode::UNAVAILABLE);
  first = sys::Fd();
  EXPECT_TRUE(test::Eventually([&] { return Ask().ok(); }));  // once gRPC has noticed
}

// Stops that last until they are let go.
class SlowStops : public test::FakePodRuntime {
 public:
  absl::Status StopContainer(const Call&, absl::string_view, absl::Duration) override {
    begun.DecrementCount();
    let_go.WaitForNotification();
    return absl::OkStatus();
  }

  static constexpr int kCalls = 100;
  absl::BlockingCounter begun{kCalls};
  absl::Notification let_go;
};

TEST_F(ServerTest, AnswersQuestionsWhileAHundredStopsWait) {
  SlowStops slow;
  test::FakeStreamingServer streams;
  RuntimeService runtime(slow, images, streams, metrics, "{}");
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<Server> server, Server::Start(options, {&runtime}));
  auto stub = v1::RuntimeService::NewStub(
      grpc::CreateChannel("unix:" + options.address, grpc::InsecureChannelCredentials()));
  std::vector<std::thread> callers;
  for (int i = 0; i < SlowStops::kCalls; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      v1::StopContainerRequest request;
      request.set_container_id("c1");
      v1::StopContainerResponse response;
      EXPECT_TRUE(stub->StopContainer(&context, request, &response).ok());
    });
  }
  slow.begun.Wait();
  grpc::ClientContext context;
  v1::VersionResponse response;
  EXPECT_TRUE(stub->Version(&context, v1::VersionRequest(), &response).ok());
  slow.let_go.Notify();
  for (std::thread& caller : callers) {
    caller.join();
  }
}

}  // namespace
}  // namespace berth::cri
