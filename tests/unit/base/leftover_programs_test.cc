// SPDX-License-Identifier: Apache-2.0
#include "base/leftover_programs.h"

#include <signal.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

#include "base/random_id.h"
#include "base/sys/process.h"

namespace berth {
namespace {

// A child that is known by its environment, which it has once it is spawned.
class Program {
 public:
  explicit Program(const char* script) {
    char sh[] = "sh", c[] = "-c";
    std::string text = script, variable = mark_;
    char* arguments[] = {sh, c, text.data(), nullptr};
    char* environment[] = {variable.data(), nullptr};
    sys::SpawnRequest request;
    request.path = "/bin/sh";
    request.arguments = arguments;
    request.environment = environment;
    process_ = *sys::SpawnProcess(request);
  }
  void End(absl::Duration finish) {
    EndLeftoverPrograms(
        "test", [this](absl::string_view text) { return absl::StrContains(text, mark_); }, finish);
  }
  int Code() { return process_.Wait(sys::kNoDeadline)->code; }
  bool Runs() { return !process_.Wait(sys::kDontWait).ok(); }

 private:
  const std::string mark_ = absl::StrCat("MARK=", RandomHex(8));
  sys::Process process_;
};

TEST(LeftoverPrograms, AreLetFinish) {
  Program program("exit 7");
  program.End(absl::Hours(1));
  EXPECT_EQ(program.Code(), 7);
}

TEST(LeftoverPrograms, AreKilledInTheEnd) {
  Program program("while :; do :; done");
  Program other("while :; do :; done");
  program.End(absl::ZeroDuration());
  EXPECT_EQ(program.Code(), 128 + SIGKILL);
  EXPECT_TRUE(other.Runs());
}

}  // namespace
}  // namespace berth
