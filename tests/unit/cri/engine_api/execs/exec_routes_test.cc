// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/execs/exec_routes.h"

#include <sys/socket.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "tests/unit/cri/engine_api/execs/execs_under_test.h"
#include "tests/unit/cri/engine_api/fake_exchange.h"

namespace berth::cri {
namespace {

using ::testing::HasSubstr;

class ExecRoutesTest : public ::testing::Test {
 protected:
  ExecRoutesTest() { AddExecRoutes(router, *t.execs, *keeper); }

  std::string Create() {
    const FakeExchange made =
        Ask(router, "POST", "/containers/web/exec", R"({"Cmd": ["ls"], "AttachStdout": true})");
    EXPECT_EQ(made.code, 201) << made.text;
    return made.json()["Id"];
  }

  ExecsUnderTest t;
  std::unique_ptr<SessionKeeper> keeper = SessionKeeper::Start().value();
  Router router;
};

TEST_F(ExecRoutesTest, AnswerWithDockersCodes) {
  EXPECT_EQ(Ask(router, "POST", "/containers/none/exec", R"({"Cmd": ["ls"]})").code, 404);
  EXPECT_EQ(Ask(router, "POST", "/containers/web/exec", "{}").code, 400);
  EXPECT_EQ(Ask(router, "GET", "/exec/none/json").code, 404);
  EXPECT_EQ(Ask(router, "POST", "/exec/none/start", "{}").code, 404);
  EXPECT_EQ(Ask(router, "POST", "/exec/none/resize?h=1&w=1").code, 404);
  const std::string id = Create();
  EXPECT_EQ(Ask(router, "POST", "/exec/" + id + "/resize?h=x").code, 400);
  EXPECT_EQ(Ask(router, "POST", "/exec/" + id + "/resize?h=1&w=1").code, 409);
  EXPECT_EQ(Ask(router, "GET", "/exec/" + id + "/json").json()["Running"], false);
}

TEST_F(ExecRoutesTest, ADetachedCommandIsFollowedToItsEnd) {
  const std::string id = Create();
  test::FakeProcess process;
  t.runtime.session = std::move(process.session);
  EXPECT_EQ(Ask(router, "POST", "/exec/" + id + "/start", R"({"Detach": true})").code, 200);
  EXPECT_EQ(Ask(router, "POST", "/exec/" + id + "/start", R"({"Detach": true})").code, 409);
  process.Exit(4);
  uint64_t from = t.events.next();
  while (t.execs->Find(id)->phase != ExecState::Phase::kEnded) {
    from = t.events.Take(Call::WithTimeout(absl::Seconds(30)), from)->next;
  }
  EXPECT_EQ(Ask(router, "GET", "/exec/" + id + "/json").json()["ExitCode"], 4);
}

TEST_F(ExecRoutesTest, AnAttachedClientReadsWhyNothingStarted) {
  const std::string id = Create();
  t.runtime.failures["Exec"] = absl::InternalError("execute (ls): No such file or directory");
  int sockets[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), 0);
  const sys::Fd ours(sockets[0]);
  const sys::Fd theirs(sockets[1]);
  FakeExchange exchange("POST", "/exec/" + id + "/start", "{}");
  exchange.raw_socket = theirs.get();
  router.Serve(exchange);
  EXPECT_EQ(exchange.code, 101);
  std::string text(1000, '\0');
  const ssize_t count = read(ours.get(), text.data(), text.size());
  ASSERT_GT(count, 8);
  EXPECT_EQ(text[0], '\1');
  EXPECT_THAT(text, HasSubstr("executable file not found in $PATH\r\n"));
  EXPECT_EQ(Ask(router, "GET", "/exec/" + id + "/json").json()["ExitCode"], 127);
}

}  // namespace
}  // namespace berth::cri
